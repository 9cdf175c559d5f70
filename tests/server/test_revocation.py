"""Revocations among several processes on one database, each with its tokens and streams."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from hirewire.accounts.facts import MemberLeft
from hirewire.kit.caller import Unauthenticated
from hirewire.kit.clock import EPOCH, MovableClock
from hirewire.oauth.model import ES256
from hirewire.oauth.revoked import revoke
from hirewire.runtime.log.log import POLL_S
from hirewire.server.listeners import hear
from hirewire.server.parts import Parts
from hirewire.server.settings import Settings
from hirewire.web.bearer import TokenClaims
from hirewire.web.streams.slot import StreamKind
from tests.fixtures.background import in_background, until
from tests.server.processes import process
from tests.web.streams.pipes import MemoryPipe

TOKEN_ID, FAMILY, PERSON = UUID(int=1), UUID(int=2), UUID(int=3)
KIND = StreamKind(name="test")


def a_token(parts: Parts) -> str:
    """Mint a token as the token endpoint does."""
    now_s = (parts.clock.now() - EPOCH) // timedelta(seconds=1)
    claims = TokenClaims(
        iss=parts.settings.issuer,
        sub="app:a",
        azp="a",
        scope="",
        iat=now_s,
        exp=now_s + 3600,
        jti=TOKEN_ID.hex,
        fam=FAMILY.hex,
    )
    return parts.key_ring.sign(ES256, "at+jwt", msgspec.json.encode(claims))


def a_stream(parts: Parts, token: str) -> MemoryPipe:
    """Open a stream with a token."""
    pipe = MemoryPipe()
    caller = parts.verifier.verify(token)
    parts.hub.open(pipe, KIND, topics=(), holders=caller.token_ids)
    return pipe


def is_good(parts: Parts, token: str) -> bool:
    """Tell whether a process takes a token."""
    try:
        parts.verifier.verify(token)
    except Unauthenticated:
        return False
    return True


class TestDeparture:
    @pytest.mark.fidelity("realtime.stream.ends-with-membership")
    async def test_is_heard_by_every_process(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        Where somebody leaves their streams end with the unit, elsewhere when the log tells it.
        """
        async with (
            process(settings, clock) as (_, one),
            process(settings, clock) as (_, other),
            in_background(hear(one), hear(other), other.relay.run()),
        ):
            here, there = MemoryPipe(), MemoryPipe()
            one.hub.open(here, KIND, topics=(), holders=(PERSON,))
            other.hub.open(there, KIND, topics=(), holders=(PERSON,))

            async with one.db.unit() as uow:
                uow.tell(MemberLeft(employer_id=None, person_id=PERSON))

            assert (here.is_closed, there.is_closed) == (True, False)
            await clock.advance(timedelta(seconds=POLL_S))
            await until(lambda: there.is_closed)

    @pytest.mark.fidelity("realtime.stream.ends-with-membership")
    async def test_is_heard_within_a_second_of_a_command(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        What a program told that relays nothing itself is looked for twice a second.
        """
        async with (
            process(settings, clock) as (_, command),
            process(settings, clock) as (_, server),
            in_background(hear(server), server.relay.run()),
        ):
            stream = MemoryPipe()
            server.hub.open(stream, KIND, topics=(), holders=(PERSON,))
            async with command.db.unit() as uow:
                uow.tell(MemberLeft(employer_id=None, person_id=PERSON))

            await clock.advance(timedelta(seconds=0.9))

            await until(lambda: stream.is_closed)


class TestRevocation:
    @pytest.mark.fidelity("revocation.every-process")
    async def test_is_heard_by_every_process(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        Where it is made it holds when the unit is over, elsewhere when the log tells it.
        """
        async with (
            process(settings, clock) as (_, one),
            process(settings, clock) as (_, other),
            in_background(hear(one), hear(other), other.relay.run()),
        ):
            token = a_token(one)
            here, there = a_stream(one, token), a_stream(other, token)

            async with one.db.unit() as uow:
                await revoke(uow, [FAMILY])

            assert (is_good(one, token), here.is_closed) == (False, True)
            await clock.advance(timedelta(seconds=POLL_S))
            await until(lambda: there.is_closed)
            assert not is_good(other, token)

    async def test_is_known_to_who_starts_later(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        Before its first request, and without the log.
        """
        async with process(settings, clock) as (_, one):
            token = a_token(one)
            async with one.db.unit() as uow:
                await revoke(uow, [TOKEN_ID])

        async with process(settings, clock) as (_, later):
            assert not is_good(later, token)

    async def test_is_not_missed_while_a_process_starts(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        What comes between the look at the start and the first fact heard is looked at again.
        """
        async with process(settings, clock) as (_, one), process(settings, clock) as (_, other):
            token = a_token(one)
            stream = a_stream(other, token)
            async with one.db.unit() as uow:
                await revoke(uow, [TOKEN_ID])
            before = is_good(other, token)

            async with in_background(hear(other)):
                await until(lambda: stream.is_closed)

            assert (before, is_good(other, token)) == (True, False)
