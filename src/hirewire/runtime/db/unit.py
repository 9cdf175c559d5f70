"""
The unit of work: one transaction for one request or task.

Slices write rows through it, tell facts and enqueue tasks; all of it commits together at the
edge, or none of it does. Slices never commit.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from hirewire.kit.facts import Fact

if TYPE_CHECKING:
    from hirewire.runtime.db.database import Session

T = TypeVar("T")

INSERT_FACT: Final = """
    INSERT INTO facts (id, kind, employer_id, at, body)
    VALUES (:id, :kind, :employer_id, :at, :body)
"""
# A double changes nothing but the due time, and even if not that, it locks the row it is a
# double of until this transaction ends: whoever runs that task then sees what we wrote.
_INSERT_TASK: Final = """
    INSERT INTO tasks (id, name, key, payload, due_at, created_at)
    VALUES (:id, :name, :key, :payload, :due_at, :created_at)
    ON CONFLICT (name, key) WHERE lease_id IS NULL AND dead_at IS NULL DO UPDATE
    SET due_at = CASE
      WHEN excluded.due_at < tasks.due_at THEN excluded.due_at ELSE tasks.due_at
    END
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCall:
    """
    Background work to be done once the unit has committed.

    *name* is `noun.verb`; *payload* is JSON. While a task of the same *name* and *key* waits
    to be begun, no second one is added; the earlier due time counts. *due_at* None means at
    once.
    """

    name: str
    payload: str
    key: str | None = None
    due_at: datetime | None = None


@dataclass(slots=True)
class UnitOfWork:
    """One transaction; see `Database.unit`."""

    session: "Session"
    now: datetime
    new_id: Callable[[], UUID]
    facts: list[Fact] = field(default_factory=list)
    tasks: list[TaskCall] = field(default_factory=list)

    async def all(self, make: Callable[..., T], sql: str, /, **params: object) -> list[T]:
        """Build one *make* from the columns of each row, in their order."""
        return await self.session.all(make, sql, **params)

    async def one(self, make: Callable[..., T], sql: str, /, **params: object) -> T | None:
        """Build one *make* from the first row, or return None where there is none."""
        return await self.session.one(make, sql, **params)

    async def value(self, sql: str, /, **params: object) -> Any:
        """Return the first column of the first row, or None where there is none."""
        return await self.session.value(sql, **params)

    async def run(self, sql: str, /, **params: object) -> int:
        """Run one statement and return how many rows it changed."""
        return await self.session.run(sql, **params)

    async def run_many(self, sql: str, rows: Iterable[Mapping[str, object]], /) -> None:
        """Run one statement for each of *rows*."""
        await self.session.run_many(sql, rows)

    def tell(self, fact: Fact) -> None:
        """Record *fact* in the log with this transaction."""
        self.facts.append(fact)

    def enqueue(self, task: TaskCall) -> None:
        """Queue *task* with this transaction."""
        self.tasks.append(task)

    async def write_facts(self) -> None:
        """Write the told facts; the database calls it before the commit."""
        if self.facts:
            await self.session.run_many(INSERT_FACT, self.fact_rows())

    async def write_tasks(self) -> None:
        """
        Write the queued tasks; the database calls it before the commit.

        They get their ids in the order of the calls, and are written in the order of their
        keys: each locks its double, and of two units one waits instead of both.
        """
        if self.tasks:
            rows = [self._task_row(each) for each in self.tasks]
            await self.session.run_many(_INSERT_TASK, sorted(rows, key=_name_and_key))

    def fact_rows(self) -> list[dict[str, object]]:
        """Spell the told facts as rows of the log, in their order."""
        return [
            {
                "id": self.new_id(),
                "kind": fact.kind,
                "employer_id": fact.employer_id,
                "at": self.now,
                "body": fact.encode().decode(),
            }
            for fact in self.facts
        ]

    def _task_row(self, task: TaskCall) -> dict[str, object]:
        return {
            "id": self.new_id(),
            "name": task.name,
            "key": task.key,
            "payload": task.payload,
            "due_at": task.due_at or self.now,
            "created_at": self.now,
        }


def _name_and_key(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["name"]), str(row["key"] or "")
