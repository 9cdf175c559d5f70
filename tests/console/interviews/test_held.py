"""The list of what somebody interviews in, whoever the employer is."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.changes import AddInterviewers
from hirewire.interviews.holding.listener import holders_listener
from hirewire.interviews.model import Interview, Invited
from hirewire.interviews.service import SCOPE
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Listeners
from tests.console.interviews.conftest import STARTS
from tests.console.world import ConsoleWorld, Visitor
from tests.fixtures.background import in_background

HELD = "/console/interviews/held"
TITLE = re.compile(r'row__title"><a href="[^"]+">([^<]*)</a>')
MORE = re.compile(r'href="([^"]+)">(?:Later|Earlier)</a>')
Put = Callable[..., Awaitable[Interview]]


@pytest.fixture
async def ivy(console: ConsoleWorld) -> Visitor:
    """Somebody who acts for nobody, and is invited to interview."""
    return await console.visitor("Ivy")


async def hear(console: ConsoleWorld) -> None:
    """Let the index take in what was told."""
    listeners = Listeners(
        console.database, MemoryBus(), MovableClock(STARTS), (holders_listener(),), None
    )
    async with in_background(listeners.run()):
        await listeners.idle()


async def titles(console: ConsoleWorld, visitor: Visitor, query: str = "") -> list[str]:
    await hear(console)
    return TITLE.findall(await visitor.page(f"{HELD}{query}"))


def invited(visitor: Visitor) -> tuple[Invited, ...]:
    return (Invited(email=visitor.person.email.upper()), Invited(email="other@example.com"))


class TestHeld:
    @pytest.mark.fidelity("console.interviews.held")
    async def test_lists_every_employers(
        self, console: ConsoleWorld, ivy: Visitor, put: Put, clock: MovableClock
    ) -> None:
        """What they were invited to is listed, in whatever case, the next one first."""
        world = console.accounts
        later = STARTS + timedelta(hours=5)
        await put(title="later", at=later, employer=world.stranger, interviewers=invited(ivy))
        await put(title="next", interviewers=invited(ivy))
        await put(title="of others")

        before = await titles(console, ivy)
        await clock.advance(STARTS - clock.now() + timedelta(hours=1))

        assert before == ["next", "later"]
        assert await titles(console, ivy) == ["later"]
        assert await titles(console, ivy, "?when=past") == ["next"]
        assert world.stranger.name in await ivy.page(HELD)

    async def test_lists_what_they_were_added_to(
        self, console: ConsoleWorld, ivy: Visitor, put: Put
    ) -> None:
        """Who is added later holds the interview, too, and opens it from the list."""
        interview = await put(title="joined")
        before = await titles(console, ivy)
        caller = Caller(
            app_id="ats",
            scopes=frozenset({SCOPE}),
            expires_at=STARTS,
            employer_id=interview.employer_id,
        )
        command = AddInterviewers(id=interview.id, interviewers=invited(ivy))
        async with console.database.unit() as uow:
            await console.desk.interviews.add_interviewers(uow, caller, command)

        after = await titles(console, ivy)

        assert (before, after) == ([], ["joined"])
        assert "joined" in await ivy.page(f"/console/interviews/{interview.id}")

    @pytest.mark.fidelity("console.interviews.held-verified")
    async def test_asks_for_a_verified_address(
        self, console: ConsoleWorld, ivy: Visitor, put: Put
    ) -> None:
        """By an address that they only typed somebody sees nothing, and is told why."""
        await put(title="hidden", interviewers=invited(ivy))
        async with console.database.unit() as uow:
            await uow.run(
                "UPDATE people SET email_verified = :no WHERE id = :id",
                no=False,
                id=ivy.person.id,
            )

        assert await titles(console, ivy) == []
        assert "Your address is not verified yet" in await ivy.page(HELD)

    async def test_is_walked_by_pages(
        self, console: ConsoleWorld, ivy: Visitor, put: Put
    ) -> None:
        """Every interview is on one page, in order, some at one time."""
        for number in range(45):
            at = STARTS + timedelta(hours=number // 3)
            await put(title=f"{number:02}", at=at, interviewers=invited(ivy))
        await hear(console)
        seen: list[str] = []
        path: str | None = HELD
        pages = 0

        while path:
            text = await ivy.page(path.replace("&amp;", "&"))
            seen += TITLE.findall(text)
            more = MORE.search(text)
            path = more[1] if more else None
            pages += 1

        assert seen == [f"{number:02}" for number in range(45)]
        assert pages == 3
        assert "First page" in text

    @pytest.mark.parametrize("query", ["when=never", "after=x", f"after={'0' * 32}"])
    async def test_refuses_what_it_does_not_offer(self, ivy: Visitor, query: str) -> None:
        """An address that somebody made up is no page."""
        answer = await ivy.http.get(f"{HELD}?{query}")

        assert answer.status_code == 400

    async def test_is_led_to(self, console: ConsoleWorld, ivy: Visitor) -> None:
        """People with an employer and people without find the way."""
        recruiter = await console.visitor("Rui", (console.accounts.master, Role.RECRUITER))

        for visitor in (ivy, recruiter):
            assert f'href="{HELD}"' in await visitor.page("/console/interviews")
