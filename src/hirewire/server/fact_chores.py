"""The chores of `hirewire facts`: what to do about facts that listeners could not handle."""

from dataclasses import dataclass

from rich.table import Table

from hirewire.runtime.log import ParkedFact, drop, parked, retry, retry_all
from hirewire.server.chores import say, show, uuid
from hirewire.server.errors import BadArgument
from hirewire.server.parts import Store

_A_FACT = "a fact's id"


async def list_parked(store: Store) -> None:
    """Print the parked facts, the longest parked first."""
    await store.db.ready()
    table = Table("fact", "listener", "kind", "told at", "parked at", "tries", "error", "")
    async with store.db.read() as reader:
        for each in await parked(reader):
            table.add_row(*_row(each))
    show(table, width=240)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryWish:
    """Parked facts to try again: the one called *fact*, or *every* one."""

    fact: str
    every: bool

    async def do(self, store: Store) -> None:
        """Ask the listeners to, and print how many facts it is about."""
        if bool(self.fact) == self.every:
            raise BadArgument(option="FACT", wanted=f"{_A_FACT}, or --all in its place")
        fact_id = None if self.every else uuid("FACT", self.fact, _A_FACT)
        await store.db.ready()
        async with store.db.unit() as uow:
            if fact_id is None:
                asked = await retry_all(uow)
            else:
                await retry(uow, fact_id)
                asked = 1
        say(f"to be tried again: {asked}")


async def drop_fact(store: Store, fact: str) -> None:
    """Drop the parked fact called *fact*."""
    fact_id = uuid("FACT", fact, _A_FACT)
    await store.db.ready()
    async with store.db.unit() as uow:
        await drop(uow, fact_id)
    say(f"dropped: {fact_id}")


def _row(fact: ParkedFact) -> tuple[str, ...]:
    return (
        str(fact.id),
        fact.listener,
        fact.kind,
        fact.at.isoformat(timespec="seconds"),
        fact.parked_at.isoformat(timespec="seconds"),
        str(fact.tries),
        fact.last_error,
        "" if fact.retry_at is None else "to be tried again",
    )
