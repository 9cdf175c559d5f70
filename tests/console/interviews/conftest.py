"""What tests of interviews in the console share: people, and an interview that is coming."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.access import SCOPE
from hirewire.interviews.model import Interview, Invited, NewInterviewee, ScheduleInterview
from hirewire.kit.caller import Caller
from tests.console.world import ConsoleWorld, Visitor

STARTS = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
async def recruiter(console: ConsoleWorld) -> Visitor:
    """A recruiter of the employer whose interviews the tests are about."""
    return await console.visitor("Rui", (console.accounts.master, Role.RECRUITER))


@pytest.fixture
def put(console: ConsoleWorld) -> Callable[..., Awaitable[Interview]]:
    """Have an app of the employer, or of another, schedule an interview."""

    async def schedule(
        *, at: datetime = STARTS, employer: Any = None, **other: Any
    ) -> Interview:
        owner = employer or console.accounts.master
        caller = Caller(
            app_id="ats", scopes=frozenset({SCOPE}), expires_at=STARTS, employer_id=owner.id
        )
        usual: dict[str, Any] = {
            "title": "Site manager",
            "starts_at": at,
            "ends_at": at + timedelta(hours=1),
            "zone": "Europe/Dublin",
            "interviewers": (Invited(email="ivy@example.com"),),
            "ats_name": "Harbor",
        }
        command = ScheduleInterview(**usual | other)
        async with console.database.unit() as uow:
            return await console.desk.interviews.schedule(uow, caller, command)

    return schedule


@pytest.fixture
async def interview(put: Callable[..., Awaitable[Interview]]) -> Interview:
    """An interview with an interviewee, six hours ahead."""
    return await put(interviewee=NewInterviewee(name="Casey", email="casey@example.com"))


@pytest.fixture
def stored(console: ConsoleWorld) -> Callable[[], Awaitable[list[Interview]]]:
    """Read every interview, oldest first."""

    async def read() -> list[Interview]:
        async with console.database.read() as reader:
            ids = await reader.all(lambda each: each, "SELECT id FROM interviews ORDER BY id")
            found = [await console.desk.interviews.stored(reader, each) for each in ids]
        return [each for each in found if each is not None]

    return read
