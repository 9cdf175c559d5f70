"""
What the authorization server itself tells the holder of an access token.

The token comes in the header, or, in a POST, in the form (RFC 6750, section 2.2); never in the
query string, where it would end up in logs. Web pages of the domains that an app trusts may
read the answer.
"""

from collections.abc import Awaitable, Callable
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
from hirewire.runtime.db.database import Database, Reader
from hirewire.web import errors
from hirewire.web.bearer import TokenVerifier
from hirewire.web.challenges import challenge
from hirewire.web.pages.forms import read_form

Describe: TypeAlias = Callable[[Reader, Accounts, Caller], Awaitable[dict[str, object]]]

LARGEST_FORM: Final = 16 * 1024

_METHODS: Final = "GET, HEAD, POST, OPTIONS"
_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache", "vary": "Origin"}
_TOKEN: Final = "access_token"  # noqa: S105 - a parameter's name
_FORM: Final = "application/x-www-form-urlencoded"
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "Authorization, Content-Type, DPoP",
    "access-control-max-age": "600",
}


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
            return Response(status_code=405, headers={"allow": _METHODS})
        try:
            caller = await self._identify(request)
            async with self.database.read() as reader:
                body = await self.describe(reader, self.accounts, caller)
                shared = await self._shared_with(reader, request, caller)
        except HirewireError as refusal:
            async with self.database.read() as reader:
                shared = await self._shared_with(reader, request, None)
            return _refused(refusal, request, shared)
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
            shared = await self._shared_with(reader, request, None)
        extra = _PREFLIGHT if shared else {"allow": _METHODS}
        return Response(status_code=204, headers={"vary": "Origin", **shared, **extra})

    async def _shared_with(
        self, reader: Reader, request: Request, caller: Caller | None
    ) -> dict[str, str]:
        """
        Let the page that asks read the answer, if the app trusts its domain.

        Where the app is not known, in a preflight or a refusal, any app's trust is enough.
        """
        origin = request.headers.get("origin")
        if origin is None:
            return {}
        if caller is None:
            is_trusted = await self.accounts.apps.is_trusted_origin(reader, origin)
        else:
            app = await self.accounts.apps.find(reader, caller.app_id)
            is_trusted = app is not None and origin in app.trusted_domains
        if not is_trusted:
            return {}
        return {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "WWW-Authenticate",
        }


async def _token_in_form(request: Request) -> str | None:
    """Take the token out of the form, if there is one."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or media_type != _FORM:
        return None
    form = await read_form(request, largest=LARGEST_FORM)
    return form.one(_TOKEN) or None


def _refused(refusal: HirewireError, request: Request, shared: dict[str, str]) -> Response:
    """Spell *refusal* in the body and in the challenge (RFC 6750, section 3)."""
    headers = {**_NO_STORE, **shared}
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
