"""Tasks that pour tea into cups: what the tests of the queue enqueue, run and count."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.tasks import Handler, Outside, TaskRunner, waiting

POUR = "tea.pour"
SHORT = (1.0, 10.0)


class Cups:
    """A handler that writes a row for each payload, and can be told to fail."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, datetime]] = []
        self.fails = 0

    async def pour(self, uow: UnitOfWork, payload: bytes) -> None:
        self.calls.append((payload.decode(), self.clock.now()))
        await uow.run("INSERT INTO cups (label) VALUES (:label)", label=payload.decode())
        if self.fails:
            self.fails -= 1
            msg = "the pot is empty"
            raise ZeroDivisionError(msg)

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.calls]


def make_runner(
    database: Database, clock: MovableClock, handlers: Mapping[str, Handler | Outside]
) -> TaskRunner:
    return TaskRunner(
        db=database, clock=clock, handlers=handlers, schedule=SHORT, lease_s=60.0, poll_s=None
    )


async def enqueue(
    database: Database,
    payload: str,
    *,
    after_s: float = 0,
    key: str | None = None,
    name: str = POUR,
) -> None:
    async with database.unit() as uow:
        due_at = uow.now + timedelta(seconds=after_s)
        uow.enqueue(TaskCall(name=name, payload=payload, key=key, due_at=due_at))


async def poured(database: Database) -> list[str]:
    async with database.read() as reader:
        return await reader.all(str, "SELECT label FROM cups ORDER BY label")


async def queued(database: Database) -> int:
    async with database.read() as reader:
        return len(await waiting(reader))


async def seconds(by: float, clock: MovableClock) -> None:
    await clock.advance(timedelta(seconds=by))
