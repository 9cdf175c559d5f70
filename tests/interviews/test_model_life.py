"""An interview's life under any order of events: a tiny model of it, and what must hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.interviews.changes import (
    AddInterviewee,
    AddInterviewers,
    RescheduleInterview,
    SetTitle,
    SetZone,
)
from hirewire.interviews.errors import (
    HasInterviewee,
    IsCanceled,
    StartsTooLongAgo,
    TooManyInterviewers,
)
from hirewire.interviews.model import Interview, Invited, NewInterviewee, ScheduleInterview
from hirewire.interviews.moves import HANDLERS
from hirewire.interviews.service import Interviews
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import UnitOfWork
from hirewire.runtime.tasks import TaskRunner
from tests.fixtures.background import in_background
from tests.fixtures.stage import Stage, play
from tests.interviews.world import EMPLOYER, app_of

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
APP: Final = app_of(EMPLOYER)
STARTS: Final = (-2 * DAY, -DAY, -HOUR, timedelta(), HOUR, 5 * HOUR, 3 * DAY)
LENGTHS: Final = (HOUR, 2 * HOUR, DAY)
PAUSES: Final = (timedelta(minutes=1), HOUR, 3 * HOUR, DAY)
TITLES: Final = ("First", "Second")
ZONES: Final = ("Europe/London", "Asia/Kathmandu")
CYRIL: Final = NewInterviewee(name="Cyril", email="cy@example.com")


@dataclass(slots=True)
class Life:
    """One interview, as the model has it, and the facts that its life so far has told."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    people: set[str]
    title: str = "First"
    zone: str = "Europe/London"
    has_interviewee: bool = False
    is_canceled: bool = False
    sequence: int = 0
    has_started: bool = False
    has_ended: bool = False
    facts: list[tuple[str, int]] = field(default_factory=lambda: [("scheduled", 0)])

    def change(self, kind: str) -> None:
        """Count a change that people are told of."""
        self.sequence += 1
        self.facts.append((kind, self.sequence))

    def pass_time(self, now: datetime) -> None:
        """Tell what the clock has brought about."""
        if self.is_canceled:
            return
        if self.starts_at <= now and not self.has_started:
            self.has_started = True
            self.facts.append(("started", self.sequence))
        if self.ends_at <= now and not self.has_ended:
            self.has_ended = True
            self.facts.append(("ended", self.sequence))

    def status(self, now: datetime) -> str:
        """Say where the interview stands."""
        if self.is_canceled:
            return "CANCELED"
        if now < self.starts_at:
            return "SCHEDULED"
        return "IN_PROGRESS" if now < self.ends_at else "COMPLETED"


