"""
Endpoints at which apps ask about a token of theirs: who asks, and about which (RFC 7662, 7009).

Which kind of token it is shows in the text itself, so the `token_type_hint` is not needed. An
app is answered about its own tokens only; of others it does not even learn that they exist.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.accounts.model import App
from hirewire.kit.caller import Unauthenticated
from hirewire.kit.clock import Clock
from hirewire.oauth.called import answer_app
from hirewire.oauth.errors import GrantFault, InvalidRequest
from hirewire.oauth.failures import Limited, unlimited
from hirewire.oauth.token.app import authenticate, not_proven, reading
from hirewire.oauth.token.body import is_json, read_parameters
from hirewire.oauth.token.exchange import Doors
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import TokenClaims, TokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    An app, and the *token* that it asks about.

    *claims* are what a good access token of the app says; None for anything else.
    """

    app: App
    token: str = field(repr=False)
    claims: TokenClaims | None

    @property
    def may_be_refresh_token(self) -> bool:
        """Tell whether it can be a refresh token: those have no segments."""
        return "." not in self.token


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingParts:
    """What both endpoints work with; *limited* counts the apps that do not prove themselves."""

    database: Database
    clock: Clock
    doors: Doors
    verifier: TokenVerifier
    limited: Limited = unlimited


Reply: TypeAlias = Callable[[AskingParts, Asked], Awaitable[ASGIApp]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingEndpoint:
    """
    One of the endpoints, an ASGI application; *reply* says what comes of a question.

    Only where it *admits_public* apps may those ask, who cannot prove who they are.
    """

    name: str
    parts: AskingParts
    reply: Reply
    admits_public: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> ASGIApp:
        """Answer a question, or say what is wrong with it."""
        return await answer_app(
            request,
            self._reply,
            endpoint=self.name,
            event="question_refused",
            limited=self.parts.limited,
        )

    async def _reply(self, request: Request) -> ASGIApp:
        parameters = await read_parameters(request)
        if is_json(request):
            raise InvalidRequest(
                reason="The body is a form, application/x-www-form-urlencoded."
            )
        app = await self._known_app(parameters, request.headers.getlist("authorization"))
        token = parameters.get("token")
        if token is None:
            raise InvalidRequest(reason="The parameter token is missing.")
        claims = _claims(self.parts.verifier, token, app)
        return await self.reply(self.parts, Asked(app=app, token=token, claims=claims))

    async def _known_app(self, parameters: dict[str, str], authorization: Sequence[str]) -> App:
        doors = self.parts.doors
        async with reading(self.parts.database, parameters) as reader:
            app = await authenticate(
                parameters, authorization, doors.accounts, reader, doors.assertions
            )
        if app.terms.is_public and not self.admits_public:
            raise not_proven(app, app.id, GrantFault.NO_AUTHENTICATION)
        return app


def _claims(verifier: TokenVerifier, token: str, app: App) -> TokenClaims | None:
    try:
        claims = verifier.inspect(token)
    except Unauthenticated:
        return None
    return claims if claims.azp == app.id else None
