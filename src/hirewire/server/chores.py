"""The chores of the command line: each opens the store, does one thing, and prints a line."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from rich.console import Console
from rich.table import Table

from hirewire.accounts.model import AppTerms, GrantType, OpenEmployer
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.node_ids import NodeIds
from hirewire.oauth.model import ALGORITHMS
from hirewire.oauth.scopes import KNOWN
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.documents import demo_document
from hirewire.server.errors import BadArgument
from hirewire.server.parts import Store, host_of, open_store
from hirewire.server.settings import Settings

Chore = Callable[[Store], Awaitable[None]]


def run(settings: Settings, chore: Chore) -> None:
    """Do *chore* on the database of *settings*."""
    asyncio.run(_run(settings, chore))


async def migrate(store: Store) -> None:
    """Apply what is missing."""
    numbers = await store.db.migrate()
    done = ", ".join(f"{number:04}" for number in numbers)
    _say(f"applied migrations {done}" if numbers else "the schema is up to date")


async def list_apps(store: Store) -> None:
    """Print every app."""
    await store.db.ready()
    table = Table("name", "client id", "owner", "grant types", "secrets")
    async with store.db.read() as reader:
        for app in await store.accounts.apps(reader):
            secrets = await store.accounts.secrets(reader, app.id)
            grants = ", ".join(sorted(app.terms.grant_types))
            table.add_row(
                app.terms.name, app.id, app.owner_employer_id.hex, grants, str(len(secrets))
            )
    Console(width=200).print(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppWish:
    """An app to register, as it was typed."""

    name: str
    owner: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    trusted_domains: tuple[str, ...]

    async def register(self, store: Store) -> None:
        """Register it, and print its credentials."""
        await store.db.ready()
        terms = AppTerms(
            name=self.name,
            grant_types=frozenset(_grant(grant) for grant in self.grants),
            scopes=frozenset(_scope(scope) for scope in self.scopes),
            redirect_uris=self.redirect_uris,
            trusted_domains=self.trusted_domains,
        )
        async with store.db.unit() as uow:
            owner = _employer_id("--owner", self.owner)
            app, secret = await store.accounts.register_app(uow, owner, terms)
        _say(f"client id:     {app.id}\nclient secret: {secret.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotation:
    """A new secret for the app *client_id*."""

    client_id: str
    remove_others: bool

    async def do(self, store: Store) -> None:
        """Add it, and remove the others where that was asked for."""
        await store.db.ready()
        async with store.db.unit() as uow:
            others = await store.accounts.secrets(uow, self.client_id)
            if self.remove_others:
                for other in others:
                    await store.accounts.remove_secret(uow, self.client_id, other.id)
            secret = await store.accounts.add_secret(uow, self.client_id)
        _say(f"client secret: {secret.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerWish:
    """An employer account to open, as it was typed."""

    name: str
    legacy_id: str
    country: str
    currency: str
    time_zone: str
    master: str | None

    async def open(self, store: Store) -> None:
        """Open it, and print its id."""
        await store.db.ready()
        master = None if self.master is None else _employer_id("--master", self.master)
        command = OpenEmployer(
            legacy_id=self.legacy_id,
            name=self.name,
            country=self.country,
            currency=self.currency,
            time_zone=self.time_zone,
            master_id=master,
        )
        async with store.db.unit() as uow:
            employer = await store.accounts.open_employer(uow, command)
        _say(f"employer id: {employer.id.hex}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """New signing keys; of every algorithm when *algorithms* is empty."""

    algorithms: tuple[str, ...]
    at_once: bool

    async def do(self, store: Store) -> None:
        """Make them, and print when they begin to sign."""
        wanted = [_algorithm(name) for name in self.algorithms or ALGORITHMS]
        keys = store.keys()
        await store.db.ready()
        pairs = await keys.make(dict.fromkeys(wanted))
        async with store.db.unit() as uow:
            rotated = await keys.rotate(uow, pairs, at_once=self.at_once)
        for key in rotated:
            begins = key.signs_from.isoformat(timespec="seconds")
            _say(f"{key.algorithm} key {key.id} signs from {begins}")


def show_demo(settings: Settings, *, as_json: bool) -> None:
    """Print the demo world, which is the same everywhere."""
    placed = settings.at(settings.host, settings.port)
    world = demo_document(DEMO, placed.base_url, NodeIds(host_of(placed)))
    if as_json:
        _say(json.dumps(world, indent=2))
        return
    for app in DEMO.apps:
        _say(f"{app.terms.name}: {app.client_id} {app.client_secret}")


async def _run(settings: Settings, chore: Chore) -> None:
    async with open_store(settings, clock=SystemClock(), entropy=SystemEntropy()) as store:
        await chore(store)


def _employer_id(option: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadArgument(option=option, wanted="an employer's id") from None


def _grant(text: str) -> GrantType:
    try:
        return GrantType(text)
    except ValueError:
        wanted = f"one of {', '.join(GrantType)}"
        raise BadArgument(option="--grant", wanted=wanted) from None


def _scope(text: str) -> str:
    if text not in KNOWN:
        raise BadArgument(option="--scope", wanted=f"one of {', '.join(sorted(KNOWN))}")
    return text


def _algorithm(text: str) -> str:
    if text not in ALGORITHMS:
        raise BadArgument(option="--algorithm", wanted=f"one of {', '.join(ALGORITHMS)}")
    return text


def _say(text: str) -> None:
    print(text)  # noqa: T201 - this is what the command is for
