"""The stream that keeps a lobby's page live, in one process and in two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from hirewire.accounts.model import RegisterPerson
from hirewire.interviews.lobby.errors import TooManyListeners
from hirewire.interviews.lobby.model import Role
from hirewire.interviews.lobby.pages import BEATS, topic_of
from hirewire.interviews.lobby.streams import holders
from hirewire.interviews.model import Interview
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy, SystemEntropy
from hirewire.runtime.log.log import POLL_S
from hirewire.server.app import build_app
from hirewire.server.listeners import hear
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.settings import Settings
from hirewire.web.streams.hub import Hub
from tests.fixtures.background import in_background, until
from tests.fixtures.database import settled
from tests.interviews.lobby.world import ADA, BASE_URL, LobbyWorld, Visitor, schedule
from tests.web.streams.pipes import MemoryPipe


class TestStream:
    @pytest.mark.fidelity("lobby.stream")
    async def test_says_that_something_changed(self, lobby: LobbyWorld) -> None:
        """It tells no more than that; the page that is asked for again has the rest."""
        host, guest, hub = await lobby.host(), lobby.guest(), lobby.pages.hub
        topic = topic_of(lobby.interview.id)
        async with asyncio.TaskGroup() as group:
            stream = group.create_task(host.http.get(f"{host.path}/events"))
            await until(lambda: hub.listeners(topic))

            await guest.knock("Casey")
            hub.close_all()

        answer = stream.result()
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.text == "retry: 2000\n\nevent: changed\ndata: 0\n\n"

    @pytest.mark.fidelity("lobby.stream")
    async def test_is_refused_to_who_may_not_see_the_page(self, lobby: LobbyWorld) -> None:
        """Nobody signed in, a stranger, somebody who has not knocked, an unknown token."""
        unknown = Visitor(lobby.browser(), "/lobby/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        nobody = Visitor(lobby.browser(), f"/lobby/{lobby.interview.lobby_token}")
        stranger = await lobby.host("stranger@example.com")

        answers = [
            await each.http.get(f"{each.path}/events")
            for each in (nobody, stranger, lobby.guest(), unknown)
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403, 404]
        assert lobby.pages.hub.open_streams == 0

    @pytest.mark.fidelity("lobby.stream.limits")
    async def test_is_one_of_a_few_of_a_visitor(self, lobby: LobbyWorld) -> None:
        """A cookie that opens stream after stream is told to wait; others are not kept out."""
        host, guest, hub = await lobby.host(), lobby.guest(), lobby.pages.hub
        await guest.knock("Casey")
        topic = topic_of(lobby.interview.id)
        async with asyncio.TaskGroup() as group:
            for count in range(1, 5):
                group.create_task(guest.http.get(f"{guest.path}/events"))
                await until(lambda most=count: len(hub.listeners(topic)) == most)  # type: ignore[misc]
            refused = await guest.http.get(f"{guest.path}/events")
            of_host = group.create_task(host.http.get(f"{host.path}/events"))
            await until(lambda: len(hub.listeners(topic)) == 5)
            hub.close_all()

        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert refused.content == b""
        assert of_host.result().status_code == 200
        assert hub.open_streams == 0

    @pytest.mark.fidelity("lobby.stream.limits")
    def test_is_one_of_a_number_of_a_side(
        self, clock: MovableClock, entropy: SeededEntropy
    ) -> None:
        """Many guests by one link have a bounded number together, and leave hosts theirs."""
        hub, lobby = Hub(clock, entropy.fraction), UUID(int=1)
        for number in range(40):
            held = holders(hub, lobby, Role.INTERVIEWEE, UUID(int=100 + number))
            hub.open(MemoryPipe(), BEATS, topics=(), holders=held)

        with pytest.raises(TooManyListeners) as refused:
            holders(hub, lobby, Role.INTERVIEWEE, UUID(int=99))

        assert refused.value.most == 40
        assert len(holders(hub, lobby, Role.INTERVIEWER, UUID(int=99))) == 2
        assert len(holders(hub, UUID(int=2), Role.INTERVIEWEE, UUID(int=99))) == 2

    @pytest.mark.fidelity("lobby.stream.limits")
    async def test_takes_a_seat_of_the_servers(
        self, database_url: str, clock: MovableClock
    ) -> None:
        """It counts in the total while it is open, and not at all when it is refused."""
        async with process(database_url, clock) as parts:
            interview = await schedule(parts.db, parts.interviews, clock.now())
            async with (
                at(parts, interview.lobby_token) as host,
                at(parts, interview.lobby_token) as nobody,
            ):
                refused = await nobody.http.get(f"{nobody.path}/events")
                before = parts.doors.seats.here.total
                host.http.cookies.set("hirewire_session", await sign_in(parts))
                await host.look()
                async with asyncio.TaskGroup() as group:
                    group.create_task(host.http.get(f"{host.path}/events"))
                    await until(lambda: parts.hub.open_streams == 1)
                    taken = parts.doors.seats.here.total
                    parts.hub.close_all()
                left = parts.doors.seats.here.total

        assert refused.status_code == 403
        assert (before, taken, left) == (0, 1, 0)

    @pytest.mark.fidelity("lobby.presence")
    def test_beats_well_within_the_lease(self) -> None:
        """Two beats may be lost, and who is there still counts as present."""
        longest_s = BEATS.heartbeat_s * (1 + BEATS.heartbeat_jitter)

        assert 2 * longest_s < 30


class TestTwoProcesses:
    @pytest.mark.fidelity("lobby.processes", "lobby.log")
    async def test_knocks_at_one_and_is_admitted_at_the_other(
        self, database_url: str, clock: MovableClock
    ) -> None:
        """Rows and the log carry it over; and no line of the log has what opens the lobby."""
        with capture_logs() as lines:
            async with (
                process(database_url, clock) as one,
                process(database_url, clock) as other,
                in_background(hear(one), hear(other), one.relay.run(), other.relay.run()),
            ):
                interview = await schedule(one.db, one.interviews, clock.now())
                interviewee = interview.interviewee
                assert interviewee is not None
                async with at(one, interview.lobby_token) as host:
                    host.http.cookies.set("hirewire_session", await sign_in(one))
                    await host.look()
                    pipe = MemoryPipe()
                    one.hub.open(pipe, BEATS, topics=(topic_of(interview.id),))
                    async with at(other, interviewee.lobby_token) as guest:
                        await guest.knock()
                        await settled(other.db)
                        await clock.advance(timedelta(seconds=POLL_S))
                        await until(lambda: b"event: changed" in pipe.received)
                        await host.decide()
                        inside = await guest.page()

        assert "You are in, Casey" in inside
        assert "Ada" in inside
        logged = str(lines)
        assert "/lobby/{token}" in logged
        assert [each for each in tokens(interview) if each in logged] == []


@asynccontextmanager
async def process(database: str, clock: MovableClock) -> AsyncIterator[Parts]:
    """Open what one process of a server consists of."""
    settings = Settings(database=database, secret_key="s" * 32, access_log="all")
    async with (
        open_store(
            settings.at("127.0.0.1", 8080), clock=clock, entropy=SystemEntropy()
        ) as store,
        open_parts(store) as parts,
    ):
        yield parts


@asynccontextmanager
async def at(parts: Parts, token: str) -> AsyncIterator[Visitor]:
    """Go to a lobby of one process."""
    app: Any = build_app(parts)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        yield Visitor(http, f"/lobby/{token}")


async def sign_in(parts: Parts) -> str:
    """Let Ada sign in, and return what her browser then holds."""
    async with parts.db.unit() as uow:
        person = await parts.accounts.register_person(
            uow, RegisterPerson(name="Ada", email=ADA)
        )
        return (await parts.sessions.begin(uow, person.id)).text


def tokens(interview: Interview) -> tuple[str, str]:
    """List what opens the lobby of an interview."""
    assert interview.interviewee is not None
    return interview.lobby_token, interview.interviewee.lobby_token