class LifeMachine(RuleBasedStateMachine):
    """Interviews, those who change them, and the clock, in any order."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.clock, self.database = stage.clock, stage.database
        self.lives: list[Life] = []

    @initialize()
    def begin(self) -> None:
        """Let tasks run."""
        self.stage.run(self._begin())

    async def _begin(self) -> None:
        entropy = self.stage.entropy
        self.interviews = Interviews(Accounts(Apps(entropy)), entropy)
        self.tasks = TaskRunner(
            db=self.database, clock=self.clock, handlers=HANDLERS, poll_s=None
        )
        self.clock.on_step.append(self.tasks.idle)
        await self.stage.keep(in_background(self.tasks.run()))

    def teardown(self) -> None:
        """Close all of it."""
        self.stage.close()

    @rule(start=st.sampled_from(STARTS), length=st.sampled_from(LENGTHS))
    def schedule(self, start: timedelta, length: timedelta) -> None:
        """An employer puts an interview on the calendar."""
        starts_at = self.clock.now() + start
        command = ScheduleInterview(
            title="First",
            starts_at=starts_at,
            ends_at=starts_at + length,
            zone="Europe/London",
            interviewers=(Invited(email="p0@example.com"),),
            ats_name="ATS",
        )
        made = self._try(lambda uow: self.interviews.schedule(uow, APP, command))
        if start < -DAY:
            assert made is StartsTooLongAgo
        else:
            assert isinstance(made, Interview)
            people = {"p0@example.com"}
            self.lives.append(Life(made.id, starts_at, starts_at + length, people))
        self._settle()

    @precondition(lambda self: self.lives)
    @rule(
        newest=st.integers(0, 2),
        start=st.sampled_from(STARTS),
        length=st.sampled_from(LENGTHS),
    )
    def reschedule(self, newest: int, start: timedelta, length: timedelta) -> None:
        """An interview is moved, perhaps to where it is."""
        life, now = self._one_of(newest), self.clock.now()
        begin = life.starts_at if start == timedelta() else now + start
        end = life.ends_at if start == timedelta() else begin + length
        command = RescheduleInterview(id=life.id, starts_at=begin, ends_at=end)
        found = self._try(lambda uow: self.interviews.reschedule(uow, APP, command))
        if life.is_canceled:
            assert found is IsCanceled
        elif begin < now - DAY:
            assert found is StartsTooLongAgo
        elif (begin, end) != (life.starts_at, life.ends_at):
            life.starts_at, life.ends_at = begin, end
            life.has_started = life.has_started and begin <= now
            life.has_ended = life.has_ended and end <= now
            life.change("rescheduled")
        self._settle()

    @precondition(lambda self: self.lives)
    @rule(
        newest=st.integers(0, 2),
        people=st.sets(st.integers(0, 60), min_size=1, max_size=30),
    )
    def add_interviewers(self, newest: int, people: set[int]) -> None:
        """More people are invited, some of them perhaps again."""
        life = self._one_of(newest)
        asked = {f"p{number}@example.com" for number in people}
        command = AddInterviewers(
            id=life.id, interviewers=tuple(Invited(email=each) for each in sorted(asked))
        )
        found = self._try(lambda uow: self.interviews.add_interviewers(uow, APP, command))
        if life.is_canceled:
            assert found is IsCanceled
        elif len(life.people | asked) > 49:
            assert found is TooManyInterviewers
        elif not asked <= life.people:
            life.people |= asked
            life.change("interviewers_added")

    @precondition(lambda self: self.lives)
    @rule(newest=st.integers(0, 2))
    def add_interviewee(self, newest: int) -> None:
        """The candidate is named, perhaps once more."""
        life = self._one_of(newest)
        command = AddInterviewee(id=life.id, interviewee=CYRIL)
        found = self._try(lambda uow: self.interviews.add_interviewee(uow, APP, command))
        if life.is_canceled:
            assert found is IsCanceled
        elif life.has_interviewee:
            assert found is HasInterviewee
        else:
            life.has_interviewee = True
            life.change("interviewee_added")

    @precondition(lambda self: self.lives)
    @rule(newest=st.integers(0, 2), title=st.sampled_from(TITLES))
    def set_title(self, newest: int, title: str) -> None:
        """An interview is called something else, or the same."""
        life = self._one_of(newest)
        command = SetTitle(id=life.id, title=title)
        found = self._try(lambda uow: self.interviews.set_title(uow, APP, command))
        if life.is_canceled:
            assert found is IsCanceled
        elif title != life.title:
            life.title = title
            life.change("title_changed")

    @precondition(lambda self: self.lives)
    @rule(newest=st.integers(0, 2), zone=st.sampled_from(ZONES))
    def set_zone(self, newest: int, zone: str) -> None:
        """An interview is shown in another time zone, or the same."""
        life = self._one_of(newest)
        command = SetZone(id=life.id, zone=zone)
        found = self._try(lambda uow: self.interviews.set_zone(uow, APP, command))
        if life.is_canceled:
            assert found is IsCanceled
        elif zone != life.zone:
            life.zone = zone
            life.change("zone_changed")

    @precondition(lambda self: self.lives)
    @rule(newest=st.integers(0, 2))
    def cancel(self, newest: int) -> None:
        """An interview is canceled, perhaps once more."""
        life = self._one_of(newest)
        found = self._try(lambda uow: self.interviews.cancel(uow, APP, life.id))
        assert isinstance(found, Interview)
        if not life.is_canceled:
            life.is_canceled = True
            life.change("canceled")

    @rule(pause=st.sampled_from(PAUSES))
    def wait(self, pause: timedelta) -> None:
        """Time passes."""
        self.stage.run(self.clock.advance(pause))
        for life in self.lives:
            life.pass_time(self.clock.now())

    @invariant()
    def stands_as_the_model_has_it(self) -> None:
        """Every interview is what its changes made of it, and told just that."""
        for life in self.lives:
            interview, facts = self.stage.run(self._kept(life.id))
            assert interview is not None
            assert (interview.starts_at, interview.ends_at) == (life.starts_at, life.ends_at)
            assert (interview.title, interview.zone) == (life.title, life.zone)
            assert sorted(each.email for each in interview.interviewers) == sorted(life.people)
            assert (interview.interviewee is not None) == life.has_interviewee
            assert interview.sequence == life.sequence
            assert interview.status(self.clock.now()).value == life.status(self.clock.now())
            assert facts == life.facts

    async def _kept(self, id: UUID) -> tuple[Interview | None, list[tuple[str, int]]]:
        async with self.database.read() as reader:
            facts = await reader.all(
                lambda kind, sequence: (kind.removeprefix("interview."), sequence),
                "SELECT kind, body ->> 'sequence' FROM facts"
                " WHERE body ->> 'interview_id' = :id ORDER BY seq",
                id=str(id),
            )
            return await self.interviews.stored(reader, id), facts

    def _one_of(self, newest: int) -> Life:
        return self.lives[-1 - newest % len(self.lives)]

    def _try(
        self, change: Callable[[UnitOfWork], Awaitable[Interview]]
    ) -> Interview | type[HirewireError]:
        """Make a change, or say how it was refused."""

        async def run() -> Interview | type[HirewireError]:
            try:
                async with self.database.unit() as uow:
                    return await change(uow)
            except HirewireError as refusal:
                return type(refusal)

        return self.stage.run(run())

    def _settle(self) -> None:
        """Let tasks run that are due at once."""
        self.stage.run(self.tasks.idle())
        for life in self.lives:
            life.pass_time(self.clock.now())


@pytest.mark.timeout(60)
@pytest.mark.fidelity("interviews.model")
def test_whatever_happens_in_whatever_order(sqlite_template: Path) -> None:
    """One sequence, one status and one story of facts, whoever changes what and when."""
    play(lambda: LifeMachine(Stage(sqlite_template)), runs=30, steps=30)
