"""Manage app credentials: the apps that a person manages, their terms and their secrets."""

from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from hirewire.accounts.apps.service import MOST_SECRETS
from hirewire.accounts.errors import AppHasSecrets
from hirewire.accounts.model import App, AppSecret, Employer, NewSecret
from hirewire.console.app_form import AppForm, Problem, problem_of
from hirewire.console.desk import APPS, Desk, Visit
from hirewire.console.errors import LastSecret, NoSuchPage, NotOffered
from hirewire.console.words import ERROR_PROFILES, GRANT_TYPES, SCOPES
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import Reader

_SAID: Final = {
    "changed": "The changes are saved.",
    "removed": "The secret is deleted, and opens nothing any more.",
}
_ID_SHOWN: Final = 8


def app_routes(desk: Desk) -> list[Route]:
    """List the routes of apps."""
    one = f"{APPS}/{{app}}"
    return [
        desk.route(APPS, _list),
        desk.route(f"{APPS}/new", _create, "GET", "POST"),
        desk.route(one, _show),
        desk.route(f"{one}/edit", _edit, "GET", "POST"),
        desk.route(f"{one}/secrets", _add_secret, "GET", "POST"),
        desk.route(f"{one}/secrets/{{secret}}/delete", _remove_secret, "GET", "POST"),
    ]


async def _list(visit: Visit) -> Response:
    accounts = visit.desk.accounts
    async with visit.desk.db.read() as reader:
        apps = await accounts.apps.managed_by(reader, visit.person.id)
        employers = await accounts.administered_by(reader, visit.person.id)
    return visit.show(
        "apps",
        apps=apps,
        employers={employer.id: employer.name for employer in employers},
        grant_types=GRANT_TYPES,
    )


async def _create(visit: Visit) -> Response:
    async with visit.desk.db.read() as reader:
        employers = await visit.desk.accounts.administered_by(reader, visit.person.id)
    if not employers:
        raise NoSuchPage
    if not visit.is_sent:
        blank = AppForm(
            owner=employers[0].id.hex, grants=("authorization_code", "refresh_token")
        )
        return _show_form(visit, blank, employers=employers)
    form = AppForm.read(visit.form)
    problems = form.problems(is_new=True)
    owner = next((e.id for e in employers if e.id.hex == form.owner), None)
    if owner is None:
        problems = (problem_of("owner", NotOffered()), *problems)
    if problems or owner is None:
        return _show_form(visit, form, problems, employers=employers)
    return await _register(visit, owner, form)


async def _register(visit: Visit, owner: UUID, form: AppForm) -> Response:
    accounts, terms, by = visit.desk.accounts, form.terms(), visit.person.id
    async with visit.desk.db.unit() as uow:
        administered = await accounts.administered_by(uow, by)
        if owner not in {employer.id for employer in administered}:
            raise NoSuchPage
        await visit.use_once(uow)
        if terms.is_public:
            app = await accounts.apps.register_public(uow, owner, terms, by=by)
            secret = None
        else:
            app, secret = await accounts.apps.register(uow, owner, terms, by=by)
    return _show_secret(visit, app, secret, is_new=True)


async def _show(visit: Visit) -> Response:
    accounts = visit.desk.accounts
    async with visit.desk.db.read() as reader:
        app = await visit.app(reader)
        secrets = await accounts.apps.secrets(reader, app.id)
        owner = await accounts.employer(reader, app.owner_employer_id)
    return visit.show(
        "app",
        app=app,
        owner=owner.name if owner else "",
        secrets=[(secret, _short(secret)) for secret in secrets],
        most_secrets=MOST_SECRETS,
        grant_types=[
            (grant, words) for grant, words in GRANT_TYPES if grant in app.grant_types
        ],
        scopes=[(scope, words) for scope, words in SCOPES if scope in app.scopes],
        error_profile=dict(ERROR_PROFILES)[app.terms.error_profile.value],
        said=_SAID.get(visit.query("said"), ""),
        once=visit.once(),
    )


