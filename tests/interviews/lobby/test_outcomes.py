"""What interviewers make of sessions, and who may look back at them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from hirewire.interviews.lobby.store import records_of
from hirewire.interviews.model import Decision, Outcome, Record
from tests.interviews.lobby.world import ADA, BEN, LobbyWorld, Visitor

NINETY_DAYS = timedelta(days=90)


async def records(lobby: LobbyWorld) -> tuple[Record, ...]:
    async with lobby.database.read() as reader:
        return (await records_of(reader, [lobby.interview.id])).get(lobby.interview.id, ())


async def outcomes(lobby: LobbyWorld) -> list[tuple[Outcome, ...]]:
    return [record.outcomes for record in await records(lobby)]


def at(lobby: LobbyWorld, visitor: Visitor) -> Visitor:
    """Let *visitor* go to the page of the outcome."""
    return Visitor(visitor.http, f"/interviews/{lobby.interview.id}/outcome")


async def enter(visitor: Visitor, **fields: Any) -> httpx.Response:
    """Send the form of the outcome that is on the page."""
    text = (await visitor.look()).text
    hidden = {
        name: text.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("csrf", "session")
    }
    return await visitor.http.post(visitor.path, data=hidden | fields)


class TestOutcome:
    @pytest.mark.fidelity("lobby.outcome")
    async def test_is_entered_by_who_took_part(self, lobby: LobbyWorld) -> None:
        """Decision and note are kept under the interviewer and the record, and told."""
        host, _ = await lobby.session()

        answer = await enter(at(lobby, host), decision="YES", note="Sure of foot.\r\nKind.")

        ((outcome,),) = await outcomes(lobby)
        assert answer.status_code == 303
        assert outcome.interviewer.id == lobby.interview.interviewers[0].id
        assert (outcome.interviewer.email, outcome.interviewer.name) == (ADA, "Ada")
        assert (outcome.decision, outcome.note) == (Decision.YES, "Sure of foot.\nKind.")
        assert (await lobby.told())[-1] == "outcome_entered"

    @pytest.mark.fidelity("lobby.outcome.current")
    async def test_is_replaced_by_the_next(self, lobby: LobbyWorld) -> None:
        """There is one current outcome of each; saving the same again tells nothing."""
        host, _ = await lobby.session()
        page = at(lobby, host)
        await enter(page, decision="YES", note="Good.")

        await enter(page, decision="MAYBE", note="Good, on second thought.")
        await enter(page, decision="MAYBE", note="Good, on second thought.")

        ((outcome,),) = await outcomes(lobby)
        assert (outcome.decision, outcome.note) == (Decision.MAYBE, "Good, on second thought.")
        assert (await lobby.told()).count("outcome_entered") == 2

    @pytest.mark.fidelity("lobby.outcome.current")
    async def test_is_each_interviewers_own(self, lobby: LobbyWorld) -> None:
        """Two who took part enter two outcomes of one record, and neither sees the other's."""
        ada, _ = await lobby.session()
        ben = await lobby.host(BEN)
        await ben.look()
        await enter(at(lobby, ada), decision="YES", note="Yes from Ada.")
        await enter(at(lobby, ben), decision="NO", note="No from Ben.")

        (found,) = await outcomes(lobby)
        assert [each.decision for each in found] == [Decision.YES, Decision.NO]
        page = await at(lobby, ben).page()
        assert "Ada" not in page
        assert "The employer and all interviewers can read it." in page

    @pytest.mark.fidelity("lobby.outcome.sessions")
    async def test_belongs_to_one_session(self, lobby: LobbyWorld) -> None:
        """Each session of an event has a record and outcomes of its own."""
        host, guest = await lobby.session()
        await guest.send("leave")
        await lobby.clock.advance(timedelta(seconds=30))
        await guest.knock()
        await host.decide()
        first, _ = await records(lobby)
        page = at(lobby, host)

        await enter(page, decision="NO", note="", session=str(first.id))
        await enter(page, decision="YES", note="")

        assert [[each.decision for each in of] for of in await outcomes(lobby)] == [
            [Decision.NO],
            [Decision.YES],
        ]
        assert str(first.id) in await page.page()

    @pytest.mark.parametrize(
        "fields",
        [
            {"decision": "", "note": "x"},
            {"decision": "PERHAPS", "note": "x"},
            {"decision": "YES", "note": "x" * 10_001},
        ],
    )
    @pytest.mark.fidelity("lobby.outcome.checked")
    async def test_is_refused_with_what_was_written(
        self, lobby: LobbyWorld, fields: dict[str, str]
    ) -> None:
        """What is no outcome gets the form back with the note in it; nothing is kept."""
        host, _ = await lobby.session()

        answer = await enter(at(lobby, host), **fields)

        assert answer.status_code == 400
        assert fields["note"] in answer.text
        assert await outcomes(lobby) == [()]

    @pytest.mark.fidelity("lobby.outcome.checked")
    async def test_takes_ten_thousand_characters_of_any_script(self, lobby: LobbyWorld) -> None:
        """The longest note is counted in characters, not in bytes."""
        host, _ = await lobby.session()

        answer = await enter(at(lobby, host), decision="YES", note="🏔" * 10_000)

        ((outcome,),) = await outcomes(lobby)
        assert (answer.status_code, len(outcome.note)) == (303, 10_000)

    @pytest.mark.fidelity("lobby.outcome.participants")
    async def test_is_not_for_who_was_not_there(self, lobby: LobbyWorld) -> None:
        """An interviewer who did not come, a stranger and an unknown id find nothing alike."""
        await lobby.session()
        path = f"/interviews/{lobby.interview.id}/outcome"
        ben, stranger = await lobby.signed_in(BEN), await lobby.signed_in("who@example.com")
        ada = await lobby.signed_in(ADA)

        answers = [
            await ben.get(path),
            await stranger.get(path),
            await ada.get(f"/interviews/{UUID(int=7)}/outcome"),
            await ada.get("/interviews/x/outcome"),
        ]

        assert [answer.status_code for answer in answers] == [404] * 4
        assert len({answer.text for answer in answers}) == 1

    @pytest.mark.fidelity("lobby.outcome.participants")
    async def test_refuses_the_session_of_another_interview(self, lobby: LobbyWorld) -> None:
        """A record is entered through its own interview only."""
        host, _ = await lobby.session()
        other = await lobby.schedule(lobby.interview.starts_at)
        there, guest = await lobby.host(interview=other), lobby.guest(other)
        await guest.knock()
        await there.decide()
        async with lobby.database.read() as reader:
            (foreign,) = (await records_of(reader, [other.id]))[other.id]

        answer = await enter(at(lobby, host), decision="NO", note="", session=str(foreign.id))

        assert answer.status_code == 404
        assert "outcome_entered" not in await lobby.told()

    @pytest.mark.fidelity("lobby.csrf")
    async def test_takes_its_own_form_only(self, lobby: LobbyWorld) -> None:
        """Without the page's token nothing is kept."""
        host, _ = await lobby.session()

        answer = await at(lobby, host).http.post(
            f"/interviews/{lobby.interview.id}/outcome", data={"decision": "YES"}
        )

        assert answer.status_code == 403
        assert await outcomes(lobby) == [()]


