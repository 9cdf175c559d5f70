"""`POST /oauth/v2/tokens`, as the list of its steps (RFC 6749, section 3.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.kit.clock import Clock
from hirewire.oauth.called import answer_app
from hirewire.oauth.errors import GrantFault, InvalidGrant
from hirewire.oauth.failures import Limited, unlimited
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.token.answers import told
from hirewire.oauth.token.body import is_json, read_parameters
from hirewire.oauth.token.employer import choose_the_employer
from hirewire.oauth.token.exchange import Doors, Exchange, Step
from hirewire.oauth.token.grant import know_the_app, know_the_grant, prove_the_grant
from hirewire.oauth.token.mint import Issued, mint, record
from hirewire.oauth.token.proof import check_the_proof, use_the_proof
from hirewire.oauth.token.scope import narrow_the_scopes
from hirewire.runtime.db.database import Database
from hirewire.web.answers import Answer

READING: Final[tuple[Step, ...]] = (know_the_grant, check_the_proof)
"""What the request says for itself, before the database is asked anything."""

KNOWING: Final[tuple[Step, ...]] = (know_the_app,)
"""Who asks; strangers get no further."""

SETTLING: Final[tuple[Step, ...]] = (
    use_the_proof,
    prove_the_grant,
    choose_the_employer,
    narrow_the_scopes,
)
"""What they get: in one unit of work with the record of it, and with the look at who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The endpoint, an ASGI application of its own."""

    database: Database
    clock: Clock
    doors: Doors
    keys: KeyRing
    limited: Limited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> ASGIApp:
        """Answer a request with tokens, or say why there are none."""
        return await answer_app(
            request,
            self._exchange,
            endpoint="token",
            event="token_refused",
            limited=self.limited,
        )

    async def _exchange(self, request: Request) -> Answer:
        headers = request.scope["headers"]
        parameters = await read_parameters(request)
        x = Exchange(
            parameters=parameters,
            is_json=is_json(request),
            authorization=_values(headers, b"authorization"),
            proofs=_values(headers, b"dpop"),
            now=self.clock.now(),
            doors=self.doors,
        )
        await _go(x, READING)
        outcome = await self._in_units(x)
        if isinstance(outcome, GrantFault):
            raise InvalidGrant(fault=outcome)
        return told(mint(self.keys, outcome))

    async def _in_units(self, x: Exchange) -> Issued | GrantFault:
        """Use one unit, and one more where an assertion is used up whatever comes of it."""
        if "client_assertion" in x.parameters:
            async with self.database.unit() as x.uow:
                await _go(x, KNOWING)
            async with self.database.unit() as x.uow:
                return await _settle(x)
        async with self.database.unit() as x.uow:
            await _go(x, KNOWING)
            return await _settle(x)


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> tuple[str, ...]:
    return tuple([value.decode("latin-1") for name, value in headers if name == wanted])


async def _go(x: Exchange, steps: Sequence[Step]) -> None:
    for step in steps:
        await step(x)


async def _settle(x: Exchange) -> Issued | GrantFault:
    """
    Settle what the app gets.

    That a code or a token is no good is returned, not raised: what it led to, the end of a
    family whose code came twice, is to be committed.
    """
    for step in SETTLING:
        await step(x)
        if x.fault is not None:
            return x.fault
    return record(x)
