"""
What the authorization server itself tells the holder of an access token.

The token comes in the header, or, in a POST, in the form (RFC 6750, section 2.2); never in the
query string, where it would end up in logs. Web pages of the domains that an app trusts may
read the answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller, TokenFault, Unauthenticated
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.oauth.errors import InvalidRequest
from hirewire.runtime.db import Database, DatabaseAway, Reader
from hirewire.web import errors
from hirewire.web.bearer import TokenVerifier
from hirewire.web.challenges import challenge
from hirewire.web.origins import Preflights, shared_with
from hirewire.web.pages.forms import read_form

Describe: TypeAlias = Callable[[Reader, Accounts, Caller], Awaitable[dict[str, object]]]

LARGEST_FORM: Final = 16 * 1024

_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_TOKEN: Final = "access_token"  # noqa: S105 - a parameter's name
_FORM: Final = "application/x-www-form-urlencoded"
_PREFLIGHTS: Final = Preflights("GET, HEAD, POST", "Authorization, Content-Type, DPoP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A resource behind an access token, an ASGI application; *describe* says what it tells."""

    database: Database
    accounts: Accounts
    verifier: TokenVerifier
    describe: Describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer with what *describe* says, or say why not."""
        if request.method == "OPTIONS":
            return await self._preflight(request)
        if request.method not in {"GET", "HEAD", "POST"}:
            return Response(status_code=405, headers={"allow": _PREFLIGHTS.allowed})
        try:
            caller = await self._identify(request)
            async with self.database.read() as reader:
                body = await self.describe(reader, self.accounts, caller)
                shared = shared_with(await self._trusted(reader, request, caller))
        except HirewireError as refusal:
            return _refused(refusal, request, await self._shared_refusal(request, refusal))
        return Response(
            msgspec.json.encode(body), 200, {**_NO_STORE, **shared}, "application/json"
        )

    async def _identify(self, request: Request) -> Caller:
        if _TOKEN in request.query_params:
            raise InvalidRequest(
                reason="The access token does not belong in the query string: send it in the "
                "Authorization header."
            )
        token = await _token_in_form(request)
        if token is None:
            return self.verifier.identify(
                request.scope["headers"], request.method, request.scope["path"]
            )
        if "authorization" in request.headers:
            raise InvalidRequest(
                reason="The access token was sent twice: use the header or the form."
            )
        return self.verifier.verify(token)

    async def _preflight(self, request: Request) -> Response:
        """Tell a page whether, and how, it may ask (the Fetch standard, section 3.2)."""
        async with self.database.read() as reader:
            origin = await self._trusted(reader, request, None)
        return _PREFLIGHTS.answer(origin)

    async def _shared_refusal(
        self, request: Request, refusal: HirewireError
    ) -> Mapping[str, str]:
        """Let a page read why not, if any app trusts it; while nobody can say, none does."""
        if "origin" not in request.headers or isinstance(refusal, DatabaseAway):
            return shared_with(None)
        try:
            async with self.database.read() as reader:
                return shared_with(await self._trusted(reader, request, None))
        except DatabaseAway:
            return shared_with(None)

    async def _trusted(
        self, reader: Reader, request: Request, caller: Caller | None
    ) -> str | None:
        """Find the domain of the page that asks, if the caller's app trusts it."""
        origin = request.headers.get("origin")
        if origin is None:
            return None
        app_id = None if caller is None else caller.app_id
        trusts = await self.accounts.apps.trusts(reader, app_id, origin)
        return origin if trusts else None


async def _token_in_form(request: Request) -> str | None:
    """Take the token out of the form, if there is one."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or media_type != _FORM:
        return None
    form = await read_form(request, largest=LARGEST_FORM)
    return form.one(_TOKEN) or None


def _refused(refusal: HirewireError, request: Request, shared: Mapping[str, str]) -> Response:
    """Spell *refusal* in the body and in the challenge (RFC 6750, section 3)."""
    headers = {**_NO_STORE, **shared, **errors.come_back(refusal)}
    asked = challenge(refusal, request.headers.getlist("authorization"))
    if asked is not None:
        headers["www-authenticate"] = asked
    body = errors.oauth(refusal)
    if isinstance(refusal, Unauthenticated) and refusal.fault is TokenFault.BAD_PROOF:
        body["error"] = "invalid_dpop_proof"  # As in the challenge (RFC 9449, section 7.1).
    elif refusal.kind is Kind.FORBIDDEN:
        body["error"] = "insufficient_scope"
    return Response(
        msgspec.json.encode(body), errors.status(refusal), headers, "application/json"
    )
