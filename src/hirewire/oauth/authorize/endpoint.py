"""`GET` and `POST /oauth/v2/authorize` (RFC 6749, section 3.1; OpenID Connect Core, 3.1.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.model import App
from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.browser import Browser
from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize.answers import refusal
from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.authorize.checks import check
from hirewire.oauth.authorize.errors import PushedRequestGone, UnknownClient
from hirewire.oauth.authorize.interaction import REFUSED_UNASKED
from hirewire.oauth.authorize.interactions import Interactions, Visit
from hirewire.oauth.authorize.parameters import KNOWN, LARGEST, Parameters
from hirewire.oauth.authorize.pushed import URN, open_pushed, use_up
from hirewire.oauth.authorize.redirect_uri import prove
from hirewire.oauth.authorize.request import AuthorizationRequest, Prompt
from hirewire.oauth.authorize.rules import check_app
from hirewire.oauth.authorize.wire import (
    PATH,
    as_received,
    elsewhere,
    path_of,
    refusal_page,
)
from hirewire.oauth.errors import InvalidRequest
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import VerifyingKey
from hirewire.web.networks import network_of
from hirewire.web.pages import Pages, read_form
from hirewire.web.rate_limits import RateLimit, TooManyRequests

_log = structlog.get_logger(area="oauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeEndpoint:
    """
    Where an app sends a person.

    Before the redirect URI is proven a refusal is shown; after that the app hears of it.
    *beginnings* bounds how many interactions a network may begin, as anybody may.
    """

    database: Database
    accounts: Accounts
    interactions: Interactions
    browser: Browser
    pages: Pages
    clock: Clock
    find_key: Callable[[str], VerifyingKey | None]
    beginnings: RateLimit

    async def answer(self, request: Request) -> Response:
        """Send the person on: to the pages, or back to the app."""
        try:
            if request.method == "POST":
                return await _as_query(request)
            if request.method != "GET":
                return Response(status_code=405, headers={"allow": "GET, POST"})
            return await self._answer(request)
        except HirewireError as error:
            request_id = request.scope.get("request_id", "")
            _log.info(
                "authorize_shown",
                error=error.code,
                request_id=request_id,
                **as_received(request),
            )
            return refusal_page(self.pages, request, error)

    async def _answer(self, request: Request) -> Response:
        parameters = Parameters.read(request.scope["query_string"])
        app = await self._known_app(parameters.needs("client_id"))
        asked = await self._pushed(app, parameters)
        given = parameters.needs("redirect_uri") if asked is None else asked.redirect_uri
        redirect_uri = prove(given, app.redirect_uris)
        asking = Asking(
            parameters=parameters,
            app=app,
            redirect_uri=redirect_uri,
            issuer=self.interactions.issuer,
            find_key=self.find_key,
            state=None if asked is None else asked.state,
        )
        try:
            if asked is None:
                asked = check(asking)
            else:
                check_app(app, asked)
            return await self._ask(request, app, asked)
        except (TooManyRequests, PushedRequestGone):
            raise
        except HirewireError as error:
            _log.info("authorize_refused", error=error.code, app_id=app.id)
            if asked is not None and asked.pushed_as is not None:
                async with self.database.unit() as uow:
                    await use_up(uow, asked)
            issuer = self.interactions.issuer
            return elsewhere(refusal(redirect_uri, error, asking.state, issuer), 302)

    async def _ask(self, request: Request, app: App, asked: AuthorizationRequest) -> Response:
        """Begin an interaction, or answer at once where there is nothing to ask."""
        async with self.database.read() as reader:
            visit = Visit(
                browser_id=self.browser.identify(request),
                session=await self.browser.session(reader, request),
                now=self.clock.now(),
            )
            sitting = await self.interactions.consider(reader, app, asked, visit)
        if sitting.question is None:
            async with self.database.unit() as uow:
                # Once more, for the grant may have been revoked in between.
                sitting = await self.interactions.consider(uow, app, asked, visit)
                if sitting.question is None:
                    return elsewhere(await self.interactions.finish(uow, sitting), 302)
        if Prompt.NONE in asked.prompts:
            raise REFUSED_UNASKED[sitting.question]
        return await self._begin(request, asked, visit)

    async def _begin(
        self, request: Request, asked: AuthorizationRequest, visit: Visit
    ) -> Response:
        self.beginnings.take(network_of(request))
        async with self.database.unit() as uow:
            interaction = await self.interactions.begin(uow, asked, visit)
        response = elsewhere(path_of(interaction.id), 303)
        self.browser.remember(request, response)
        return response

    async def _known_app(self, client_id: str) -> App:
        async with self.database.read() as reader:
            app = await self.accounts.apps.find(reader, client_id)
        if app is None:
            raise UnknownClient
        return app

    async def _pushed(self, app: App, parameters: Parameters) -> AuthorizationRequest | None:
        """
        Find a pushed request, of which only the client id is said again: whatever else was
        sent along is ignored (RFC 9126, section 4; RFC 9101, section 5).
        """
        request_uri = parameters.get("request_uri") or ""
        if not request_uri.startswith(URN):
            return None
        async with self.database.read() as reader:
            return await open_pushed(reader, request_uri, app.id, self.clock.now())


async def _as_query(request: Request) -> Response:
    """
    Answer a form with a redirect to the same request in a query.

    Forms of other sites come without our cookies (`SameSite=Lax`); the request that follows a
    redirect has them again.
    """
    form = await read_form(request, largest=LARGEST)
    sent = urlencode([(n, value) for n, value in form.pairs if n in KNOWN], quote_via=quote)
    if len(sent) > LARGEST:
        raise InvalidRequest(reason=f"The request is larger than {LARGEST} bytes.")
    return elsewhere(f"{PATH}?{sent}", 303)
