"""How threads begin, on both databases."""

import asyncio
from dataclasses import replace

import pytest

from hirewire.conversations.errors import (
    BadCandidateEmail,
    BadIdempotencyKey,
    BadLine,
    EmployerLost,
    IdempotencyKeyReused,
)
from hirewire.conversations.model import Candidate, ParticipantRole
from hirewire.conversations.starting import StartConversation
from hirewire.kit.caller import MissingScope, NoEmployer
from tests.conversations.acts import listed, people, start
from tests.conversations.world import CANDIDATE, World


class TestStart:
    @pytest.mark.fidelity("conversations.start")
    async def test_a_person_who_starts_owns_the_thread(self, world: World) -> None:
        """
        The thread, its first message and its owner are there at once, and told of.
        """
        caller = world.caller(person=world.pat, employer=world.acme)

        started = await start(world, caller, posting_id="job 7", text="Hello Robin")

        thread = started.conversation
        assert (thread.employer_id, thread.candidate) == (world.acme.id, CANDIDATE)
        assert (thread.subject, thread.posting_id) == ("Baker", "job 7")
        assert (thread.message_count, thread.candidate_count) == (1, 0)
        assert started.message is not None
        assert started.message.sender.name == "Pat Doe"
        assert {n: p.role for n, p in (await people(world, thread)).items()} == {
            "Pat Doe": ParticipantRole.OWNER
        }
        assert await world.told() == ["opened", "participant_added", "message_sent"]
        found = (await listed(world, caller)).listed[0].conversation
        assert found == thread

    async def test_an_app_starts_without_taking_part(self, world: World) -> None:
        """
        Participants are people.
        """
        started = await start(world, world.acme_caller)

        assert started.message is None
        assert await people(world, started.conversation) == {}
        assert await world.told() == ["opened"]

    async def test_who_may_not(self, world: World) -> None:
        """
        Neither without the scope, nor an employer, nor for one that the person is not of.
        """
        reader = world.caller(employer=world.acme, scopes=frozenset({"conversations.read"}))
        nobody = world.caller(person=world.pat)
        lost = world.caller(person=world.sam, employer=world.acme)

        with pytest.raises(MissingScope):
            await start(world, reader)
        with pytest.raises(NoEmployer):
            await start(world, nobody)
        with pytest.raises(EmployerLost):
            await start(world, lost)

        assert await world.told() == []

    @pytest.mark.fidelity("conversations.start.limits")
    def test_refuses_nonsense(self) -> None:
        """
        Names and subjects are lines, addresses are addresses, keys are not empty.
        """
        good: dict[str, object] = {
            "subject": None,
            "posting_id": None,
            "first": None,
            "idempotency_key": None,
        }
        ghost = replace(CANDIDATE, name="\u200b")
        bad = (
            (BadLine, ghost, good),
            (BadLine, replace(CANDIDATE, name="x" * 201), good),
            (BadLine, CANDIDATE, good | {"subject": "a\nb"}),
            (BadLine, CANDIDATE, good | {"subject": "x" * 201}),
            (BadLine, CANDIDATE, good | {"posting_id": "x" * 256}),
            (BadLine, CANDIDATE, good | {"posting_id": ""}),
            (BadCandidateEmail, replace(CANDIDATE, email="robin"), good),
            (BadIdempotencyKey, CANDIDATE, good | {"idempotency_key": ""}),
        )

        for refusal, candidate, rest in bad:
            with pytest.raises(refusal):
                StartConversation.checked(candidate, **rest)  # type: ignore[arg-type]


class TestIdempotency:
    @pytest.mark.fidelity("conversations.start.idempotency-key")
    async def test_overlapping_repeats_start_one_thread(self, world: World) -> None:
        """
        All of them answer the one thread, its one message and one owner.
        """
        caller = world.caller(person=world.pat, employer=world.acme)

        started = await asyncio.gather(
            *(start(world, caller, text="Hello", key="k1") for _ in range(5))
        )

        assert len({each.conversation.id for each in started}) == 1
        assert len({each.message.id for each in started if each.message}) == 1
        assert await world.told() == ["opened", "participant_added", "message_sent"]

    async def test_a_key_stands_for_one_thing(self, world: World) -> None:
        """
        Another candidate, text or person under a key is refused; another app's key is its own.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        await start(world, pat, text="Hello", key="k1")
        other = Candidate(name="Kim", email="kim@example.org")

        for bad in (
            start(world, pat, text="Bye", key="k1"),
            start(world, pat, text="Hello", key="k1", candidate=other),
            start(world, world.acme_caller, text="Hello", key="k1"),
        ):
            with pytest.raises(IdempotencyKeyReused):
                await bad
        theirs = world.caller(app=world.globex_app, person=world.pat, employer=world.acme)
        await start(world, theirs, text="Hello", key="k1")

        assert (await world.told()).count("opened") == 2
