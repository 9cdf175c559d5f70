"""
Background work: a queue in the database, which commits with the change that asks for it.

Slices enqueue with `UnitOfWork.enqueue`; `TaskRunner` runs what is due. A task that fails is
tried again, and a `DeadTask` waits for a person, who may `replay` or `discard` it.
"""

from hirewire.runtime.tasks.errors import LeaseLost, NoSuchDeadTask
from hirewire.runtime.tasks.runner import (
    RETRY_SCHEDULE,
    Finish,
    Handler,
    Outside,
    TaskRunner,
)
from hirewire.runtime.tasks.store import (
    DeadTask,
    WaitingTask,
    cancel,
    count_dead,
    dead,
    discard,
    forget_dead,
    put_off,
    replay,
    waiting,
)

__all__ = [
    "RETRY_SCHEDULE",
    "DeadTask",
    "Finish",
    "Handler",
    "LeaseLost",
    "NoSuchDeadTask",
    "Outside",
    "TaskRunner",
    "WaitingTask",
    "cancel",
    "count_dead",
    "dead",
    "discard",
    "forget_dead",
    "put_off",
    "replay",
    "waiting",
]