class TestRecording:
    async def address(self, lobby: LobbyWorld) -> str:
        (record,) = await records(lobby)
        assert record.recording_url is None
        return f"/recordings/{record.id}"

    @pytest.mark.fidelity("lobby.recording.participants")
    async def test_is_for_who_took_part(self, lobby: LobbyWorld) -> None:
        """They read that there is none; for everybody else there is no such page."""
        host, _ = await lobby.session()
        path = await self.address(lobby)
        ben = await lobby.signed_in(BEN)

        theirs, others = await host.http.get(path), await ben.get(path)
        unknown = await host.http.get(f"/recordings/{UUID(int=7)}")
        nobody = await lobby.browser().get(path)

        assert (theirs.status_code, "was not recorded" in theirs.text) == (200, True)
        assert (others.status_code, others.text) == (404, unknown.text)
        assert nobody.headers["location"].startswith("/sign-in?next=%2Frecordings%2F")

    @pytest.mark.fidelity("lobby.recording.null")
    @pytest.mark.parametrize("state", ["NEVER", "PROCESSING", "FAILED", "READY"])
    async def test_has_an_address_when_it_is_ready(self, lobby: LobbyWorld, state: str) -> None:
        """Never recorded, not processed yet or failed: null; only what is ready has a page."""
        await lobby.session()
        async with lobby.database.unit() as uow:
            await uow.run("UPDATE interview_records SET recording_state = :s", s=state)

        (record,) = await records(lobby)

        ready = f"/recordings/{record.id}"
        assert record.recording_url == (ready if state == "READY" else None)

    @pytest.mark.fidelity("lobby.recording.expires")
    async def test_expires_after_90_days(self, lobby: LobbyWorld) -> None:
        """The page of who took part says so, 90 days after the session ended."""
        _, guest = await lobby.session()
        await guest.send("leave")
        path = await self.address(lobby)

        await lobby.clock.advance(NINETY_DAYS - timedelta(seconds=1))
        before = await (await lobby.signed_in(ADA)).get(path)
        await lobby.clock.advance(timedelta(seconds=1))
        after = await (await lobby.signed_in(ADA)).get(path)
        others = await (await lobby.signed_in(BEN)).get(path)

        assert (before.status_code, after.status_code, others.status_code) == (200, 410, 404)
        assert "has expired" in after.text
