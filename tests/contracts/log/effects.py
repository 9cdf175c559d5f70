"""What durable listeners of these tests do: they write a row for each fact."""

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Recorded
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners
from tests.contracts.log.pots import PotFilled, number_of


class Effects:
    """A listener's handler that writes rows, and can be told to fail."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.fails_at: set[int] = set()

    async def handle(self, uow: UnitOfWork, recorded: Recorded) -> None:
        number = number_of(recorded)
        self.calls.append(number)
        await uow.run("INSERT INTO effects (number) VALUES (:number)", number=number)
        if number in self.fails_at:
            raise ZeroDivisionError

    def listener(self, name: str = "effects", *, from_start: bool = True) -> DurableListener:
        return DurableListener(
            name=name,
            kinds=frozenset({PotFilled.kind}),
            handle=self.handle,
            from_start=from_start,
        )


async def written(database: Database) -> list[int]:
    async with database.read() as reader:
        return await reader.all(int, "SELECT number FROM effects ORDER BY place")


def listening(
    database: Database, clock: MovableClock, *listeners: DurableListener
) -> Listeners:
    return Listeners(database, MemoryBus(), clock, listeners)
