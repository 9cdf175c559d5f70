"""What a test of interviews works with: the API over HTTP, its database, people and tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.accounts import store as accounts_store
from hirewire.accounts.model import Employer, ModerationStatus, Person, RegisterPerson, Role
from hirewire.accounts.service import Accounts
from hirewire.interviews.model import (
    Interview,
    Invited,
    MediaType,
    NewInterviewee,
    ScheduleInterview,
)
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from tests.web.graphql.api import Api

EMPLOYER: Final = UUID("018f0000-0000-7000-8000-00000000e001")
FOREIGN: Final = UUID("018f0000-0000-7000-8000-00000000e002")
UNKNOWN: Final = UUID("018f0000-0000-7000-8000-000000000bad")


@dataclass(slots=True, repr=False)
class World:
    """An employer with an app, and everything the app can reach."""

    api: Api
    database: Database
    clock: MovableClock
    accounts: Accounts
    interviews: Interviews

    def token(
        self,
        scope: str = SCOPE,
        *,
        employer: UUID | None = EMPLOYER,
        person: UUID | None = None,
        lasts: timedelta = timedelta(hours=1),
    ) -> str:
        """Mint an access token: the employer's app's, unless said otherwise."""
        return self.api.signer.token(scope, employer=employer, person=person, lasts=lasts)

    async def register(self, name: str, email: str, *, is_verified: bool = True) -> Person:
        """Give someone an account."""
        command = RegisterPerson(name=name, email=email, email_verified=is_verified)
        async with self.database.unit() as uow:
            return await self.accounts.register_person(uow, command)

    async def member(
        self,
        name: str,
        email: str,
        *,
        role: Role = Role.RECRUITER,
        employer: UUID = EMPLOYER,
        is_verified: bool = True,
    ) -> Person:
        """Give someone an account, and let them act for an employer."""
        person = await self.register(name, email, is_verified=is_verified)
        async with self.database.unit() as uow:
            await accounts_store.add_employer(uow, _employer(employer, uow.now))
            await self.accounts.join(uow, person.id, employer, role)
        return person

    async def leave(self, person: Person, employer: UUID = EMPLOYER) -> None:
        """Let someone act for an employer no more."""
        async with self.database.unit() as uow:
            await self.accounts.leave(uow, person.id, employer)

    async def schedule(
        self,
        starts_at: datetime,
        *,
        title: str = "Interview",
        minutes: int = 60,
        employer: UUID = EMPLOYER,
        interviewers: Sequence[str] = ("first@example.com", "second@example.com"),
        interviewee: NewInterviewee | None = None,
        media_type: MediaType = MediaType.VIDEO,
    ) -> Interview:
        """Put an interview on the calendar, past the API."""
        command = ScheduleInterview(
            title=title,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            zone="America/Los_Angeles",
            interviewers=tuple(Invited(email=email) for email in interviewers),
            interviewee=interviewee,
            ats_name="ExampleATS",
            media_type=media_type,
        )
        async with self.database.unit() as uow:
            return await self.interviews.schedule(uow, app_of(employer), command)

    async def cancel(self, interview: Interview) -> None:
        """Cancel an interview, past the API and without telling anybody."""
        async with self.database.unit() as uow:
            await uow.run(
                "UPDATE interviews SET canceled_at = :now WHERE id = :id",
                now=uow.now,
                id=interview.id,
            )

    async def facts(self) -> list[tuple[str, UUID | None]]:
        """Read what was told of interviews: the kind, and whose it is."""
        async with self.database.read() as reader:
            return await reader.all(
                _pair,
                "SELECT kind, employer_id FROM facts WHERE kind LIKE 'interview.%' "
                "ORDER BY seq",
            )

    async def counts(self) -> tuple[int, int, int]:
        """Count the stored interviews, interviewers and interviewees."""
        async with self.database.read() as reader:
            people = await reader.all(
                _pair, "SELECT interviewers, interviewee_id FROM interviews"
            )
        return (
            len(people),
            sum(len(msgspec.json.decode(interviewers)) for interviewers, _ in people),
            sum(interviewee is not None for _, interviewee in people),
        )


def app_of(employer: UUID) -> Caller:
    """Call as an app that represents the employer."""
    return Caller(
        app_id="client-1",
        scopes=frozenset({SCOPE}),
        expires_at=datetime.max.replace(tzinfo=UTC),
        employer_id=employer,
    )


def refusal(answer: dict[str, Any]) -> tuple[str, str, str, object]:
    """Sum up the one error of *answer*: code, reason, message and path."""
    (error,) = answer["errors"]
    extensions = error["extensions"]
    assert extensions["message"] == error["message"]
    return extensions["code"], extensions["reason"], error["message"], error.get("path")


def _pair(kind: str, employer_id: UUID | None) -> tuple[str, UUID | None]:
    return kind, employer_id


def _employer(id: UUID, now: datetime) -> Employer:
    return Employer(
        id=id,
        legacy_id=str(id.int % 10**6),
        name="Employer",
        country="US",
        currency="USD",
        time_zone="UTC",
        moderation_status=ModerationStatus.ACTIVE,
        master_id=None,
        created_at=now,
    )
