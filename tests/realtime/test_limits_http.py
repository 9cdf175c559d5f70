"""Limits as clients meet them: the real server, real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from starlette.requests import Request

from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.realtime.limits import Counts
from hirewire.realtime.routes import PATH
from tests.conversations.world import TRUSTED, World
from tests.realtime.running import SETTINGS, Answer, RealTime, running

NOBODY = Counts()


@asynccontextmanager
async def limited(world: World, clock: MovableClock, **limits: int) -> AsyncIterator[RealTime]:
    """Run the API with few seats."""
    settings = replace(SETTINGS, **limits)  # type: ignore[arg-type] # All of them are numbers.
    async with running(world, clock, settings=settings) as real_time:
        yield real_time


@pytest.fixture
async def two_each(world: World, clock: MovableClock) -> AsyncIterator[RealTime]:
    """The API where a person has two seats."""
    async with limited(world, clock, streams_per_person=2) as real_time:
        yield real_time


async def fill(real_time: RealTime, caller: Caller, count: int) -> list[Answer]:
    """Open so many streams."""
    return [await real_time.listen(caller) for _ in range(count)]


class TestLimits:
    @pytest.mark.fidelity("realtime.limits.each", "realtime.limits.answer")
    async def test_refuses_one_stream_too_many(self, two_each: RealTime, world: World) -> None:
        """
        The answer names the limit, and says when to come back; the others go on.
        """
        pat = world.caller(person=world.pat)
        await fill(two_each, pat, 2)

        answer = await two_each.ask(pat)

        assert answer.status == 429
        assert int(answer.headers["retry-after"]) in range(5, 11)
        assert await answer.body() == {
            "error": "too_many_streams",
            "error_description": "Too many streams are open: one person may have 2.",
        }
        assert two_each.hub.open_streams == 2
        await two_each.listen(world.caller(person=world.sam))

    @pytest.mark.fidelity("realtime.limits.answer")
    async def test_lets_a_page_read_when_to_come_back(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        A page reads only the headers that are named to its browser.
        """
        pat = world.caller(person=world.pat)
        await fill(two_each, pat, 2)

        answer = await two_each.ask(pat, origin=TRUSTED)

        assert (answer.status, answer.headers["access-control-allow-origin"]) == (429, TRUSTED)
        assert "Retry-After" in answer.headers["access-control-expose-headers"]

    @pytest.mark.fidelity("realtime.limits.given-back-once")
    async def test_has_a_seat_again_when_a_stream_has_ended(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        However it ended: left by its client, or ended here.
        """
        pat = world.caller(person=world.pat)
        first, _ = await fill(two_each, pat, 2)

        await first.leave()
        await two_each.until(lambda: two_each.hub.open_streams == 1)
        await two_each.listen(pat)
        two_each.hub.close_all()

        await two_each.until(lambda: two_each.doors.seats.here == NOBODY)
        await fill(two_each, pat, 2)

    @pytest.mark.fidelity("realtime.limits.head")
    async def test_takes_no_seat_for_a_head(self, two_each: RealTime, world: World) -> None:
        """
        HEAD says what GET would say, and opens nothing.
        """
        pat = world.caller(person=world.pat)
        free = await two_each.ask(pat, method="HEAD")
        seats_taken = two_each.doors.seats.here.total
        await fill(two_each, pat, 2)

        full = await two_each.ask(pat, method="HEAD")

        assert (free.status, seats_taken) == (200, 0)
        assert (full.status, "retry-after" in full.headers) == (429, True)

    @pytest.mark.fidelity("realtime.limits.head")
    async def test_takes_none_while_it_is_answered_either(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        Who only looks is not in the way of those who listen.
        """
        bearer = two_each.tokens.bearer(world.caller(person=world.pat))
        headers = [(name.lower().encode(), value.encode()) for name, value in bearer.items()]
        scope = {"type": "http", "method": "HEAD", "path": PATH, "headers": headers}

        admitted = await two_each.doors.entrance.admit(
            Request({**scope, "query_string": b"", "client": ("192.0.2.1", 1)})
        )

        assert (admitted.seat, two_each.doors.seats.here) == (None, NOBODY)

    @pytest.mark.fidelity("realtime.limits.given-back-once")
    async def test_takes_no_seat_for_a_refusal(self, two_each: RealTime, world: World) -> None:
        """
        What is refused after a seat was taken gives it back.
        """
        pat = world.caller(person=world.pat)

        statuses = [(await two_each.ask(pat, "eventTypes=x")).status for _ in range(5)]

        assert (statuses, two_each.doors.seats.here) == ([400] * 5, NOBODY)

    @pytest.mark.fidelity("realtime.limits.given-back-once")
    async def test_takes_no_seat_while_it_drains(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        A stream that does not open, as the server is stopping, has no seat.
        """
        two_each.hub.is_draining = True

        answer = await two_each.ask(world.caller(person=world.pat), origin=TRUSTED)

        assert (answer.status, two_each.doors.seats.here) == (503, NOBODY)
        assert (await answer.body())["error"] == "temporarily_unavailable"
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["access-control-allow-origin"] == TRUSTED

    @pytest.mark.fidelity("realtime.drain.refused-first")
    async def test_asks_for_nothing_while_it_drains(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        Who would be refused by what the database says is sent away before it is read.
        """
        two_each.hub.is_draining = True
        lost = world.caller(person=world.sam, employer=world.globex)

        answers = [
            await two_each.ask(lost),
            await two_each.ask(world.caller(person=world.pat), origin="https://evil.example"),
            await two_each.ask(world.acme_caller, headers={"Last-Event-ID": "x"}),
        ]

        assert [answer.status for answer in answers] == [503, 503, 503]
        assert two_each.doors.seats.here == NOBODY

    async def test_says_when_to_come_back_before_it_is_ready(
        self, two_each: RealTime, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A process that does not follow the log yet opens nothing, and a page may read so.
        """
        monkeypatch.setattr("hirewire.realtime.announcer.PATIENCE_S", 0.01)
        two_each.streams.announcer._follows.clear()

        answer = await two_each.ask(world.caller(person=world.pat), origin=TRUSTED)

        assert (answer.status, two_each.doors.seats.here) == (503, NOBODY)
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["access-control-allow-origin"] == TRUSTED

    @pytest.mark.fidelity("realtime.limits.given-back-once")
    async def test_keeps_no_seat_of_who_vanishes(
        self, two_each: RealTime, world: World
    ) -> None:
        """
        Clients that are gone before their stream opens, or at once after, leave no seat behind.
        """
        headers = two_each.tokens.bearer(world.caller(person=world.pat))
        for _ in range(20):
            await _knock_and_run(two_each.port, headers)

        await two_each.until(lambda: two_each.doors.seats.here == NOBODY)

        await fill(two_each, world.caller(person=world.pat), 2)
        assert two_each.doors.seats.here.total == 2

    @pytest.mark.fidelity("realtime.limits.each")
    async def test_refuses_everybody_when_all_are_taken(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        However few streams an app has, there is no seat left for it.
        """
        async with limited(world, clock, streams_total=5) as real_time:
            await fill(real_time, world.acme_caller, 4)
            await real_time.listen(_globex(world))
            large = await real_time.ask(world.acme_caller)
            small = await real_time.ask(_globex(world))

            said = "Too many streams are open: all apps together may have 5."
            assert (large.status, small.status) == (429, 429)
            assert (await large.body())["error_description"] == said
            assert (await small.body())["error_description"] == said
            assert real_time.doors.seats.here.total == 5

    @pytest.mark.fidelity("realtime.limits.fair")
    async def test_refuses_who_has_its_share_first(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        While there are seats left, they are for who has less than a fair share.
        """
        async with limited(world, clock, streams_total=10) as real_time:
            await fill(real_time, world.acme_caller, 7)
            await real_time.listen(_globex(world))

            large = await real_time.ask(world.acme_caller)
            small = await real_time.ask(_globex(world))

            assert (large.status, small.status) == (429, 200)
            assert "while streams are so many" in (await large.body())["error_description"]

    async def test_meters_what_was_refused(self, two_each: RealTime, world: World) -> None:
        """
        Operators see by which limit, and why streams ended.
        """
        pat = world.caller(person=world.pat)
        await fill(two_each, pat, 2)
        await two_each.ask(pat)
        two_each.hub.close_all()

        page = two_each.metrics.page().decode()

        assert 'hirewire_streams_refused_total{limit="person"} 1.0' in page
        assert 'hirewire_streams_closed_total{reason="closed"} 2.0' in page


def _globex(world: World) -> Caller:
    return world.caller(app=world.globex_app, employer=world.globex)


async def _knock_and_run(port: int, headers: dict[str, str]) -> None:
    """Ask for a stream, and be gone before it can be answered."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {PATH} HTTP/1.1", "Host: hirewire.test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    writer.transport.abort()
