"""The one list of routes, and the ASGI application that they make."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from hirewire.accounts.sign_in.routes import SignInPages
from hirewire.accounts.sign_in.service import SignIn
from hirewire.accounts.verification.pages import VerificationPages
from hirewire.console.audit.service import Audit
from hirewire.console.desk import Desk
from hirewire.console.routes import console_routes
from hirewire.conversations.pages.candidate import CandidatePages, writes_of
from hirewire.conversations.pages.routes import candidate_routes
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Typing
from hirewire.interviews.lobby.pages import LobbyPages
from hirewire.interviews.lobby.routes import lobby_routes
from hirewire.interviews.lobby.visits import Reception
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import SystemClock
from hirewire.oauth.discovery import Discovery
from hirewire.oauth.failures import Failures
from hirewire.realtime.routes import MESSAGE_UPDATES, MessageUpdates
from hirewire.realtime.routes import routes as realtime_routes
from hirewire.server.authorization import authorization_routes
from hirewire.server.health import Health
from hirewire.server.logs import Teller, logger
from hirewire.server.parts import Parts
from hirewire.server.requests import Requests
from hirewire.server.schema import build_schema
from hirewire.server.settings import operators_of
from hirewire.server.straight import Straight
from hirewire.server.strays import Strays, without_nul
from hirewire.server.token_routes import token_routes
from hirewire.web.forwarded import Forwarded, parse_networks
from hirewire.web.graphql import GraphQLEndpoint, Limits
from hirewire.web.graphql.explorer import explorer_routes
from hirewire.web.pages import asset_routes


def build_app(parts: Parts, sandbox: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Mount every route; those of the *sandbox* only where `hirewire dev` hands them in."""
    routes = [*product_routes(parts, in_sandbox=bool(sandbox)), *sandbox]
    refused = {HTTPException: Strays(parts.pages).answer}
    router = ExceptionMiddleware(
        without_nul(Router(routes, redirect_slashes=False)), handlers=refused
    )
    answered = Requests(
        Straight(routes, router),
        clock=SystemClock(),
        new_id=lambda: parts.ids.new().hex,
        metrics=parts.metrics,
        log=logger("http"),
        logged=parts.settings.access_log,
    )
    parts.db.outages.append(answered.hear)
    proxies = parse_networks(parts.settings.trusted_proxies)
    return Forwarded(answered, proxies) if proxies else answered


def product_routes(parts: Parts, *, in_sandbox: bool) -> list[BaseRoute]:
    """List what every server answers."""
    health = Health(
        db=parts.db,
        bus=parts.bus,
        hub=parts.hub,
        metrics=parts.metrics,
        is_following=lambda: parts.streams.announcer.is_following,
    )
    explorer = explorer_routes() if in_sandbox else []
    failures = Failures(
        parts.clock, per_minute=parts.settings.failed_authentications_per_minute
    )
    return [
        Route("/graphql", _graphql(parts, explorer=in_sandbox)),
        *token_routes(parts, failures),
        *Discovery.of(parts.settings.issuer, parts.settings.base_url).routes(),
        *realtime_routes(_message_updates(parts)),
        *_sign_in(parts).routes(),
        *_verification(parts).routes(),
        *authorization_routes(parts, failures),
        *console_routes(_desk(parts)),
        *lobby_routes(_lobby(parts)),
        *candidate_routes(_candidates(parts)),
        *asset_routes(),
        *explorer,
        *health.routes(),
    ]


def _sign_in(parts: Parts) -> SignInPages:
    return SignInPages(
        database=parts.db,
        pages=parts.pages,
        browser=parts.browser,
        passwords=parts.passwords,
        sign_in=SignIn(parts.accounts, parts.sessions),
    )


def _verification(parts: Parts) -> VerificationPages:
    return VerificationPages(
        database=parts.db,
        clock=parts.clock,
        pages=parts.pages,
        browser=parts.browser,
        accounts=parts.accounts,
        links=parts.verification.links,
        mails=parts.verification,
    )


def _desk(parts: Parts) -> Desk:
    return Desk(
        db=parts.db,
        accounts=parts.accounts,
        grants=parts.grants,
        audit=Audit(parts.accounts),
        browser=parts.browser,
        pages=parts.pages,
        interviews=parts.interviews,
        lobby_urls=LobbyUrls(parts.settings.base_url),
        conversations=parts.conversations,
        typing=parts.typing,
        live=parts.doors.pages,
        ledger=parts.doors.ledger,
        node_ids=parts.node_ids,
        operators=operators_of(parts.settings),
        clock=parts.clock,
    )


def _lobby(parts: Parts) -> LobbyPages:
    reception = Reception(
        db=parts.db,
        lobby=parts.lobby,
        accounts=parts.accounts,
        browser=parts.browser,
        pages=parts.pages,
        clock=parts.clock,
    )
    return LobbyPages(
        reception=reception, hub=parts.hub, log=Teller("lobby"), seating=parts.doors.pages
    )


def _candidates(parts: Parts) -> CandidatePages:
    return CandidatePages(
        db=parts.db,
        door=parts.conversations.candidates,
        typing=parts.typing,
        accounts=parts.accounts,
        browser=parts.browser,
        pages=parts.pages,
        live=parts.doors.pages,
        entropy=parts.entropy,
        writes=writes_of(parts.clock),
    )


def _graphql(parts: Parts, *, explorer: bool) -> GraphQLEndpoint:
    settings = parts.settings
    limits = Limits()
    return GraphQLEndpoint(
        schema=build_schema(),
        database=parts.db,
        verifier=parts.verifier,
        parts={
            Interviews: parts.interviews,
            LobbyUrls: LobbyUrls(settings.base_url),
            Conversations: parts.conversations,
            Typing: parts.typing,
        },
        node_ids=parts.node_ids,
        clock=parts.clock,
        log=logger("graphql"),
        limits=replace(
            limits,
            deadline_s=settings.graphql_deadline_s,
            body_bytes=settings.largest_body_bytes,
        ),
        introspection=settings.introspection,
        explorer=explorer,
        fell_back=parts.metrics.fell_back,
        trusts=parts.accounts.apps.trusts,
    )


def _message_updates(parts: Parts) -> MessageUpdates:
    settings, notices = parts.settings, parts.doors.notices
    return MessageUpdates(
        db=parts.db,
        accounts=parts.accounts,
        entrance=parts.doors.entrance,
        streams=parts.streams,
        kind=replace(
            MESSAGE_UPDATES,
            beat=parts.streams.announcer.beat,
            warning=notices.expiring,
            farewell=notices.farewell,
            heartbeat_s=settings.heartbeat_s,
            longest_life_s=settings.stream_lifetime_s,
        ),
    )
