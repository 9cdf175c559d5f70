"""Renewal as clients ask for it: the real server, real sockets."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from tests.conversations.world import OTHERS, TRUSTED, World
from tests.realtime.running import SETTINGS, Answer, RealTime, running


def until(caller: Caller, moment: datetime) -> Caller:
    """Get a token of the same caller that ends at *moment*."""
    return replace(caller, expires_at=moment)


async def listen(real_time: RealTime, caller: Caller) -> tuple[Answer, str]:
    """Open a stream, and say what it is called."""
    stream = await real_time.ask(caller)
    metadata, *_ = await stream.next(3)
    name: str = json.loads(metadata.data)["connectionUuid"]
    return stream, name


async def renew(
    real_time: RealTime, caller: Caller | None, body: object, *, origin: str | None = None
) -> Answer:
    """Ask for a renewal."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await real_time.ask(caller, method="POST", origin=origin, body=raw)


@pytest.fixture
async def one_of_many(world: World, clock: MovableClock) -> AsyncIterator[RealTime]:
    """The API in a process that may have others beside it."""
    settings = replace(SETTINGS, bus="nats://nats.test:4222")
    async with running(world, clock, settings=settings) as real_time:
        yield real_time


class TestRenewal:
    @pytest.mark.fidelity("realtime.renewal.goes-on", "realtime.renewal.told-in-band")
    async def test_lets_the_stream_go_on(self, real_time: RealTime, world: World) -> None:
        """
        The stream is warned, renewed, and hears what is said after its first token's end.
        """
        start = real_time.clock.now()
        first = until(world.caller(person=world.pat), start + timedelta(minutes=2))
        later = until(first, start + timedelta(minutes=10))
        stream, name = await listen(real_time, first)
        await real_time.pass_time(61)

        answer = await renew(real_time, later, {"connectionUuid": name})

        later_ms = int(later.expires_at.timestamp()) * 1000
        assert answer.status == 200
        assert await answer.body() == {"connectionUuid": name, "expiresAt": later_ms}
        assert answer.headers["cache-control"] == "no-store"
        await real_time.pass_time(120)
        await real_time.say(world.thread)
        heard = [event for event in await stream.next(12) if event.type != "heartbeat"]
        assert [event.type for event in heard] == [
            "token-expiring",
            "token-renewed",
            "message-update",
        ]
        assert json.loads(heard[1].data) == {"connectionUuid": name, "expiresAt": later_ms}
        assert all(event.last_id for event in heard)
        await stream.leave()

    async def test_ends_with_the_later_token(self, real_time: RealTime, world: World) -> None:
        """
        The renewed stream says that it ends for that.
        """
        start = real_time.clock.now()
        stream, name = await listen(
            real_time, until(world.acme_caller, start + timedelta(seconds=30))
        )
        later = until(world.acme_caller, start + timedelta(seconds=90))
        await (await renew(real_time, later, {"connectionUuid": name})).body()

        await real_time.pass_time(90)

        last = (await stream.rest())[-1]
        assert (last.type, json.loads(last.data)["reason"]) == ("reconnect", "expired")

    @pytest.mark.fidelity("realtime.renewal.own-connection-only")
    @pytest.mark.parametrize("who", ["other app", "other person", "app itself", "one employer"])
    async def test_refuses_the_connections_of_others(
        self, real_time: RealTime, world: World, who: str
    ) -> None:
        """
        The refusal is the API's, and the stream ends when it would have.
        """
        mine = world.caller(person=world.pat)
        others = {
            "other app": replace(mine, app_id=world.globex_app.id),
            "other person": replace(mine, person_id=world.sam.id),
            "app itself": world.acme_caller,
            "one employer": replace(mine, employer_id=world.acme.id),
        }
        _, name = await listen(real_time, mine)
        (slot,) = real_time.hub.held_by(UUID(name))
        expires_at_s = slot.expires_at_s
        await real_time.pass_time(10)

        answer = await renew(real_time, others[who], {"connectionUuid": name})

        assert answer.status == 403
        assert await answer.body() == {
            "error": "access_denied",
            "error_description": (
                "connectionUuid names no connection of the access token's owner."
            ),
        }
        assert slot.expires_at_s == expires_at_s

    @pytest.mark.fidelity("realtime.renewal.unknown-connection")
    async def test_refuses_a_connection_that_is_closed(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Who is told so opens a new stream.
        """
        stream, name = await listen(real_time, world.acme_caller)
        await stream.leave()
        await real_time.until(lambda: real_time.hub.open_streams == 0)

        answer = await renew(real_time, world.acme_caller, {"connectionUuid": name})

        assert answer.status == 404
        assert (await answer.body())["error"] == "invalid_request"

    @pytest.mark.fidelity("realtime.renewal.any-node")
    async def test_passes_on_what_may_be_open_elsewhere(
        self, one_of_many: RealTime, world: World
    ) -> None:
        """
        Where there may be other processes, the answer is that they are told.
        """
        connection_id = one_of_many.doors.renewals.connections.mint(world.acme_caller)

        answer = await renew(
            one_of_many, world.acme_caller, {"connectionUuid": str(connection_id)}
        )

        assert answer.status == 202
        assert await answer.body() == {"connectionUuid": str(connection_id)}

    @pytest.mark.fidelity("realtime.renewal.body")
    @pytest.mark.parametrize(
        "body",
        [
            b"x",
            b"{}",
            b"[]",
            b"null",
            b"\xff",
            b"[" * 4000,
            b'{"connectionUuid": "%s"}' % (b"a" * 5000),
            b'{"connectionUuid": "%s"}' % str(uuid4()).encode() + b" " * 5000,
            {"connectionUuid": None},
            {"connectionUuid": 1},
            {"connectionUuid": "not a uuid"},
            {"connection_uuid": str(uuid4())},
        ],
    )
    async def test_refuses_a_body_that_names_no_connection(
        self, real_time: RealTime, world: World, body: object
    ) -> None:
        """
        Whatever comes is answered in the API's words.
        """
        answer = await renew(real_time, world.acme_caller, body)

        assert answer.status == 400
        assert await answer.body() == {
            "error": "invalid_request",
            "error_description": (
                'A renewal has the body {"connectionUuid": "<a UUID>"}, as JSON.'
            ),
        }

    @pytest.mark.fidelity("realtime.renewal.asks-anew")
    async def test_asks_who_may_hear_what_anew(self, real_time: RealTime, world: World) -> None:
        """
        A token without the scope, an old one, or one of an employer lost renews nothing.
        """
        mine = world.caller(person=world.pat, employer=world.acme)
        _, name = await listen(real_time, mine)
        body = {"connectionUuid": name}

        scopeless = await renew(real_time, replace(mine, scopes=frozenset()), body)
        old = await renew(real_time, until(mine, real_time.clock.now()), body)
        nobody = await renew(real_time, None, body)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        departed = await renew(real_time, mine, body)

        statuses = [answer.status for answer in (scopeless, old, nobody, departed)]
        assert statuses == [403, 400, 400, 403]
        assert (await scopeless.body())["error"] == "insufficient_scope"
        assert real_time.hub.open_streams == 0

    @pytest.mark.fidelity("realtime.cors.trusted-domain")
    async def test_is_shared_with_trusted_pages_only(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A page renews as it listens: from a domain that the app trusts.
        """
        _, name = await listen(real_time, world.acme_caller)
        body = {"connectionUuid": name}

        trusted = await renew(real_time, world.acme_caller, body, origin=TRUSTED)
        stranger = await renew(real_time, world.acme_caller, body, origin=OTHERS)

        assert (trusted.status, stranger.status) == (200, 403)
        assert trusted.headers["access-control-allow-origin"] == TRUSTED
        assert "access-control-allow-origin" not in stranger.headers
