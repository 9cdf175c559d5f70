"""What can be wrong with a task."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchDeadTask(HirewireError):
    """Somebody asked for a dead task that is not there, or not dead."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "tasks.no_such_dead_task"

    id: str

    def __str__(self) -> str:
        return f"No dead task has the id {self.id}."


@dataclass(eq=False)
class LeaseLost(HirewireError):
    """A task was done after its lease: it was cancelled, or another process has it."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "tasks.lease_lost"

    task: str

    def __str__(self) -> str:
        return f"The lease of task {self.task} was over before it was done."
