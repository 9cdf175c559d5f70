"""`hirewire doctor`: what a server needs, checked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from rich.console import Console
from rich.markup import escape

from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.keyring import KeyRing
from hirewire.runtime.bus import connect as connect_bus
from hirewire.runtime.db import DRIVER_ERRORS
from hirewire.runtime.log import count_parked
from hirewire.runtime.mail import State, counts
from hirewire.runtime.tasks import count_dead
from hirewire.server.mailing import smtp_mailer
from hirewire.server.parts import Store, open_store
from hirewire.server.settings import Settings

Check = Callable[[Store], Awaitable[str]]


def examine(settings: Settings) -> bool:
    """Run the checks, print a line for each, and say whether all is well."""
    return asyncio.run(_examine(settings))


async def schema(store: Store) -> str:
    """Check that the database has this program's schema."""
    await store.db.ready()
    return f"{store.db.dialect}, at this program's schema"


async def bus(store: Store) -> str:
    """Check that the bus can be reached."""
    opened = await connect_bus(store.settings.bus)
    await opened.close()
    return _without_password(store.settings.bus)


async def signing_keys(store: Store) -> str:
    """Check that the secret key opens the signing keys."""
    ring = KeyRing(store.clock, store.keys().seal)
    async with store.db.read() as reader:
        await ring.load(reader)
    return "the secret key opens them all" if ring.public()["keys"] else "none before a start"


async def dead_tasks(store: Store) -> str:
    """Count the tasks that were given up."""
    async with store.db.read() as reader:
        count = await count_dead(reader)
    return f"{count} given up" if count else "none given up"


async def parked_facts(store: Store) -> str:
    """Count the facts that listeners put aside."""
    async with store.db.read() as reader:
        count = await count_parked(reader)
    return f"{count} parked, see `hirewire facts parked`" if count else "none parked"


async def mail(store: Store) -> str:
    """Check that mail can leave, and count what did not."""
    async with store.db.read() as reader:
        found = await counts(reader)
    left = f"{found[State.QUEUED]} waiting, {found[State.BOUNCED]} bounced"
    mailer = smtp_mailer(store.settings)
    if mailer is None:
        return f"no server is set (HIREWIRE_MAIL), mails are kept: {left}"
    return f"{await mailer.check()}: {left}"


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("bus", bus),
    ("signing keys", signing_keys),
    ("tasks", dead_tasks),
    ("facts", parked_facts),
    ("mail", mail),
)


async def _examine(settings: Settings) -> bool:
    console = Console(highlight=False)
    async with open_store(settings, clock=SystemClock(), entropy=SystemEntropy()) as store:
        if not await _run(console, "schema", schema, store):
            # The other checks would ask for tables that are not there.
            return False
        verdicts = [await _run(console, name, check, store) for name, check in CHECKS]
    return all(verdicts)


async def _run(console: Console, name: str, check: Check, store: Store) -> bool:
    try:
        finding = await check(store)
    except HirewireError as refusal:
        console.print(f"[red]no[/]  {name}: {escape(str(refusal))}", soft_wrap=True)
        return False
    except DRIVER_ERRORS as error:
        console.print(f"[red]no[/]  {name}: {escape(_first_line(error))}", soft_wrap=True)
        return False
    console.print(f"[green]ok[/]  {name}: {escape(finding)}", soft_wrap=True)
    return True


def _without_password(url: str) -> str:
    scheme, _, place = url.partition("://")
    return f"{scheme}://{place.rpartition('@')[2]}" if place else url


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
