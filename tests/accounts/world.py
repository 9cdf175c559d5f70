"""A small world for the tests of accounts: a master with a subaccount, a stranger, an app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest

from hirewire.accounts.model import (
    App,
    AppTerms,
    Employer,
    GrantType,
    NewSecret,
    OpenEmployer,
)
from hirewire.accounts.service import Accounts
from hirewire.kit.facts import Fact
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.unit import UnitOfWork

CALLBACK: Final = "https://app.example/callback"
NOBODY: Final = UUID(int=7)
AGENCY_SCOPES = frozenset(
    {
        "employer_access",
        "interviews.schedule",
        "employer.advertising.campaign",
        "employer.advertising.account.read",
        "offline_access",
    }
)


@dataclass(frozen=True, slots=True)
class World:
    """Who there is."""

    accounts: Accounts
    master: Employer
    subaccount: Employer
    stranger: Employer
    app: App
    secret: NewSecret


def an_employer(
    legacy_id: str, *, master_id: UUID | None = None, currency: str = "EUR"
) -> OpenEmployer:
    """Ask for an employer in Dublin."""
    return OpenEmployer(
        legacy_id=legacy_id,
        name=f"Employer {legacy_id}",
        country="IE",
        currency=currency,
        time_zone="Europe/Dublin",
        master_id=master_id,
    )


def an_app(
    name: str = "Agency",
    *,
    grant_types: frozenset[GrantType] = frozenset({GrantType.CLIENT_CREDENTIALS}),
    redirect_uris: tuple[str, ...] | None = None,
    trusted_domains: tuple[str, ...] = (),
    scopes: frozenset[str] = AGENCY_SCOPES,
) -> AppTerms:
    """Describe an app; where it needs a redirect URI, it has `CALLBACK` unless told others."""
    if redirect_uris is None:
        needs_one = GrantType.AUTHORIZATION_CODE in grant_types
        redirect_uris = (CALLBACK,) if needs_one else ()
    return AppTerms(
        name=name,
        grant_types=grant_types,
        redirect_uris=redirect_uris,
        trusted_domains=trusted_domains,
        scopes=scopes,
    )


async def make_world(database: Database, accounts: Accounts) -> World:
    """Fill a database."""
    async with database.unit() as uow:
        master = await accounts.open_employer(uow, an_employer("100"))
        subaccount = await accounts.open_employer(uow, an_employer("101", master_id=master.id))
        stranger = await accounts.open_employer(uow, an_employer("200"))
        app, secret = await accounts.apps.register(uow, master.id, an_app())
    return World(accounts, master, subaccount, stranger, app, secret)


async def facts(database: Database) -> list[tuple[str, str]]:
    """Read kind and body of every fact, oldest first."""
    async with database.read() as reader:
        return await reader.all(
            lambda kind, body: (kind, body), "SELECT kind, body FROM facts ORDER BY tx, seq"
        )


def kinds(told: list[Fact]) -> list[str]:
    """Name the facts of a unit."""
    return [fact.kind for fact in told]


async def refused(
    database: Database,
    kind: type[HirewireError],
    work: Callable[[UnitOfWork], Awaitable[object]],
) -> HirewireError:
    """Expect *work* to be refused, and to have told nobody."""
    before = await facts(database)
    with pytest.raises(kind) as refusal:
        async with database.unit() as uow:
            await work(uow)
    assert await facts(database) == before
    return refusal.value
