"""Where an app is answered: proof that it registered the redirect URI, and the way there."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode, urlsplit

from hirewire.oauth.authorize.errors import UnregisteredRedirectUri
from hirewire.oauth.redirect_uris import is_registered


def prove(redirect_uri: str, registered: Iterable[str]) -> str:
    """
    Return *redirect_uri* if it is among the *registered* ones (`is_registered`).

    Raises:
        UnregisteredRedirectUri: it is not.
    """
    if not is_registered(redirect_uri, registered):
        raise UnregisteredRedirectUri
    return redirect_uri


def location(redirect_uri: str, answer: Iterable[tuple[str, str | None]]) -> str:
    """Add the *answer* to the query of a proven redirect URI, leaving what is there."""
    added = urlencode([(name, text) for name, text in answer if text], quote_via=quote, safe="")
    if not added:
        return redirect_uri
    mark = "?" if "?" not in redirect_uri else "" if redirect_uri[-1] in "?&" else "&"
    return f"{redirect_uri}{mark}{added}"


def host(redirect_uri: str) -> str:
    """Name the place that a person is sent to."""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"{parts.scheme}:"


def form_targets(redirect_uri: str) -> tuple[str, ...]:
    """
    Say where a form whose answer is a redirect to *redirect_uri* may end, for `form-action`.

    Chromium holds the whole chain of redirects to it, also those that the app adds: so the
    scheme is allowed, not one origin (decision 0014).
    """
    parts = urlsplit(redirect_uri)
    is_named = parts.scheme == "http" and "[" not in parts.netloc
    return ("http://127.0.0.1:*", "http://localhost:*") if is_named else (f"{parts.scheme}:",)
