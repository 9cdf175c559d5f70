"""What the authorization endpoint and its pages have in common on the wire."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize.errors import (
    InteractionOver,
    PushedRequestGone,
    UnknownClient,
    UnregisteredRedirectUri,
)
from hirewire.oauth.errors import InvalidRequest
from hirewire.web import errors
from hirewire.web.pages import OPENER_KEPT, Pages

PATH: Final = "/oauth/v2/authorize"

_FAULTS_OF_APPS: Final = (
    InvalidRequest,
    PushedRequestGone,
    UnknownClient,
    UnregisteredRedirectUri,
)
_LONGEST_SHOWN: Final = 200
_HEADERS: Final = {
    "cache-control": "no-store",
    "pragma": "no-cache",
    "referrer-policy": "no-referrer",
}


def elsewhere(url: str, status: int) -> Response:
    """Send the browser to *url*, which is ours or a proven redirect URI, as it is spelled."""
    return Response(status_code=status, headers=_HEADERS | {"location": url})


def as_received(request: Request) -> dict[str, str]:
    """
    Repeat from a URL what tells support which app sent somebody, and where it wants them back.

    Neither is a secret, nor proven. Of each the first, cut short, and what is no ASCII escaped.
    """
    return {
        name: given.encode("unicode_escape").decode()[:_LONGEST_SHOWN]
        for name in ("client_id", "redirect_uri")
        if (given := request.query_params.get(name))
    }


def refusal_page(pages: Pages, request: Request, error: HirewireError) -> Response:
    """Say to a person why there is no other page, and whose fault it is."""
    request_id = request.scope.get("request_id", "")
    if isinstance(error, InteractionOver):
        template = "authorize/over.html"
    elif isinstance(error, _FAULTS_OF_APPS):
        template = "authorize/refused.html"
    else:
        return pages.refused(error, request_id=request_id, headers=OPENER_KEPT)
    return pages.answer(
        template,
        status=errors.status(error),
        headers=OPENER_KEPT,
        message=str(error),
        reason=error.code,
        request_id=request_id,
        received=as_received(request),
    )


def path_of(interaction_id: UUID) -> str:
    """Name the page of an interaction."""
    return f"{PATH}/{interaction_id.hex}"
