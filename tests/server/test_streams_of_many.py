"""Streams among processes that share PostgreSQL and NATS: what one is told ends them in all."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import msgspec
import pytest
from starlette.requests import Request

from hirewire.accounts.model import (
    App,
    AppTerms,
    Employer,
    GrantType,
    OpenEmployer,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.service import Accounts
from hirewire.conversations.model import Side
from hirewire.conversations.typing import Signal
from hirewire.kit.clock import EPOCH, SystemClock
from hirewire.oauth.model import ES256
from hirewire.oauth.revoked import revoke
from hirewire.realtime.entrance import Admitted
from hirewire.realtime.errors import TooManyStreams
from hirewire.realtime.model import topic_of
from hirewire.realtime.routes import PATH
from hirewire.runtime.db import UnitOfWork
from hirewire.server.parts import Parts
from hirewire.server.run import working
from hirewire.server.settings import Settings
from hirewire.web.bearer import Actor, TokenClaims
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.fixtures.background import until
from tests.fixtures.database import PostgresTemplate, settled
from tests.fixtures.servers import NatsServer
from tests.server.processes import process
from tests.web.streams.parser import Reader
from tests.web.streams.pipes import MemoryPipe

PAGE = "https://ats.example"
GRANT = UUID(int=1)
SCOPE = "conversations.read"

pytestmark = pytest.mark.timeout(60)  # Real servers, and their pace.

_installations = count()
_tokens = count(1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Two processes, and in their database a person who acts for an employer, and its app."""

    one: Parts
    other: Parts
    employer: Employer
    person: Person
    app: App

    def token(self, parts: Parts, *, seconds: int = 600) -> str:
        """Mint a token that the person granted the app."""
        now_s = (parts.clock.now() - EPOCH) // timedelta(seconds=1)
        claims = TokenClaims(
            iss=parts.settings.issuer,
            sub=f"user:{self.person.id}",
            act=Actor(sub=f"app:{self.app.id}", app_account=self.employer.id.hex),
            azp=self.app.id,
            scope=SCOPE,
            iat=now_s,
            exp=now_s + seconds,
            jti=UUID(int=next(_tokens)).hex,
            gid=GRANT.hex,
        )
        return parts.key_ring.sign(ES256, "at+jwt", msgspec.json.encode(claims))

    async def listen(self, parts: Parts, token: str) -> tuple[Slot, Admitted]:
        """Open a stream of a page, as the endpoint does."""
        admitted = await parts.doors.entrance.admit(_request(token))
        slot = parts.hub.open(
            MemoryPipe(),
            StreamKind(name="test"),
            topics=(),
            lifetime_s=admitted.lifetime_s,
            holders=admitted.holders,
            on_close=admitted.seat,
        )
        admitted.opened(slot)
        return slot, admitted


def _request(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"origin", PAGE.encode())]
    scope = {"type": "http", "method": "GET", "path": PATH, "headers": headers}
    return Request({**scope, "query_string": b"", "client": ("192.0.2.1", 1)})


async def _people(accounts: Accounts, uow: UnitOfWork) -> tuple[Employer, Person, App]:
    employer = await accounts.open_employer(
        uow,
        OpenEmployer(
            legacy_id="1", name="Kestrel", country="GB", currency="GBP", time_zone="UTC"
        ),
    )
    person = await accounts.register_person(
        uow, RegisterPerson(name="Pat Doe", email="pat@example.com")
    )
    await accounts.join(uow, person.id, employer.id, Role.RECRUITER)
    terms = AppTerms(
        name="ats",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        trusted_domains=(PAGE,),
        scopes=frozenset({SCOPE}),
    )
    app, _ = await accounts.apps.register(uow, employer.id, terms)
    return employer, person, app


