"""Apps with access: what a person allowed which app, and taking it back."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from hirewire.accounts.model import App
from hirewire.console.desk import GRANTS, Desk, Visit
from hirewire.console.errors import NoSuchPage
from hirewire.console.words import titles
from hirewire.oauth.authorize.words import Words
from hirewire.oauth.errors import UnknownGrant
from hirewire.oauth.grants.model import Grant
from hirewire.runtime.db import Reader

_GONE: Final = "An app that is no more"


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """A grant as a person sees it: *name* is the app's, *owner* the name of its employer."""

    grant: Grant
    name: str
    owner: str
    scopes: list[Words]


def grant_routes(desk: Desk) -> list[Route]:
    """List the routes of grants."""
    return [
        desk.route(GRANTS, _list),
        desk.route(f"{GRANTS}/{{grant}}/revoke", _revoke, "GET", "POST"),
    ]


async def _list(visit: Visit) -> Response:
    async with visit.desk.db.read() as reader:
        shown = await _shown(visit, reader)
    said = "The app has no access any more." if visit.query("said") == "revoked" else ""
    return visit.show("grants", grants=shown, said=said)


async def _revoke(visit: Visit) -> Response:
    grant_id = visit.id("grant")
    if not visit.is_sent:
        async with visit.desk.db.read() as reader:
            every = await _shown(visit, reader)
        found = next((shown for shown in every if shown.grant.id == grant_id), None)
        if found is None:
            raise NoSuchPage
        return visit.show("revoke_grant", shown=found)
    try:
        async with visit.desk.db.unit() as uow:
            await visit.desk.grants.revoke_grant(uow, visit.person.id, grant_id)
    except UnknownGrant:
        raise NoSuchPage from None
    return visit.go(f"{GRANTS}?said=revoked")


async def _shown(visit: Visit, reader: Reader) -> list[ShownGrant]:
    grants = await visit.desk.grants.grants_of_person(reader, visit.person.id)
    apps = await visit.desk.accounts.apps.by_id(reader, [grant.app_id for grant in grants])
    owners = await visit.desk.accounts.employers_by_id(
        reader, [app.owner_employer_id for app in apps.values()]
    )
    names = {owner.id: owner.name for owner in owners.values()}
    return [
        ShownGrant(
            grant,
            _name(apps.get(grant.app_id)),
            names.get(apps[grant.app_id].owner_employer_id, "") if grant.app_id in apps else "",
            titles(grant.scopes),
        )
        for grant in grants
    ]


def _name(app: App | None) -> str:
    return app.name if app else _GONE
