"""Builds the demo world through the slices' front doors, or finds it built already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from hirewire.accounts.model import RegisterPerson
from hirewire.accounts.passwords import Passwords
from hirewire.accounts.service import Accounts
from hirewire.conversations.model import Draft
from hirewire.conversations.service import WRITE, Conversations
from hirewire.interviews.model import Invited, NewInterviewee, ScheduleInterview
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database, Reader, UnitOfWork
from hirewire.sandbox.demo import (
    DEMO,
    PASSWORD,
    DemoApp,
    DemoConversation,
    DemoEmployer,
    DemoInterview,
    DemoPerson,
    DemoWorld,
    ids_of,
)

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KnownTokens:
    """Entropy that draws what it was given, in that order, where everybody may know it."""

    tokens: Iterator[bytes]

    def token(self, size: int) -> bytes:
        return next(self.tokens)[:size]

    def fraction(self) -> float:
        return 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """What the demo world is built with."""

    accounts: Accounts
    interviews: Interviews
    conversations: Conversations
    passwords: Passwords
    world: DemoWorld = field(default=DEMO)

    async def find_or_build(self, database: Database) -> None:
        """Build the world, all of it or nothing, unless it stands already."""
        async with database.read() as reader:
            stands = await self.stands(reader)
        if stands:
            return
        password_hash = await self.passwords.hash(PASSWORD)
        async with database.unit() as uow:
            await self.build(uow, password_hash)

    async def stands(self, reader: Reader) -> bool:
        """Tell whether the world was built in this database."""
        return await self.accounts.employer(reader, self.world.employers[0].id) is not None

    async def build(self, uow: UnitOfWork, password_hash: str) -> None:
        """Build the world; the facts of it get ids of their own, as any others do."""
        for employer in self.world.employers:
            await self._employer(uow, employer)
        for person in self.world.people:
            await self._person(uow, person, password_hash)
        for app in self.world.apps:
            await self._app(uow, app)
        for interview in self.world.interviews:
            await self._interview(uow, interview)
        for conversation in self.world.conversations:
            await self._conversation(uow, conversation)

    async def _employer(self, uow: UnitOfWork, employer: DemoEmployer) -> None:
        with _known_ids(uow, employer.number):
            await self.accounts.open_employer(uow, employer.terms)

    async def _person(self, uow: UnitOfWork, person: DemoPerson, password_hash: str) -> None:
        command = RegisterPerson(
            name=person.name, email=person.email, password_hash=password_hash
        )
        with _known_ids(uow, person.number):
            registered = await self.accounts.register_person(uow, command)
        for employer, role in person.roles:
            await self.accounts.join(uow, registered.id, employer.id, role)

    async def _app(self, uow: UnitOfWork, app: DemoApp) -> None:
        drawn = KnownTokens(iter([app.token("client id"), app.token("client secret")]))
        with _known_ids(uow, app.number):
            apps = replace(self.accounts.apps, entropy=drawn)
            if app.terms.is_public:
                await apps.register_public(uow, app.owner.id, app.terms)
            else:
                await apps.register(uow, app.owner.id, app.terms)

    async def _interview(self, uow: UnitOfWork, interview: DemoInterview) -> None:
        starts_at = uow.now.replace(minute=0, second=0, microsecond=0) + interview.starts_in
        candidate = interview.candidate
        command = ScheduleInterview(
            title=interview.title,
            starts_at=starts_at,
            ends_at=starts_at + _HOUR,
            zone=interview.employer.terms.time_zone,
            interviewers=tuple(
                Invited(email=person.email, name=person.name)
                for person in self._team(interview)
            ),
            interviewee=NewInterviewee(name=candidate.name, email=candidate.email),
            ats_name="Harbor ATS",
            employer_name=interview.employer.terms.name,
            language="en",
            country=interview.employer.terms.country,
        )
        with _known_ids(uow, interview.number):
            interviews = replace(self.interviews, entropy=SeededEntropy(interview.number))
            caller = self._recruiter(uow, interview.employer, SCOPE)
            await interviews.schedule(uow, caller, command)

    async def _conversation(self, uow: UnitOfWork, conversation: DemoConversation) -> None:
        with _known_ids(uow, conversation.number):
            opened = await self.conversations.open(
                uow,
                conversation.employer.id,
                conversation.candidate,
                subject=conversation.subject,
            )
            await self.conversations.receive(uow, opened.id, conversation.question)
            caller = self._recruiter(uow, conversation.employer, WRITE)
            await self.conversations.send(
                uow, caller, opened.id, Draft(text=conversation.answer)
            )

    def _team(self, interview: DemoInterview) -> list[DemoPerson]:
        """Everyone who acts for the employer, and for no other, interviews."""
        roles = [interview.employer]
        return [
            person
            for person in self.world.people
            if [employer for employer, _ in person.roles] == roles
        ]

    def _recruiter(self, uow: UnitOfWork, employer: DemoEmployer, scope: str) -> Caller:
        """Act for *employer* as the recruiter would, signed in through their app."""
        return Caller(
            app_id=self.world.recruiters_app.client_id,
            scopes=frozenset({scope}),
            expires_at=uow.now + _HOUR,
            person_id=self.world.recruiter.id,
            employer_id=employer.id,
        )


@contextmanager
def _known_ids(uow: UnitOfWork, number: int) -> Iterator[None]:
    """Let what is made meanwhile have the ids that everybody knows."""
    own = uow.new_id
    uow.new_id = ids_of(number)
    try:
        yield
    finally:
        uow.new_id = own
