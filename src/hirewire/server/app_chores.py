"""The chores of `hirewire apps`: register, show and change apps, and give them secrets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from rich.table import Table

from hirewire.accounts.errors import UnknownApp
from hirewire.accounts.model import App, AppSecret, AppTerms, ErrorProfile, GrantType
from hirewire.oauth.scopes import KNOWN
from hirewire.runtime.db import Reader
from hirewire.server.chores import employer_id, say, show, uuid
from hirewire.server.errors import BadArgument
from hirewire.server.parts import Store

T = TypeVar("T")

_EMPTY: Final[Mapping[str, tuple[str, Any]]] = {
    "grants": ("grant_types", frozenset()),
    "scopes": ("scopes", frozenset()),
    "redirect-uris": ("redirect_uris", ()),
    "trusted-domains": ("trusted_domains", ()),
    "jwks": ("jwks", ""),
}


async def list_apps(store: Store) -> None:
    """Print every app."""
    await store.db.ready()
    table = Table("name", "client id", "owner", "grant types", "secrets")
    async with store.db.read() as reader:
        for app in await store.accounts.apps.list_all(reader):
            secrets = await store.accounts.apps.secrets(reader, app.id)
            grants = ", ".join(sorted(app.terms.grant_types)) or "switched off"
            table.add_row(
                app.terms.name,
                app.id,
                app.owner_employer_id.hex,
                grants,
                "public" if app.terms.is_public else str(len(secrets)),
            )
    show(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The terms that were typed; None is what was not."""

    name: str | None = None
    grants: tuple[str, ...] | None = None
    scopes: tuple[str, ...] | None = None
    redirect_uris: tuple[str, ...] | None = None
    trusted_domains: tuple[str, ...] | None = None
    is_public: bool | None = None
    error_profile: str | None = None
    rotates_refresh_tokens: bool | None = None
    requires_pushed_requests: bool | None = None
    requires_dpop: bool | None = None
    jwks: Path | None = None
    emptied: tuple[str, ...] = ()

    def over(self, terms: AppTerms) -> AppTerms:
        """
        Return *terms* with what was typed in their place.

        Raises:
            BadArgument: an option is not of its kind.
        """
        emptied = dict(_emptied(name) for name in self.emptied)
        typed = {name: value for name, value in self._typed().items() if value is not None}
        return replace(terms, **emptied, **typed)

    def _typed(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "grant_types": _each(_grant, self.grants),
            "scopes": _each(_scope, self.scopes),
            "redirect_uris": self.redirect_uris,
            "trusted_domains": self.trusted_domains,
            "is_public": self.is_public,
            "error_profile": _profile(self.error_profile),
            "rotates_refresh_tokens": self.rotates_refresh_tokens,
            "requires_pushed_requests": self.requires_pushed_requests,
            "requires_dpop": self.requires_dpop,
            "jwks": None if self.jwks is None else _text_of(self.jwks),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AppWish:
    """An app to register for the employer *owner*."""

    owner: str
    wishes: Wishes

    async def register(self, store: Store) -> None:
        """Register it, and print its credentials."""
        await store.db.ready()
        owner = employer_id("--owner", self.owner)
        terms = self.wishes.over(AppTerms(name="", grant_types=frozenset()))
        async with store.db.unit() as uow:
            if terms.is_public:
                app = await store.accounts.apps.register_public(uow, owner, terms)
                shown = ""
            else:
                app, secret = await store.accounts.apps.register(uow, owner, terms)
                shown = f"\nclient secret: {secret.text}"
        say(f"client id:     {app.id}{shown}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChange:
    """Other terms for the app *client_id*."""

    client_id: str
    wishes: Wishes

    async def do(self, store: Store) -> None:
        """Change it, and print what it is then."""
        await store.db.ready()
        async with store.db.unit() as uow:
            app = await _known(store, uow, self.client_id)
            app = await store.accounts.apps.change(uow, app.id, self.wishes.over(app.terms))
            secrets = await store.accounts.apps.secrets(uow, app.id)
        say(_described(app, secrets))


@dataclass(frozen=True, slots=True)
class ShownApp:
    """The app *client_id*, to look at."""

    client_id: str

    async def show(self, store: Store) -> None:
        """Print its terms, and the ids of its secrets."""
        await store.db.ready()
        async with store.db.read() as reader:
            app = await _known(store, reader, self.client_id)
            secrets = await store.accounts.apps.secrets(reader, app.id)
        say(_described(app, secrets))


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotation:
    """A new secret for the app *client_id*."""

    client_id: str
    remove_others: bool

    async def do(self, store: Store) -> None:
        """Add it, and remove the others where that was asked for."""
        await store.db.ready()
        async with store.db.unit() as uow:
            others = await store.accounts.apps.secrets(uow, self.client_id)
            if self.remove_others:
                for other in others:
                    await store.accounts.apps.remove_secret(uow, self.client_id, other.id)
            secret = await store.accounts.apps.add_secret(uow, self.client_id)
        say(f"secret id:     {secret.id}\nclient secret: {secret.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRemoval:
    """The end of one secret of the app *client_id*."""

    client_id: str
    secret_id: str

    async def do(self, store: Store) -> None:
        """Remove it."""
        await store.db.ready()
        secret_id = uuid("SECRET_ID", self.secret_id, "a secret's id")
        async with store.db.unit() as uow:
            await store.accounts.apps.remove_secret(uow, self.client_id, secret_id)
        say(f"removed secret {secret_id}")


async def _known(store: Store, reader: Reader, client_id: str) -> App:
    app = await store.accounts.apps.find(reader, client_id)
    if app is None:
        raise UnknownApp(app_id=client_id)
    return app


def _described(app: App, secrets: list[AppSecret]) -> str:
    terms = app.terms
    lines: list[tuple[str, Sequence[str]]] = [
        ("name", [terms.name]),
        ("client id", [app.id]),
        ("owner", [app.owner_employer_id.hex]),
        ("kind", ["public" if terms.is_public else "confidential"]),
        ("grant types", sorted(map(str, terms.grant_types)) or ["none: switched off"]),
        ("scopes", sorted(terms.scopes)),
        ("redirect URIs", terms.redirect_uris),
        ("trusted domains", terms.trusted_domains),
        ("error profile", [terms.error_profile.value]),
        ("rotates refresh tokens", [_yes(terms.rotates_refresh_tokens)]),
        ("requires pushed requests", [_yes(terms.requires_pushed_requests)]),
        ("requires DPoP", [_yes(terms.requires_dpop)]),
        ("public keys", [terms.jwks] if terms.jwks else []),
        ("secrets", [f"{secret.id} of {secret.created_at:%Y-%m-%d}" for secret in secrets]),
    ]
    return "\n".join(
        f"{label + ':':<26}{value}" for label, values in lines for value in values or ["none"]
    )


def _yes(answer: bool) -> str:  # noqa: FBT001 - it is all that there is to say
    return "yes" if answer else "no"


def _each(parse: Callable[[str], T], texts: tuple[str, ...] | None) -> frozenset[T] | None:
    return None if texts is None else frozenset(parse(text) for text in texts)


def _emptied(name: str) -> tuple[str, Any]:
    if name not in _EMPTY:
        raise BadArgument(option="--clear", wanted=f"one of {', '.join(_EMPTY)}")
    return _EMPTY[name]


def _grant(text: str) -> GrantType:
    try:
        return GrantType(text)
    except ValueError:
        wanted = f"one of {', '.join(GrantType)}"
        raise BadArgument(option="--grant", wanted=wanted) from None


def _profile(text: str | None) -> ErrorProfile | None:
    try:
        return None if text is None else ErrorProfile(text)
    except ValueError:
        wanted = f"one of {', '.join(ErrorProfile)}"
        raise BadArgument(option="--error-profile", wanted=wanted) from None


def _scope(text: str) -> str:
    if text not in KNOWN:
        raise BadArgument(option="--scope", wanted=f"one of {', '.join(sorted(KNOWN))}")
    return text


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadArgument(option="--jwks", wanted="a file with a JWK set") from None
