"""What ends a stream that is open, as its reader sees it: trust, apps, memberships, the gap."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request

from hirewire.accounts.model import AppTerms, GrantType, Role
from hirewire.kit.facts import Position
from hirewire.realtime.access import employers_heard
from hirewire.realtime.errors import EmployerLost
from hirewire.realtime.routes import PATH
from hirewire.web.streams.hub import Hub
from tests.conversations.world import TRUSTED, World
from tests.realtime.running import Answer, RealTime


async def change(world: World, **terms: object) -> None:
    """Give Acme's app other terms."""
    new: AppTerms = replace(world.acme_app.terms, **terms)  # type: ignore[arg-type] # by tests
    async with world.database.unit() as uow:
        await world.accounts.apps.change(uow, world.acme_app.id, new)


def request_of(headers: dict[str, str]) -> Request:
    """Write a request as the server would hand it on."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"", "headers": raw}
    return Request({**scope, "client": ("1.1.1.1", 1)})


async def reason_of(stream: Answer) -> str:
    """Say why a stream has ended, in its own words."""
    last = (await stream.rest())[-1]
    assert last.type == "reconnect"
    reason: str = json.loads(last.data)["reason"]
    return reason


class TestTrust:
    @pytest.mark.fidelity("realtime.stream.ends-with-trust")
    async def test_ends_the_streams_of_pages_that_are_trusted_no_more(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        No time passes until the page's stream ends; the server's goes on, and the page is out.
        """
        page = await real_time.listen(world.acme_caller, origin=TRUSTED)
        server = await real_time.listen(world.acme_caller)

        await change(world, trusted_domains=("https://new.example",))

        assert await reason_of(page) == "revoked"
        again = await real_time.ask(world.acme_caller, origin=TRUSTED)
        assert (again.status, real_time.hub.open_streams) == (403, 1)
        await server.leave()

    async def test_keeps_the_streams_of_pages_that_are_trusted_still(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Another domain beside it costs a page nothing.
        """
        page = await real_time.listen(world.acme_caller, origin=TRUSTED)

        await change(world, trusted_domains=(TRUSTED, "https://new.example"))

        await real_time.doors.standing.idle()
        assert real_time.hub.open_streams == 1
        await page.leave()


class TestApps:
    @pytest.mark.fidelity("realtime.stream.ends-with-app", "realtime.access.app-at-work")
    async def test_ends_the_streams_of_an_app_that_is_switched_off(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Its people's streams, too; and none opens until it is switched on.
        """
        own = await real_time.listen(world.acme_caller)
        persons = await real_time.listen(world.caller(person=world.pat))

        await change(world, grant_types=frozenset())

        assert [await reason_of(own), await reason_of(persons)] == ["revoked", "revoked"]
        refused = await real_time.ask(world.acme_caller)
        assert (refused.status, await refused.body()) == (
            403,
            {
                "error": "access_denied",
                "error_description": "The access token is of an app that is switched off.",
            },
        )
        await change(world, grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}))
        await real_time.listen(world.acme_caller)

    @pytest.mark.fidelity("realtime.access.app-at-work")
    async def test_refuses_an_app_that_is_gone(self, real_time: RealTime, world: World) -> None:
        """
        A token outlives its app, but opens nothing.
        """
        answer = await real_time.ask(replace(world.acme_caller, app_id="gone"))

        assert (answer.status, real_time.hub.open_streams) == (403, 0)


class TestMemberships:
    @pytest.mark.fidelity("realtime.stream.widens-with-membership")
    async def test_lets_who_joins_hear_more(self, real_time: RealTime, world: World) -> None:
        """
        The stream of who joins an employer ends, and the next one hears the employer, too.
        """
        sam = world.caller(person=world.sam)
        stream = await real_time.listen(sam)

        async with world.database.unit() as uow:
            await world.accounts.join(uow, world.sam.id, world.acme.id, Role.RECRUITER)

        assert await reason_of(stream) == "membership"
        again = await real_time.listen(sam)
        await real_time.say(world.thread)
        assert [event.type for event in await again.next()] == ["message-update"]
        await again.leave()

    @pytest.mark.fidelity("realtime.access.no-gap-at-the-start")
    async def test_reads_who_may_hear_what_once_departures_are_heard(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Who leaves before a process hears of departures gets no stream by an older reading.
        """
        pat = world.caller(person=world.pat, employer=world.acme)

        async def leave_meanwhile() -> None:
            async with world.database.unit() as uow:
                await world.accounts.leave(uow, world.pat.id, world.acme.id)

        entrance = replace(real_time.doors.entrance, ready=leave_meanwhile)

        with pytest.raises(EmployerLost):
            await entrance.admit(request_of(real_time.tokens.bearer(pat)))

        assert real_time.doors.seats.here.total == 0

    @pytest.mark.fidelity("realtime.access.no-gap-at-the-start")
    @pytest.mark.parametrize("lost", ["membership", "app"])
    async def test_ends_at_once_what_opens_by_an_older_reading(
        self, real_time: RealTime, world: World, monkeypatch: pytest.MonkeyPatch, lost: str
    ) -> None:
        """
        What is lost right after it was read ends the stream as it opens, and it says so.
        """
        pat = world.caller(person=world.pat, employer=world.acme)

        async def lose_after(*asked: Any) -> Any:
            found = await employers_heard(*asked)
            if lost == "app":
                await change(world, grant_types=frozenset())
                return found
            async with world.database.unit() as uow:
                await world.accounts.leave(uow, world.pat.id, world.acme.id)
            return found

        monkeypatch.setattr("hirewire.realtime.entrance.employers_heard", lose_after)

        stream = await real_time.ask(pat)

        assert await reason_of(stream) == "membership"
        assert real_time.hub.open_streams == 0


class TestExpiry:
    @pytest.mark.fidelity("realtime.lifetime.token-expiry")
    async def test_ends_within_a_second_of_the_tokens_end(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The stream is open at the last second, and is not at the next.
        """
        hub: Hub = real_time.hub
        expires_at = real_time.clock.now() + timedelta(seconds=30)
        stream = await real_time.listen(replace(world.acme_caller, expires_at=expires_at))

        await real_time.pass_time(29.9)
        before = hub.open_streams
        await real_time.pass_time(0.9)

        assert (before, hub.open_streams) == (1, 0)
        assert await reason_of(stream) == "expired"

    @pytest.mark.fidelity("realtime.lifetime.token-expiry")
    async def test_ends_then_also_where_it_took_long_to_open(
        self, real_time: RealTime, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What passes while a reader's place is looked for is not added to the token's time.
        """
        announcer = real_time.streams.announcer
        is_ready = announcer.ready

        async def slowly() -> Position:
            await real_time.pass_time(4.0)
            return await is_ready()

        monkeypatch.setattr(announcer, "ready", slowly)
        expires_at = real_time.clock.now() + timedelta(seconds=30)
        stream = await real_time.listen(replace(world.acme_caller, expires_at=expires_at))

        await real_time.pass_time(26.5)

        assert real_time.hub.open_streams == 0
        assert await reason_of(stream) == "expired"