@pytest.fixture
async def many(
    postgres_template: PostgresTemplate, nats_server: NatsServer
) -> AsyncIterator[Many]:
    """Two processes at work."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        settings = Settings(
            database=await stack.enter_async_context(postgres_template.copy()),
            bus=f"{nats_server.url}/streams-{next(_installations)}",
            secret_key="s" * 32,
            streams_per_person=3,
        ).at("127.0.0.1", 8000)
        _, one = await stack.enter_async_context(process(settings, clock))
        _, other = await stack.enter_async_context(process(settings, clock))
        async with one.db.unit() as uow:
            employer, person, app = await _people(one.accounts, uow)
        await settled(one.db)  # Or streams would be told of it, where that is heard late.
        for parts in (one, other):
            await stack.enter_async_context(working(parts))
            await parts.streams.announcer.ready()
        yield Many(one=one, other=other, employer=employer, person=person, app=app)


class TestEnds:
    @pytest.mark.fidelity("revocation.every-process", "revocation.streams.real")
    async def test_with_a_revoked_grant(self, many: Many) -> None:
        """
        Where it is revoked at once, elsewhere when the log tells of it.
        """
        here, _ = await many.listen(many.one, many.token(many.one))
        there, _ = await many.listen(many.other, many.token(many.one))

        async with many.one.db.unit() as uow:
            await revoke(uow, [GRANT])

        assert here.reason is Reason.REVOKED
        await until(lambda: there.reason)
        assert there.reason is Reason.REVOKED

    @pytest.mark.fidelity("realtime.stream.ends-with-membership")
    async def test_with_a_lost_membership(self, many: Many) -> None:
        """
        The person's streams end in both processes.
        """
        here, _ = await many.listen(many.one, many.token(many.one))
        there, _ = await many.listen(many.other, many.token(many.one))

        async with many.one.db.unit() as uow:
            await many.one.accounts.leave(uow, many.person.id, many.employer.id)

        assert here.reason is Reason.MEMBERSHIP
        await until(lambda: there.reason)
        assert there.reason is Reason.MEMBERSHIP

    @pytest.mark.fidelity("realtime.stream.ends-with-trust")
    @pytest.mark.parametrize("lost", ["domain", "grant types"])
    async def test_with_lost_trust(self, many: Many, lost: str) -> None:
        """
        A page's stream ends with its domain's trust, and with its app, in both processes.
        """
        here, _ = await many.listen(many.one, many.token(many.one))
        there, _ = await many.listen(many.other, many.token(many.one))
        terms = {
            "domain": replace(many.app.terms, trusted_domains=()),
            "grant types": replace(many.app.terms, grant_types=frozenset()),
        }

        async with many.one.db.unit() as uow:
            await many.one.accounts.apps.change(uow, many.app.id, terms[lost])

        await until(lambda: here.reason and there.reason)
        assert (here.reason, there.reason) == (Reason.REVOKED, Reason.REVOKED)


class TestRenewal:
    @pytest.mark.fidelity("realtime.renewal.any-node")
    async def test_may_be_asked_of_any_process(self, many: Many) -> None:
        """
        The process that is asked tells the one that has the stream.
        """
        slot, admitted = await many.listen(many.other, many.token(many.one, seconds=60))
        later = many.one.verifier.verify(many.token(many.one))
        before_s = slot.expires_at_s

        renewed = await many.one.doors.renewals.renew(admitted.connection_id, later)

        assert renewed.until is None
        await until(lambda: slot.expires_at_s > before_s + 500)
        assert set(slot.holders) == {
            admitted.connection_id,
            many.person.id,
            *later.token_ids,
        }


class TestLimits:
    @pytest.mark.fidelity("realtime.limits.across-nodes")
    async def test_hold_for_all_processes(self, many: Many) -> None:
        """
        What a person has open in one process counts in the other.
        """
        token = many.token(many.one)
        for _ in range(3):
            await many.listen(many.one, token)

        await until(lambda: many.other.doors.census.others().total == 3)

        with pytest.raises(TooManyStreams, match="one person may have 3"):
            await many.listen(many.other, token)
        assert many.other.doors.seats.here.total == 0


class TestTyping:
    @pytest.mark.fidelity("typing.across-processes", "bus.mention")
    async def test_is_heard_in_every_process(self, many: Many) -> None:
        """
        The other hears what is told in this one, and nothing twice.
        """
        pipes = [MemoryPipe(), MemoryPipe()]
        topic = topic_of(many.employer.id)
        for parts, pipe in zip((many.one, many.other), pipes, strict=True):
            parts.hub.open(pipe, StreamKind(name="test"), topics=(topic,))

        typing = Signal(
            employer_id=many.employer.id,
            conversation_id=UUID(int=1),
            side=Side.EMPLOYER,
            name="Pat Doe",
            person_id=many.person.id,
        )

        def heard() -> bool:
            many.one.doors.typing.tell(typing)  # Before the other overhears it is not heard.
            return bool(pipes[1].received)

        await until(heard)

        here, there = (
            [json.loads(event.data)["uuid"] for event in Reader().read(pipe.received)]
            for pipe in pipes
        )
        assert len(set(there)) == len(there)
        assert set(there) <= set(here)
