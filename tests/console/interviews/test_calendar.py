"""The list of interviews in the console, and the page of one."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.model import Interview, Invited, NewInterviewee
from hirewire.kit.clock import MovableClock
from tests.console.interviews.conftest import STARTS
from tests.console.world import ConsoleWorld, Visitor

LIST = "/console/interviews"
TITLE = re.compile(r'row__title"><a href="[^"]+">([^<]*)</a>')
MORE = re.compile(r'href="([^"]+)">(?:Later|Earlier)</a>')
Put = Callable[..., Awaitable[Interview]]


async def titles(visitor: Visitor, path: str) -> list[str]:
    return TITLE.findall(await visitor.page(path))


class TestList:
    @pytest.mark.fidelity("console.interviews.list")
    async def test_is_split_by_the_clock(
        self, recruiter: Visitor, put: Put, clock: MovableClock
    ) -> None:
        """What is not over is coming, the next one first; what is over is past."""
        await put(title="second", at=STARTS + timedelta(hours=3))
        await put(title="first")
        before = await titles(recruiter, LIST)

        await clock.advance(STARTS - clock.now() + timedelta(minutes=59))
        during = await recruiter.page(LIST)
        await clock.advance(timedelta(minutes=1))

        assert before == ["first", "second"]
        assert TITLE.findall(during) == ["first", "second"]
        assert "In progress" in during
        assert await titles(recruiter, LIST) == ["second"]
        assert await titles(recruiter, f"{LIST}?when=past") == ["first"]

    @pytest.mark.fidelity("console.interviews.list")
    async def test_is_walked_by_pages(self, recruiter: Visitor, put: Put) -> None:
        """Every interview is on one page, in order, and the first page is a link away."""
        for number in range(45):
            await put(title=f"{number:02}", at=STARTS + timedelta(hours=number))
        seen: list[str] = []
        path: str | None = LIST
        pages = 0

        while path:
            text = await recruiter.page(path)
            seen += TITLE.findall(text)
            more = MORE.search(text)
            path = more[1] if more else None
            pages += 1

        assert seen == [f"{number:02}" for number in range(45)]
        assert pages == 3
        assert "First page" in text

    @pytest.mark.fidelity("console.interviews.list")
    async def test_filters_by_status(
        self, console: ConsoleWorld, recruiter: Visitor, put: Put
    ) -> None:
        """Only those with the chosen status are left."""
        await put(title="stays")
        gone = await put(title="goes")
        await recruiter.send(f"{LIST}/{gone.id}/cancel")

        assert await titles(recruiter, LIST) == ["stays", "goes"]
        assert await titles(recruiter, f"{LIST}?status=SCHEDULED") == ["stays"]
        assert await titles(recruiter, f"{LIST}?status=CANCELED") == ["goes"]

    async def test_says_when_where_and_who(self, recruiter: Visitor, put: Put) -> None:
        """Times are those of the interview's own zone, which is named."""
        await put(
            zone="Asia/Kathmandu",
            interviewee=NewInterviewee(name="Casey", email="casey@example.com"),
            interviewers=(Invited(email="a@example.com"), Invited(email="b@example.com")),
        )

        shown = await recruiter.page(LIST)

        assert "Mon 2 Mar 2026, 20:45 to 21:45" in shown
        assert "Asia/Kathmandu" in shown
        assert "By video · 2 interviewers, 1 interviewee" in shown
        assert "Scheduled" in shown

    @pytest.mark.fidelity("console.interviews.strangers")
    async def test_holds_one_employers_only(self, console: ConsoleWorld, put: Put) -> None:
        """Members choose among their employers; the others' are not offered."""
        world = console.accounts
        await put(title="ours")
        await put(title="theirs", employer=world.stranger)
        vera = await console.visitor(
            "Vera", (world.master, Role.VIEWER), (world.subaccount, Role.RECRUITER)
        )

        other = await vera.get(f"{LIST}?employer={world.stranger.id.hex}")

        assert await titles(vera, LIST) == ["ours"]
        assert await titles(vera, f"{LIST}?employer={world.subaccount.id.hex}") == []
        assert other.status_code == 400
        assert "theirs" not in other.text

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("when=never", "console.not_offered"),
            ("status=LOST", "console.not_offered"),
            ("after=nowhere", "paging.bad_cursor"),
            ("employer=nobody", "console.not_offered"),
        ],
    )
    async def test_refuses_what_it_does_not_offer(
        self, recruiter: Visitor, *, query: str, code: str
    ) -> None:
        """An address that we made up nowhere is refused with a page."""
        answer = await recruiter.get(f"{LIST}?{query}")

        assert answer.status_code == 400
        assert code in answer.text

    @pytest.mark.fidelity("console.interviews.roles")
    @pytest.mark.parametrize("role", [Role.MEMBER, None])
    async def test_is_for_those_who_read_all(
        self, console: ConsoleWorld, put: Put, role: Role | None
    ) -> None:
        """Members, and people without employers, are told how invitations reach them."""
        await put(title="Quarry hand")
        mel = await console.visitor("Mel", *([(console.accounts.master, role)] if role else []))

        shown = await mel.page(LIST)

        assert "the invitation reaches you by mail" in shown
        assert "Quarry hand" not in shown

    async def test_asks_nobody_for_what_viewers_cannot_do(self, console: ConsoleWorld) -> None:
        """A viewer of an empty calendar is offered no form."""
        vera = await console.visitor("Vera", (console.accounts.master, Role.VIEWER))

        shown = await vera.page(LIST)

        assert "No interviews ahead" in shown
        assert "Schedule an interview" not in shown

    @pytest.mark.fidelity("console.signed-in")
    async def test_needs_somebody_signed_in(self, console: ConsoleWorld) -> None:
        """Nobody sees a list, or a form."""
        for path in (LIST, f"{LIST}/new"):
            answer = await console.browser().get(path)

            assert answer.status_code == 303
            assert answer.headers["location"].startswith(
                "/sign-in?next=%2Fconsole%2Finterviews"
            )


