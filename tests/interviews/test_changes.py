"""Tests of changing an interview: what is accepted, and what is refused without a trace."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from hirewire.interviews.facts import (
    InterviewCanceled,
    IntervieweeAdded,
    InterviewersAdded,
    InterviewRescheduled,
    InterviewTitleChanged,
    InterviewZoneChanged,
)
from hirewire.interviews.model import Interview, NewInterviewee
from hirewire.kit.facts import Fact
from tests.interviews.world import EMPLOYER, FOREIGN, World, refusal

TEN: Final = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
UPDATE: Final = """
mutation Update($input: UpdateVirtualInterviewEventInput!) {
  updateVirtualInterviewEvent(input: $input) { event { id status title } }
}
"""
CANCEL: Final = """
mutation Cancel($id: ID!) {
  cancelVirtualInterviewEvent(input: {id: $id}) { event { status } }
}
"""
CYRIL: Final = NewInterviewee(name="Cyril", email="cy@example.com")

Read = Callable[[], Awaitable[list[Fact]]]


def change(interview: Interview, name: str, **fields: Any) -> dict[str, Any]:
    """Ask for one change of *interview*."""
    return {"input": {name: {"id": str(interview.id), **fields}}}


def changes(interview: Interview) -> dict[str, dict[str, Any]]:
    """One acceptable change of each kind."""
    return {
        "reschedule": change(
            interview,
            "reschedule",
            startTime="2026-03-03T10:00:00Z",
            endTime="2026-03-03T10:30:00Z",
        ),
        "addInterviewers": change(
            interview, "addInterviewers", interviewers=[{"email": "new@example.com"}]
        ),
        "addInterviewee": change(
            interview,
            "addInterviewee",
            interviewee={"name": "Cyril", "email": "cy@example.com"},
        ),
        "setTitle": change(interview, "setTitle", title="Second round"),
        "setTimezone": change(interview, "setTimezone", timezone="Asia/Kathmandu"),
    }


NAMES: Final = ("reschedule", "addInterviewers", "addInterviewee", "setTitle", "setTimezone")


async def stored(world: World, interview: Interview) -> Interview:
    """Read an interview past the API."""
    async with world.database.read() as reader:
        found = await world.interviews.stored(reader, interview.id)
    assert found is not None
    return found


class TestUpdate:
    async def test_counts_each_change_and_tells_it(
        self, world: World, decoded_facts: Read
    ) -> None:
        """A fact says which change it was and the how many-th; no name, no address."""
        old = await world.schedule(TEN)
        by: dict[str, Any] = {
            "employer_id": EMPLOYER,
            "interview_id": old.id,
            "app_id": "client-1",
            "person_id": None,
        }

        for asked in changes(old).values():
            await world.clock.move_to(world.clock.now() + timedelta(seconds=1))
            answer = await world.api.ask(UPDATE, asked, token=world.token())
            assert "errors" not in answer

        new = await stored(world, old)
        assert (new.sequence, new.changed_at) == (5, world.clock.now())
        assert new.interviewee is not None
        assert (await decoded_facts())[1:] == [
            InterviewRescheduled(
                sequence=1,
                starts_at=datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
                ends_at=datetime(2026, 3, 3, 10, 30, tzinfo=UTC),
                **by,
            ),
            InterviewersAdded(sequence=2, added=(new.interviewers[2].id,), **by),
            IntervieweeAdded(sequence=3, interviewee_id=new.interviewee.id, **by),
            InterviewTitleChanged(sequence=4, **by),
            InterviewZoneChanged(sequence=5, zone="Asia/Kathmandu", **by),
        ]

    @pytest.mark.fidelity("interviews.update.one-change")
    @pytest.mark.parametrize(
        ("asked", "got"),
        [
            ((), "none"),
            (("setTitle", "reschedule"), "reschedule and setTitle"),
            (NAMES, " and ".join(NAMES)),
        ],
    )
    async def test_takes_exactly_one(
        self, world: World, asked: tuple[str, ...], got: str
    ) -> None:
        """None and several are refused, naming the fields."""
        interview = await world.schedule(TEN)
        given = changes(interview)
        several = {name: given[name]["input"][name] for name in asked}

        answer = await world.api.ask(UPDATE, {"input": several}, token=world.token())

        assert refusal(answer) == (
            "BAD_USER_INPUT",
            "interviews.not_one_change",
            (
                "input: takes exactly one of reschedule, addInterviewers, addInterviewee, "
                f"setTitle, setTimezone; got {got}."
            ),
            ["updateVirtualInterviewEvent"],
        )
        assert await stored(world, interview) == interview
        assert len(await world.facts()) == 1

    async def test_takes_null_for_absent(self, world: World) -> None:
        """A field that is null asks for nothing."""
        interview = await world.schedule(TEN)
        asked = {"input": changes(interview)["setTitle"]["input"] | {"reschedule": None}}

        answer = await world.api.ask(UPDATE, asked, token=world.token())

        event = answer["data"]["updateVirtualInterviewEvent"]["event"]
        assert event["title"] == "Second round"

    @pytest.mark.fidelity("interviews.update.same-again")
    async def test_tells_nobody_of_what_changes_nothing(self, world: World) -> None:
        """The same time, people, title or zone again is answered, and counts for nothing."""
        interview = await world.schedule(TEN, interviewee=CYRIL)
        same = [
            change(
                interview,
                "reschedule",
                startTime="2026-03-02T10:00:00Z",
                endTime="2026-03-02T12:00:00+01:00",
            ),
            change(interview, "addInterviewers", interviewers=[{"email": "First@Example.com"}]),
            change(interview, "setTitle", title=" Interview "),
            change(interview, "setTimezone", timezone="America/Los_Angeles"),
        ]

        answers = [await world.api.ask(UPDATE, each, token=world.token()) for each in same]

        assert ["errors" in answer for answer in answers] == [False] * 4
        assert await stored(world, interview) == interview
        assert await world.facts() == [("interview.scheduled", EMPLOYER)]

    @pytest.mark.fidelity("interviews.update.canceled")
    @pytest.mark.parametrize("name", NAMES)
    async def test_refuses_what_is_canceled(self, world: World, name: str) -> None:
        """A canceled event is final."""
        interview = await world.schedule(TEN)
        await world.api.ask(CANCEL, {"id": str(interview.id)}, token=world.token())
        canceled = await stored(world, interview)

        answer = await world.api.ask(UPDATE, changes(interview)[name], token=world.token())

        assert refusal(answer)[:3] == (
            "BAD_USER_INPUT",
            "interviews.canceled",
            "id: the interview is canceled, and cannot change any more.",
        )
        assert await stored(world, interview) == canceled
        assert len(await world.facts()) == 2

    @pytest.mark.fidelity("interviews.update.over")
    @pytest.mark.parametrize("name", NAMES)
    async def test_accepts_what_is_over(self, world: World, name: str) -> None:
        """An event that is over can change; at another time it takes place again."""
        interview = await world.schedule(TEN)
        await world.clock.move_to(TEN + timedelta(hours=5))
        token = world.token(lasts=timedelta(days=1))

        answer = await world.api.ask(UPDATE, changes(interview)[name], token=token)

        event = answer["data"]["updateVirtualInterviewEvent"]["event"]
        assert event["status"] == ("SCHEDULED" if name == "reschedule" else "COMPLETED")
        assert (await stored(world, interview)).sequence == 1


class TestRefuses:
    @pytest.mark.fidelity("interviews.reschedule.too-long")
    @pytest.mark.parametrize(
        ("start", "end", "reason"),
        [
            ("2026-03-03T10:00:00Z", "2026-03-04T10:00:01Z", "interviews.too_long"),
            ("2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z", "interviews.ends_before_start"),
            (
                "2026-03-01T08:59:59Z",
                "2026-03-01T10:00:00Z",
                "interviews.starts_too_long_ago",
            ),
            (
                "9999-12-31T23:00:00Z",
                "9999-12-31T23:59:00Z",
                "interviews.starts_too_far_ahead",
            ),
        ],
    )
    async def test_times_that_cannot_be(
        self, world: World, start: str, end: str, reason: str
    ) -> None:
        """The rules are those of scheduling."""
        interview = await world.schedule(TEN)
        asked = change(interview, "reschedule", startTime=start, endTime=end)

        answer = await world.api.ask(UPDATE, asked, token=world.token())

        assert refusal(answer)[:2] == ("BAD_USER_INPUT", reason)
        assert await stored(world, interview) == interview
        assert len(await world.facts()) == 1

    @pytest.mark.fidelity("interviews.add-interviewers.too-many")
    async def test_a_fiftieth_interviewer(self, world: World) -> None:
        """All are counted that the event ever had; the refused ones leave no trace."""
        people = [f"p{number}@example.com" for number in range(48)]
        interview = await world.schedule(TEN, interviewers=people)
        new = [{"email": "p0@example.com"}, {"email": "a@x.org"}, {"email": "b@x.org"}]

        over = await world.api.ask(
            UPDATE, change(interview, "addInterviewers", interviewers=new), token=world.token()
        )
        untouched = await stored(world, interview)
        most = await world.api.ask(
            UPDATE,
            change(interview, "addInterviewers", interviewers=new[:2]),
            token=world.token(),
        )

        assert refusal(over)[:3] == (
            "BAD_USER_INPUT",
            "interviews.too_many_interviewers",
            "interviewers: an interview takes at most 49, got 50.",
        )
        assert untouched == interview
        assert "errors" not in most
        assert len((await stored(world, interview)).interviewers) == 49

    @pytest.mark.parametrize(
        ("name", "fields", "reason"),
        [
            ("addInterviewers", {"interviewers": []}, "interviews.no_interviewers"),
            ("addInterviewers", {"interviewers": [{"email": "x"}]}, "interviews.bad_email"),
            (
                "addInterviewee",
                {"interviewee": {"name": " ", "email": "a@x.org"}},
                "interviews.bad_text",
            ),
            (
                "addInterviewee",
                {"interviewee": {"name": "A", "email": "x"}},
                "interviews.bad_email",
            ),
            ("setTitle", {"title": "\t"}, "interviews.bad_text"),
            ("setTimezone", {"timezone": "Mars/Olympus"}, "interviews.unknown_time_zone"),
            ("setTitle", {"title": "T", "id": "1˙∆"}, "ids.bad_node_id"),
        ],
    )
    async def test_nonsense(
        self, world: World, name: str, fields: dict[str, Any], reason: str
    ) -> None:
        """What scheduling refuses, a change does as well."""
        interview = await world.schedule(TEN)

        answer = await world.api.ask(
            UPDATE, change(interview, name, **fields), token=world.token()
        )

        assert refusal(answer)[:2] == ("BAD_USER_INPUT", reason)
        assert answer["data"] == {"updateVirtualInterviewEvent": None}
        assert await stored(world, interview) == interview
        assert len(await world.facts()) == 1


class TestSides:
    @pytest.mark.fidelity("interviews.interviewee.no-interviewer")
    async def test_takes_no_interviewer_for_the_interviewee(self, world: World) -> None:
        """Whoever interviews is not interviewed as well, in whatever case they are spelled."""
        interview = await world.schedule(TEN)
        named = {"name": "Second", "email": "SECOND@example.com"}

        answer = await world.api.ask(
            UPDATE,
            change(interview, "addInterviewee", interviewee=named),
            token=world.token(),
        )

        assert refusal(answer)[:3] == (
            "BAD_USER_INPUT",
            "interviews.on_both_sides",
            (
                "interviewee.email: 'SECOND@example.com' is on the other side of the interview;"
                " nobody is both interviewer and interviewee."
            ),
        )
        assert await stored(world, interview) == interview
        assert len(await world.facts()) == 1

    @pytest.mark.fidelity("interviews.interviewee.no-interviewer")
    async def test_takes_no_interviewee_for_an_interviewer(self, world: World) -> None:
        """Nobody of those named with the interviewee is added; the message says which it is."""
        interview = await world.schedule(TEN, interviewee=CYRIL)
        named = [{"email": "new@example.com"}, {"email": "CY@example.com"}]

        answer = await world.api.ask(
            UPDATE,
            change(interview, "addInterviewers", interviewers=named),
            token=world.token(),
        )

        assert refusal(answer)[:3] == (
            "BAD_USER_INPUT",
            "interviews.on_both_sides",
            (
                "interviewers[1].email: 'CY@example.com' is on the other side of the interview;"
                " nobody is both interviewer and interviewee."
            ),
        )
        assert await stored(world, interview) == interview
        assert len(await world.facts()) == 1


class TestAddInterviewers:
    @pytest.mark.fidelity("interviews.add-interviewers.merged")
    async def test_merges_who_is_named_twice(self, world: World) -> None:
        """One of two spellings of an address is added, and nobody who interviews already."""
        interview = await world.schedule(TEN)
        named = ["New@Example.com", "FIRST@example.com", "new@example.com"]

        await world.api.ask(
            UPDATE,
            change(
                interview, "addInterviewers", interviewers=[{"email": each} for each in named]
            ),
            token=world.token(),
        )

        people = (await stored(world, interview)).interviewers
        assert [each.email for each in people] == [
            "first@example.com",
            "second@example.com",
            "New@example.com",
        ]


class TestCancel:
    @pytest.mark.fidelity("interviews.cancel.twice")
    async def test_is_answered_twice_and_told_once(
        self, world: World, decoded_facts: Read
    ) -> None:
        """The second time nothing changes, not even the moment of the cancellation."""
        interview = await world.schedule(TEN)
        ask = {"id": str(interview.id)}

        first = await world.api.ask(CANCEL, ask, token=world.token())
        canceled = await stored(world, interview)
        await world.clock.move_to(TEN - timedelta(minutes=30))
        second = await world.api.ask(CANCEL, ask, token=world.token())

        event = {"event": {"status": "CANCELED"}}
        assert first == second == {"data": {"cancelVirtualInterviewEvent": event}}
        assert await stored(world, interview) == canceled
        assert canceled.canceled_at == canceled.changed_at == TEN - timedelta(hours=1)
        assert (await decoded_facts())[1:] == [
            InterviewCanceled(
                employer_id=EMPLOYER,
                interview_id=interview.id,
                sequence=1,
                app_id="client-1",
                person_id=None,
            )
        ]


class TestWhoMay:
    @pytest.mark.fidelity("interviews.update.by-interviewer")
    @pytest.mark.parametrize("employer", [None, FOREIGN, EMPLOYER])
    async def test_an_interviewer_changes_and_cancels(
        self, world: World, employer: Any
    ) -> None:
        """A person is known by the verified address of their account, in any case."""
        ada = await world.register("Ada", "ada@example.com")
        interview = await world.schedule(TEN, interviewers=["ADA@example.com"])
        token = world.token(employer=employer, person=ada.id)

        for asked in changes(interview).values():
            assert "errors" not in await world.api.ask(UPDATE, asked, token=token)
        await world.api.ask(CANCEL, {"id": str(interview.id)}, token=token)

        kept = await stored(world, interview)
        assert (kept.sequence, kept.canceled_at) == (6, world.clock.now())

    @pytest.mark.parametrize("is_verified", [True, False])
    async def test_others_do_not(self, world: World, *, is_verified: bool) -> None:
        """Who is not invited, and who only says to be, changes nothing."""
        email = "eve@example.com" if is_verified else "first@example.com"
        eve = await world.register("Eve", email, is_verified=is_verified)
        interview = await world.schedule(TEN)
        token = world.token(employer=None, person=eve.id)

        answers = [
            await world.api.ask(UPDATE, each, token=token)
            for each in changes(interview).values()
        ]
        canceled = await world.api.ask(CANCEL, {"id": str(interview.id)}, token=token)

        for answer in (*answers, canceled):
            assert refusal(answer)[:2] == ("FORBIDDEN", "interviews.not_yours")
        assert await stored(world, interview) == interview

    async def test_a_token_without_the_scope_does_not(self, world: World) -> None:
        """The scope is the same as for scheduling."""
        interview = await world.schedule(TEN)
        token = world.token("conversations")

        answer = await world.api.ask(UPDATE, changes(interview)["setTitle"], token=token)
        nobody = await world.api.ask(CANCEL, {"id": str(interview.id)})

        assert refusal(answer)[:2] == ("FORBIDDEN", "auth.missing_scope")
        assert refusal(nobody)[:2] == ("UNAUTHENTICATED", "auth.unauthenticated")
        assert await stored(world, interview) == interview
