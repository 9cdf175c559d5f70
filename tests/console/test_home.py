"""The first page of the console."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from hirewire.accounts.model import RegisterPerson, Role
from hirewire.conversations.model import Candidate, Draft
from hirewire.conversations.starting import StartConversation
from hirewire.interviews.access import SCOPE
from hirewire.interviews.holding.listener import holders_listener
from hirewire.interviews.model import Invited, ScheduleInterview
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Listeners
from tests.console.world import ConsoleWorld, Visitor
from tests.fixtures.background import in_background

NOTICE: Final = "Your address eve@example.com is not verified yet"


class TestAddress:
    @pytest.mark.fidelity("console.home.unverified")
    async def test_is_said_to_be_unverified_until_it_is(self, console: ConsoleWorld) -> None:
        """
        Who signed up reads what they cannot do yet; who was verified or registered does not.
        """
        ada = await console.admin()
        accounts = console.accounts.accounts
        command = RegisterPerson(name="Eve", email="eve@example.com", email_verified=False)
        async with console.database.unit() as uow:
            person = await accounts.register_person(uow, command)
            new = await console.sessions.begin(uow, person.id)
        eve = Visitor(console.browser(), person)
        eve.http.cookies.set("hirewire_session", new.text)

        before = await eve.page("/console")
        async with console.database.unit() as uow:
            await accounts.verify_email(uow, person.id)
        after = await eve.page("/console")

        assert NOTICE in before
        assert NOTICE not in after
        assert "is not verified" not in await ada.page("/console")


STARTS: Final = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TILE: Final = re.compile(
    r'<a class="tile" href="([^"]+)">\s*<span class="tile__label">([^<]+)</span>'
    r'\s*<span class="tile__number">([^<]+)</span>\s*<span class="tile__hint">(.+?)</span>'
)
NONE: Final = [
    ("/console/interviews", "Interviews", "0", "None ahead that you hold."),
    ("/console/conversations", "Conversations", "0", "Nothing that you have not read."),
]


async def put_interviews(console: ConsoleWorld, pat: Visitor) -> None:
    """Have Pat hold one that is coming and one that is canceled, and somebody else another."""
    caller = Caller(
        app_id="ats",
        scopes=frozenset({SCOPE}),
        expires_at=STARTS,
        employer_id=console.accounts.master.id,
    )
    made = []
    for hours, email in ((1, pat.person.email), (0, pat.person.email), (2, "ivy@example.com")):
        begins = STARTS + timedelta(hours=hours)
        command = ScheduleInterview(
            title="Site manager",
            starts_at=begins,
            ends_at=begins + timedelta(hours=1),
            zone="Europe/Dublin",
            interviewers=(Invited(email=email),),
            ats_name="Harbor",
        )
        async with console.database.unit() as uow:
            made.append(await console.desk.interviews.schedule(uow, caller, command))
    async with console.database.unit() as uow:
        await console.desk.interviews.cancel(uow, caller, made[1].id)
    holders = (holders_listener(),)
    listeners = Listeners(console.database, MemoryBus(), MovableClock(STARTS), holders, None)
    async with in_background(listeners.run()):
        await listeners.idle()


async def put_threads(console: ConsoleWorld, pat: Visitor) -> None:
    """Have Pat start 21 threads, whose candidates write, and are not read."""
    caller = Caller(
        app_id="ats",
        scopes=frozenset({"conversations", "conversations.read"}),
        expires_at=STARTS,
        person_id=pat.person.id,
        employer_id=console.accounts.master.id,
    )
    threads = console.desk.conversations
    candidate = Candidate(name="Robin", email="robin@example.com")
    for _ in range(21):
        async with console.database.unit() as uow:
            command = StartConversation(candidate=candidate)
            started = await threads.start(uow, caller, command)
            token = await threads.candidates.add_link(uow, started.conversation.id)
            await threads.candidates.write(uow, token, Draft(text="Hello"))


class TestTiles:
    @pytest.mark.fidelity("console.home.tiles")
    async def test_count_what_waits_for_the_reader(self, console: ConsoleWorld) -> None:
        """
        Coming interviews that they hold, without canceled ones, and threads they have not read.
        """
        pat = await console.visitor("Pat", (console.accounts.master, Role.RECRUITER))
        stranger = await console.visitor("Sam")
        before = TILE.findall(await pat.page("/console"))
        await put_interviews(console, pat)
        await put_threads(console, pat)

        after = TILE.findall(await pat.page("/console"))

        held = (
            "Coming that you hold, the next one on "
            '<time datetime="2026-03-02T16:00:00+00:00">2 Mar 2026, 16:00 UTC</time>.'
        )
        unread = "With messages that you have not read."
        assert before[:2] == NONE
        assert after[:2] == [
            ("/console/interviews/held", "Interviews", "1", held),
            ("/console/conversations?show=unread", "Conversations", "20+", unread),
        ]
        assert TILE.findall(await stranger.page("/console"))[:2] == NONE
