"""
The task runner: claims what is due, runs it, and tries again what failed.

A handler that works in the database runs in one transaction with the removal of its task:
exactly once. One that needs the network (`Outside`) works first and is removed after: at least
once. A lease tells other processes that a task is taken, and a task can be finished only
under the lease it was begun with.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import DRIVER_ERRORS, Database, UnitOfWork
from hirewire.runtime.rest import (
    Rest,
    deadline,
    fault_of,
    is_being_cancelled,
    retry_s,
    said_of,
)
from hirewire.runtime.tasks import store
from hirewire.runtime.tasks.errors import LeaseLost
from hirewire.runtime.tasks.store import ClaimedTask

# Seconds to wait after the first failure, the second, …; after one more the task is dead.
RETRY_SCHEDULE: Final = (5.0, 30.0, 120.0, 600.0, 3_600.0, 21_600.0)
LEASE_S: Final = 60.0
CONCURRENCY: Final = 4

# How much of its lease a task may work outside; the rest is for noting how it went.
WORK_SHARE: Final = 0.9
POLL_S: Final = 1.0

_log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[UnitOfWork, bytes], Awaitable[None]]
Finish: TypeAlias = Callable[[UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outside:
    """
    A handler that needs the network, and runs outside of any transaction.

    *work* gets the id of the task, the same at each attempt, and its payload. It returns what
    is left to do in the database, or None; that runs in one transaction with the removal of
    the task. It is cancelled when nine tenths of the lease are over, and may happen twice.
    """

    work: Callable[[UUID, bytes], Awaitable[Finish | None]]


@dataclass(slots=True, kw_only=True)
class TaskRunner:
    """
    Runs the tasks that *handlers* has a name for, up to *concurrency* at a time.

    *schedule* holds the seconds between attempts. *poll_s* is how often it looks for what
    other processes enqueued, None where there are none.
    """

    db: Database
    clock: Clock
    handlers: Mapping[str, Handler | Outside]
    schedule: tuple[float, ...] = RETRY_SCHEDULE
    lease_s: float = LEASE_S
    concurrency: int = CONCURRENCY
    poll_s: float | None = POLL_S
    handled: int = 0

    _rest: Rest = field(init=False)
    _running: int = 0

    def __post_init__(self) -> None:
        self._rest = Rest(self.clock)

    async def run(self) -> None:
        """Run tasks until cancelled; those that are then under way are given back."""
        self.db.committed.append(self._hear)
        try:
            async with self._rest.at_work(), asyncio.TaskGroup() as group:
                await self._run(group)
        finally:
            self.db.committed.remove(self._hear)

    def wake(self) -> None:
        """Look for what other processes enqueued, without waiting for it."""
        self._rest.wake()

    async def idle(self) -> None:
        """
        Return when nothing that is due is left, or it does not run.

        Whoever awaits this holds the clock still, so a handler must not wait for the clock.
        """
        await self._rest.idle()

    async def _run(self, group: asyncio.TaskGroup) -> None:
        failures = 0
        while True:
            try:
                may_rest, wait = await self._begin_due(group)
            except DRIVER_ERRORS as error:
                failures += 1
                pause = retry_s(failures, error)
                _log.warning("tasks.failed", error=type(error).__name__, retry_in_s=pause)
                await self._rest.pause(pause)
                continue
            failures = 0
            if may_rest:
                await self._rest.until_woken(wait, is_idle=not self._running)

    async def _begin_due(self, group: asyncio.TaskGroup) -> tuple[bool, float | None]:
        """Begin what is due; tell whether there is time to rest then, and how long at most."""
        free = self.concurrency - self._running
        if not free:
            return True, None
        claimed, moment = await self._claim(free)
        for task in claimed:
            self._running += 1
            group.create_task(self._work(task))
        if len(claimed) == free:
            return False, None
        return True, await self._wait_s(moment)

    async def _claim(self, limit: int) -> tuple[list[ClaimedTask], datetime]:
        """Take up to *limit* that are due, and say at which moment they were."""
        async with self.db.unit() as uow:
            claimed = await store.claim(
                uow,
                self.handlers.keys(),
                leased_until=uow.now + timedelta(seconds=self.lease_s),
                limit=limit,
            )
        return claimed, uow.now

    async def _wait_s(self, claimed_at: datetime) -> float | None:
        """How long it is until something more is due, or until it is time to look."""
        async with self.db.read() as reader:
            moment = await store.next_due(reader, self.handlers.keys(), claimed_at)
        if moment is None:
            return self.poll_s
        wait = max(0.0, (moment - self.clock.now()).total_seconds())
        return wait if self.poll_s is None else min(wait, self.poll_s)

    async def _work(self, task: ClaimedTask) -> None:
        try:
            if task.attempts > len(self.schedule) + 1:
                await self._bury(task, "The process ended each time before the task did.")
                return
            await self._attempt(task)
        except LeaseLost:
            _log.warning("task.lease_lost", task=task.name, id=str(task.id))
        except (Exception, asyncio.CancelledError) as error:  # A handler may fail at anything.
            if is_being_cancelled():
                await self._give_back(task)
                raise asyncio.CancelledError from error  # Whatever became of it on its way.
            await self._fail(task, error)
        finally:
            self._running -= 1
            self.handled += 1
            self._rest.wake()

    async def _attempt(self, task: ClaimedTask) -> None:
        handler = self.handlers[task.name]
        payload = task.payload.encode()
        if isinstance(handler, Outside):
            async with deadline(self.clock, self.lease_s * WORK_SHARE):
                finish = await handler.work(task.id, payload)
        else:
            finish = _finish_with(handler, payload)
        async with self.db.unit() as uow:
            if finish is not None:
                await finish(uow)
            if not await store.complete(uow, task):
                raise LeaseLost(task=task.name)

    async def _fail(self, task: ClaimedTask, error: BaseException) -> None:
        """Note the failure; let the task wait for its next attempt, or die."""
        is_last = task.attempts > len(self.schedule)
        _log.warning(
            "task.died" if is_last else "task.failed",
            task=task.name,
            id=str(task.id),
            attempts=task.attempts,
            **fault_of(error),
        )
        said = said_of(error)
        if is_last:
            await self._bury(task, said)
            return
        with _unrecorded(task):
            async with self.db.unit() as uow:
                due_at = uow.now + timedelta(seconds=self.schedule[task.attempts - 1])
                await store.release(
                    uow, task, due_at=due_at, attempts=task.attempts, last_error=said
                )

    async def _bury(self, task: ClaimedTask, last_error: str) -> None:
        with _unrecorded(task):
            async with self.db.unit() as uow:
                await store.bury(uow, task, last_error)

    async def _give_back(self, task: ClaimedTask) -> None:
        """Let the task wait as if it had not been begun."""
        with suppress(HirewireError, *DRIVER_ERRORS):
            async with self.db.unit() as uow:
                await store.release(
                    uow, task, due_at=task.due_at, attempts=task.attempts - 1, last_error=None
                )

    def _hear(self, uow: UnitOfWork) -> None:
        if uow.tasks:
            self._rest.wake()


def _finish_with(handler: Handler, payload: bytes) -> Finish:
    async def finish(uow: UnitOfWork) -> None:
        await handler(uow, payload)

    return finish


@contextmanager
def _unrecorded(task: ClaimedTask) -> Iterator[None]:
    """Where not even the failure can be noted, the end of the lease brings the task back."""
    try:
        yield
    except DRIVER_ERRORS as error:
        _log.warning(
            "task.unrecorded", task=task.name, id=str(task.id), error=type(error).__name__
        )
