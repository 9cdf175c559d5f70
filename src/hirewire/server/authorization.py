"""The authorization endpoint and its pages, put together from the parts."""

from typing import Final

from starlette.routing import Route

from hirewire.oauth.authorize.endpoint import AuthorizeEndpoint
from hirewire.oauth.authorize.interactions import Interactions
from hirewire.oauth.authorize.pages import InteractionPages
from hirewire.oauth.authorize.push_endpoint import PUSH_PATH, PushEndpoint
from hirewire.oauth.authorize.routes import authorize_routes
from hirewire.oauth.authorize.views import Views
from hirewire.oauth.failures import Failures
from hirewire.server.parts import Parts
from hirewire.web.rate_limits import RateLimit

BEGUN_PER_SECOND: Final = 5
BEGUN_AT_ONCE: Final = 200
"""What one network may begin and leave behind, be it interactions or public apps' pushes."""


def authorization_routes(parts: Parts, failures: Failures) -> list[Route]:
    """
    List the routes that lead a person from an app to a code.

    Apps that push their requests prove themselves; *failures* counts those that do not.
    """
    issuer = parts.settings.issuer
    beginnings = RateLimit(parts.clock, per_second=BEGUN_PER_SECOND, burst=BEGUN_AT_ONCE)
    interactions = Interactions(accounts=parts.accounts, grants=parts.grants, issuer=issuer)
    endpoint = AuthorizeEndpoint(
        database=parts.db,
        accounts=parts.accounts,
        interactions=interactions,
        browser=parts.browser,
        pages=parts.pages,
        clock=parts.clock,
        find_key=parts.key_ring.find,
        beginnings=beginnings,
    )
    pushes = PushEndpoint(
        database=parts.db,
        accounts=parts.accounts,
        assertions=parts.assertions,
        entropy=parts.accounts.apps.entropy,
        clock=parts.clock,
        issuer=issuer,
        url=parts.settings.base_url + PUSH_PATH,
        find_key=parts.key_ring.find,
        beginnings=beginnings,
        limited=failures.limited,
    )
    pages = InteractionPages(
        database=parts.db,
        interactions=interactions,
        browser=parts.browser,
        pages=parts.pages,
        views=Views(accounts=parts.accounts, browser=parts.browser, pages=parts.pages),
        clock=parts.clock,
    )
    return authorize_routes(endpoint, pushes, pages)