async def _edit(visit: Visit) -> Response:
    accounts = visit.desk.accounts
    async with visit.desk.db.read() as reader:
        app = await visit.app(reader)
    if not visit.is_sent:
        return _show_form(visit, AppForm.of(app.terms), app=app)
    form = AppForm.read(visit.form)
    problems = form.problems(is_new=False)
    if problems:
        return _show_form(visit, form, problems, app=app)
    try:
        async with visit.desk.db.unit() as uow:
            app = await visit.app(uow)
            await accounts.apps.change(uow, app.id, form.terms(), by=visit.person.id)
    except AppHasSecrets as refusal:
        return _show_form(visit, form, [problem_of("kind", refusal)], app=app)
    return visit.go(f"{APPS}/{app.id}?said=changed")


async def _add_secret(visit: Visit) -> Response:
    """Show the secret in the answer itself: nothing could hand it on to another page."""
    if not visit.is_sent:
        return visit.go(f"{APPS}/{visit.request.path_params['app']}")
    async with visit.desk.db.unit() as uow:
        app = await visit.app(uow)
        await visit.use_once(uow)
        secret = await visit.desk.accounts.apps.add_secret(uow, app.id, by=visit.person.id)
    return _show_secret(visit, app, secret, is_new=False)


async def _remove_secret(visit: Visit) -> Response:
    secret_id = visit.id("secret")
    if not visit.is_sent:
        async with visit.desk.db.read() as reader:
            app = await visit.app(reader)
            secret, is_last = await _secret(visit, reader, app, secret_id)
        return _ask_about(visit, app, secret, is_last=is_last)
    async with visit.desk.db.unit() as uow:
        app = await visit.app(uow)
        secret, is_last = await _secret(visit, uow, app, secret_id)
        is_sure = not is_last or visit.form.one("sure") == "yes"
        if is_sure:
            await visit.desk.accounts.apps.remove_secret(
                uow, app.id, secret_id, by=visit.person.id
            )
    if not is_sure:
        return _ask_about(visit, app, secret, is_last=True, refusal=LastSecret())
    return visit.go(f"{APPS}/{app.id}?said=removed")


async def _secret(
    visit: Visit, reader: Reader, app: App, secret_id: UUID
) -> tuple[AppSecret, bool]:
    """Find a secret of *app*, and whether it is the only one."""
    secrets = await visit.desk.accounts.apps.secrets(reader, app.id)
    found = next((secret for secret in secrets if secret.id == secret_id), None)
    if found is None:
        raise NoSuchPage
    return found, len(secrets) == 1


def _ask_about(
    visit: Visit,
    app: App,
    secret: AppSecret,
    *,
    is_last: bool,
    refusal: HirewireError | None = None,
) -> Response:
    return visit.show(
        "remove_secret",
        status=200 if refusal is None else 409,
        app=app,
        secret=secret,
        short=_short(secret),
        is_last=is_last,
        error="" if refusal is None else str(refusal),
    )


def _show_form(
    visit: Visit,
    form: AppForm,
    problems: tuple[Problem, ...] | list[Problem] = (),
    *,
    app: App | None = None,
    employers: list[Employer] | None = None,
) -> Response:
    return visit.show(
        "app_form",
        status=400 if problems else 200,
        form=form,
        problems=list(problems),
        errors=dict(reversed(list(problems))),
        app=app,
        owners=[(employer.id.hex, employer.name) for employer in employers or ()],
        grant_types=GRANT_TYPES,
        scopes=SCOPES,
        error_profiles=ERROR_PROFILES,
        once=visit.once(),
    )


def _show_secret(visit: Visit, app: App, secret: NewSecret | None, *, is_new: bool) -> Response:
    return visit.show(
        "secret", status=201, app=app, text=secret.text if secret else "", is_new=is_new
    )


def _short(secret: AppSecret) -> str:
    """The end of an id is what tells two of them apart."""
    return secret.id.hex[-_ID_SHOWN:]
