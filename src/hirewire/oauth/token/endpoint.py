"""`POST /oauth/v2/tokens`, as the list of its steps (RFC 6749, section 3.2)."""

from dataclasses import dataclass
from typing import Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hirewire.accounts.service import Accounts
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.errors import InvalidGrant, InvalidRequest
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.token.app import know_the_app
from hirewire.oauth.token.body import read_parameters
from hirewire.oauth.token.employer import choose_the_employer
from hirewire.oauth.token.exchange import Exchange, Step, TokenPolicy
from hirewire.oauth.token.grant import know_the_grant, prove_the_grant
from hirewire.oauth.token.mint import TokenAnswer, mint, record
from hirewire.oauth.token.scope import narrow_the_scopes
from hirewire.runtime.db.database import Database
from hirewire.web import errors

KNOWING: Final[tuple[Step, ...]] = (know_the_grant, know_the_app)
"""Who asks for what: a look at the database is enough, and strangers get no further."""

SETTLING: Final[tuple[Step, ...]] = (prove_the_grant, choose_the_employer, narrow_the_scopes)
"""What they get: in one unit of work with the record of it."""

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}

_log = structlog.get_logger(area="oauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The endpoint, an ASGI application of its own."""

    database: Database
    accounts: Accounts
    keys: KeyRing
    policy: TokenPolicy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer a request with a token, or say why there is none."""
        if request.method != "POST":
            reason = "The token endpoint answers POST only."
            return _refused(InvalidRequest(reason=reason), status=405)
        try:
            return _answered(await self._exchange(request))
        except HirewireError as refusal:
            fault = refusal.fault.value if isinstance(refusal, InvalidGrant) else str(refusal)
            request_id = request.scope.get("request_id", "")
            _log.info("token_refused", error=refusal.code, fault=fault, request_id=request_id)
            return _refused(refusal, status=errors.status(refusal))

    async def _exchange(self, request: Request) -> TokenAnswer:
        parameters = await read_parameters(request)
        async with self.database.read() as reader:
            x = Exchange(
                parameters=parameters,
                authorization=tuple(request.headers.getlist("authorization")),
                accounts=self.accounts,
                policy=self.policy,
                reader=reader,
            )
            for step in KNOWING:
                await step(x)
        async with self.database.unit() as uow:
            x.reader = uow
            for step in SETTLING:
                await step(x)
            claims = record(x, uow)
        return mint(self.keys, claims)


def _answered(answer: TokenAnswer) -> Response:
    return Response(msgspec.json.encode(answer), 200, NO_STORE, "application/json")


def _refused(refusal: HirewireError, *, status: int) -> Response:
    headers = NO_STORE | ({"allow": "POST"} if status == 405 else {})  # noqa: PLR2004 - HTTP
    body = msgspec.json.encode(errors.oauth(refusal))
    return Response(body, status, headers, "application/json")