class TestPage:
    async def test_shows_everything(self, recruiter: Visitor, interview: Interview) -> None:
        """Time, people and both lobbies are on it."""
        assert interview.interviewee is not None

        shown = await recruiter.page(f"{LIST}/{interview.id}")

        assert "Mon 2 Mar 2026, 15:00 to 16:00" in shown
        assert "UTC+00:00" in shown
        assert "ivy@example.com" in shown
        assert "casey@example.com" in shown
        assert f"/lobby/{interview.lobby_token}" in shown
        assert f"/lobby/{interview.interviewee.lobby_token}" in shown

    @pytest.mark.fidelity("console.interviews.outcomes")
    async def test_shows_what_came_of_it(
        self, console: ConsoleWorld, recruiter: Visitor, interview: Interview
    ) -> None:
        """Each record has the outcomes that its interviewers entered."""
        async with console.database.unit() as uow:
            record = uow.new_id()
            await uow.run(
                "INSERT INTO interview_records"
                " (id, interview_id, began_at, ended_at, recording_state)"
                " VALUES (:id, :interview, :at, :at, 'none')",
                id=record,
                interview=interview.id,
                at=uow.now,
            )
            await uow.run(
                "INSERT INTO interview_outcomes (record_id, interviewer_id, interviewer_email,"
                " interviewer_name, decision, note, entered_at, changed_at) VALUES (:record,"
                " :who, 'ivy@example.com', 'Ivy', 'MAYBE', 'Sure <b>of</b> foot', :at, :at)",
                record=record,
                who=interview.interviewers[0].id,
                at=uow.now,
            )

        text = (await recruiter.get(f"{LIST}/{interview.id}")).text

        assert "Record 1" in text
        assert "Maybe" in text
        assert "Sure &lt;b&gt;of&lt;/b&gt; foot" in text

    async def test_runs_no_script(
        self, console: ConsoleWorld, recruiter: Visitor, put: Put
    ) -> None:
        """Markup in titles and names is shown, not obeyed, on every page that has one."""
        evil = "<script>alert(1)</script>'\"{{ 7*7 }}"
        interview = await put(
            title=evil, interviewee=NewInterviewee(name=evil, email="c@example.com")
        )
        one = f"{LIST}/{interview.id}"

        for path in (LIST, one, *(f"{one}/{part}" for part in ("time", "title", "cancel"))):
            answer = await recruiter.get(path)

            assert answer.status_code == 200
            assert "<script" not in answer.text
            assert "&lt;script&gt;alert(1)" in answer.text
            assert "script" not in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
