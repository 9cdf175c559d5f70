"""A thread's life under any order of events: a tiny model of it, and what must hold."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hirewire.conversations.errors import MessageDeleted, NotYourMessage
from hirewire.conversations.inbox.model import Filter, Search
from hirewire.conversations.model import Draft, Message
from hirewire.conversations.windows import Window
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import UnitOfWork, connect
from tests.conversations.world import World
from tests.fixtures.database import MORNING

T = TypeVar("T")

CANDIDATE: Final = "candidate"
WRITERS: Final = ("app", "pat", CANDIDATE)
READERS: Final = ("app", "pat", CANDIDATE)
TEXTS: Final = ("Hello", "Bye", "Hm")
KEYS: Final = (None, None, "k1", "k2")


@dataclass(slots=True)
class Said:
    """One message, as the model has it."""

    id: UUID
    by: str
    text: str
    is_gone: bool = False
    revision: int = 0


@dataclass(slots=True)
class Life:
    """One thread, as the model has it, and the facts that its life so far has told."""

    said: list[Said] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(READERS, 0))
    keys: dict[tuple[str, str], tuple[str, Said]] = field(default_factory=dict)
    has_pat: bool = False
    facts: list[str] = field(default_factory=lambda: ["opened"])

    def unread(self, who: str) -> int:
        """Count what the other side said behind a mark, and did not take back."""
        behind = self.said[self.marks[who] :]
        is_candidate = who == CANDIDATE
        return sum(
            (each.by == CANDIDATE) is not is_candidate and not each.is_gone for each in behind
        )


class ThreadMachine(RuleBasedStateMachine):
    """A thread, those who write and read in it, and the clock, in any order."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = Path(mkdtemp(prefix="thread-"))
        self.life = Life()

    @initialize()
    def begin(self) -> None:
        """Open a database with a thread in it."""
        self._runner.run(self._begin())

    async def _begin(self) -> None:
        path = self._folder / "hirewire.db"
        shutil.copyfile(self.template, path)
        self.clock = MovableClock(MORNING, frozen=True)
        ids = IdMaker(self.clock, SeededEntropy(7))
        database = await connect(f"sqlite:{path}", clock=self.clock, new_id=ids.new)
        self.world = await World.built(database)
        async with database.unit() as uow:
            door = self.world.conversations.candidates
            self.token = await door.add_link(uow, self.world.thread.id)

    def teardown(self) -> None:
        """Close all of it."""
        self._runner.run(self.world.database.close())
        self._runner.close()
        shutil.rmtree(self._folder)

    @rule(by=st.sampled_from(WRITERS), text=st.sampled_from(TEXTS), key=st.sampled_from(KEYS))
    def write(self, by: str, text: str, key: str | None) -> None:
        """Somebody writes, perhaps what they wrote before under the same key."""
        draft = Draft(text=text, idempotency_key=key)
        sent = self._try(lambda uow: self._write(uow, by, draft))
        # One app's keys are shared by those who call through it.
        holder = (CANDIDATE if by == CANDIDATE else "employer", key or "")
        earlier = self.life.keys.get(holder)
        if earlier is not None:
            first_text, first = earlier
            if first.by == by and first_text == text:
                assert isinstance(sent, Message)
                assert sent.id == first.id
            else:
                assert isinstance(sent, type)
            return
        assert isinstance(sent, Message)
        said = Said(sent.id, by, text)
        self.life.said.append(said)
        if key is not None:
            self.life.keys[holder] = text, said
        if by == "pat" and not self.life.has_pat:
            self.life.has_pat = True
            self.life.facts.append("participant_added")
        self.life.facts.append("message_sent")

    @precondition(lambda self: self.life.said)
    @rule(by=st.sampled_from(("app", "pat")), at=st.integers(0, 9), text=st.sampled_from(TEXTS))
    def edit(self, by: str, at: int, text: str) -> None:
        """Somebody edits a message, perhaps another's, or one that is gone."""
        said = self.life.said[at % len(self.life.said)]
        found = self._try(
            lambda uow: self.world.conversations.edit(uow, self._caller(by), said.id, text)
        )
        if said.by != by:
            assert found is NotYourMessage
        elif said.is_gone:
            assert found is MessageDeleted
        elif said.text != text:
            said.text, said.revision = text, said.revision + 1
            self.life.facts.append("message_edited")

    @precondition(lambda self: self.life.said)
    @rule(by=st.sampled_from(("app", "pat")), at=st.integers(0, 9))
    def delete(self, by: str, at: int) -> None:
        """Somebody deletes a message, perhaps another's, perhaps once more."""
        said = self.life.said[at % len(self.life.said)]
        found = self._try(
            lambda uow: self.world.conversations.delete(uow, self._caller(by), said.id)
        )
        if said.by != by:
            assert found is NotYourMessage
        elif not said.is_gone:
            said.is_gone = True
            self.life.facts.append("message_deleted")

    @rule(by=st.sampled_from(READERS), at=st.none() | st.integers(0, 9))
    def read(self, by: str, at: int | None) -> None:
        """Somebody marks what they have read, perhaps less than before."""
        said = self.life.said
        index = len(said) - 1 if at is None or not said else at % len(said)
        message_id = None if at is None or not said else said[index].id
        self._try(lambda uow: self._mark(uow, by, message_id))
        if index + 1 > self.life.marks[by]:
            self.life.marks[by] = index + 1
            self.life.facts.append("read")

    @precondition(lambda self: self.life.has_pat)
    @rule()
    def leave(self) -> None:
        """Pat takes part no more."""
        pat = self.world.pat.id
        self._try(
            lambda uow: self.world.conversations.remove_participant(
                uow, self._caller("pat"), self.world.thread.id, pat
            )
        )
        self.life.has_pat = False
        self.life.facts.append("participant_removed")

    @rule()
    def wait(self) -> None:
        """Time passes."""
        self._runner.run(self.clock.advance(timedelta(seconds=1)))

    @invariant()
    def stands_as_the_model_has_it(self) -> None:
        """Places have no gaps, counts are exact, and each change told one fact."""
        messages, unread, listed, facts, people = self._runner.run(self._kept())
        life = self.life
        assert [each.position for each in messages] == list(range(1, len(life.said) + 1))
        assert [(each.id, each.text, each.revision) for each in messages] == [
            (each.id, None if each.is_gone else each.text, each.revision) for each in life.said
        ]
        assert unread == {who: life.unread(who) for who in READERS}
        assert listed == {who: life.unread(who) > 0 for who in ("app", "pat")}
        assert facts == life.facts
        assert people == life.has_pat

    async def _kept(
        self,
    ) -> tuple[list[Message], dict[str, int], dict[str, bool], list[str], bool]:
        world, door = self.world, self.world.conversations.candidates
        unread: dict[str, int] = {}
        listed: dict[str, bool] = {}
        async with world.database.read() as reader:
            for who in ("app", "pat"):
                caller = self._caller(who)
                found = await world.conversations.find(reader, caller, Search())
                unread[who] = found.listed[0].unread
                only = Search(where=Filter(unread_only=True))
                listed[who] = bool(
                    (await world.conversations.find(reader, caller, only)).listed
                )
            unread[CANDIDATE] = await door.unread(reader, self.token)
            page = await door.messages(reader, self.token, Window(last=100))
            thread = await door.read(reader, self.token)
            marks = await world.conversations.marks(reader, [thread])
            people = await world.conversations.participants(reader, [thread], marks)
            facts = await reader.all(
                lambda kind: kind.removeprefix("conversation."),
                "SELECT kind FROM facts WHERE body ->> 'conversation_id' = :id ORDER BY seq",
                id=str(world.thread.id),
            )
        return list(page.messages), unread, listed, facts, bool(people[thread.id])

    async def _write(self, uow: UnitOfWork, by: str, draft: Draft) -> Message:
        conversations = self.world.conversations
        if by == CANDIDATE:
            return await conversations.candidates.write(uow, self.token, draft)
        return await conversations.send(uow, self._caller(by), self.world.thread.id, draft)

    async def _mark(self, uow: UnitOfWork, by: str, message_id: UUID | None) -> None:
        conversations = self.world.conversations
        if by == CANDIDATE:
            await conversations.candidates.mark_read(uow, self.token, message_id)
            return
        await conversations.mark_read(uow, self._caller(by), self.world.thread.id, message_id)

    def _caller(self, who: str) -> Caller:
        person = self.world.pat if who == "pat" else None
        return self.world.caller(person=person, employer=self.world.acme)

    def _try(self, change: Callable[[UnitOfWork], Awaitable[T]]) -> T | type[HirewireError]:
        """Make a change, or say how it was refused."""

        async def run() -> T | type[HirewireError]:
            try:
                async with self.world.database.unit() as uow:
                    return await change(uow)
            except HirewireError as refusal:
                return type(refusal)

        return self._runner.run(run())


@pytest.fixture
def machine(sqlite_template: Path) -> Iterator[type[ThreadMachine]]:
    """The machine, which begins each run with a copy of the migrated file."""
    ThreadMachine.template = sqlite_template
    yield ThreadMachine
    del ThreadMachine.template


@pytest.mark.timeout(60)
@pytest.mark.fidelity("conversations.model")
def test_whatever_happens_in_whatever_order(machine: type[ThreadMachine]) -> None:
    """One order of places, exact counts and one story of facts, whoever does what and when."""
    examples = settings(
        max_examples=30,
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    )
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_state_machine_as_test, machine, settings=examples).result()
