"""The chores of the command line: each opens the store, does one thing, and prints a line."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from rich.console import Console
from rich.table import Table

from hirewire.accounts.model import OpenEmployer
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.node_ids import NodeIds
from hirewire.oauth.model import ALGORITHMS
from hirewire.sandbox.demo import DEMO, PASSWORD
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
    say(f"applied migrations {done}" if numbers else "the schema is up to date")


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
        master = None if self.master is None else employer_id("--master", self.master)
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
        say(f"employer id: {employer.id.hex}")


async def list_employers(store: Store) -> None:
    """Print every account."""
    await store.db.ready()
    table = Table("name", "employer id", "legacy id", "country", "currency", "master account")
    async with store.db.read() as reader:
        for each in await store.accounts.employers(reader):
            master = each.master_id.hex if each.master_id else ""
            about = (each.legacy_id, each.country, each.currency, master)
            table.add_row(each.name, each.id.hex, *about)
    show(table)


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
            say(f"{key.algorithm} key {key.id} signs from {begins}")


def show_demo(settings: Settings, *, as_json: bool) -> None:
    """Print the demo world, which is the same everywhere."""
    placed = settings.at(settings.host, settings.port)
    world = demo_document(DEMO, placed.base_url, NodeIds(host_of(placed)))
    if as_json:
        say(json.dumps(world, indent=2))
        return
    say("apps (name: client id, client secret)")
    for app in DEMO.apps:
        say(f"{app.terms.name}: {app.client_id} {app.client_secret or '(public)'}")
    say(f"\npeople (the password of each is {PASSWORD})")
    for person in DEMO.people:
        roles = ", ".join(f"{employer.terms.name} ({role})" for employer, role in person.roles)
        say(f"{person.email}: {person.name}, {roles or 'acts for nobody'}")
    say("\nemployers (id: name)")
    for employer in DEMO.employers:
        say(f"{employer.id.hex}: {employer.terms.name}")


def employer_id(option: str, text: str) -> UUID:
    """
    Read an employer's id, as *option* was given it.

    Raises:
        BadArgument: it is none.
    """
    return uuid(option, text, "an employer's id")


def uuid(option: str, text: str, wanted: str) -> UUID:
    """
    Read an id, as *option* was given it.

    Raises:
        BadArgument: it is not *wanted*.
    """
    try:
        return UUID(text)
    except ValueError:
        raise BadArgument(option=option, wanted=wanted) from None


def say(text: str) -> None:
    """Print what a command is for."""
    print(text)  # noqa: T201 - it is no log


def show(table: Table, *, width: int = 200) -> None:
    """Print *table*; what stands in it is what people wrote, and never markup."""
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


async def _run(settings: Settings, chore: Chore) -> None:
    async with open_store(settings, clock=SystemClock(), entropy=SystemEntropy()) as store:
        await chore(store)


def _algorithm(text: str) -> str:
    if text not in ALGORITHMS:
        raise BadArgument(option="--algorithm", wanted=f"one of {', '.join(ALGORITHMS)}")
    return text
