"""
Browsers: which one a request comes from, who is signed in there, and whether it means it.

Two cookies do it. One names the browser itself, from the first page it sees; the other its
session. The token in every form is an HMAC under the first over the second: whoever can
neither read nor plant the cookies cannot make it, and it changes with each sign-in.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.sessions import NewSession, Session, Sessions
from hirewire.accounts.sign_in.errors import CrossSite
from hirewire.runtime.db.database import Reader
from hirewire.web.pages.forms import Form

CSRF_FIELD: Final = "csrf"
SIGN_IN: Final = "/sign-in"

_SIZE: Final = 32
_NAMED_FOR_S: Final = 365 * 24 * 3600
_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MINTED: Final = "hirewire.browser_id"
_OWN_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Browser:
    """What requests tell of browsers, for a server that is reached at *base_url*."""

    sessions: Sessions
    base_url: str

    @property
    def is_secure(self) -> bool:
        """Whether cookies travel by TLS only, and are this host's alone (`__Host-`)."""
        return self.base_url.startswith("https:")

    async def session(self, reader: Reader, request: Request) -> Session | None:
        """Find the session that the request belongs to, if its person is still signed in."""
        text = self._cookie(request, "session")
        return None if text is None else await self.sessions.find(reader, text)

    def browser_id(self, request: Request) -> str | None:
        """Return the id that the browser sent, or None at its first visit."""
        return self._cookie(request, "browser")

    def identify(self, request: Request) -> str:
        """
        Return the browser's id, or the one that it gets with this answer.

        Whoever asks hands the answer to `remember`.
        """
        sent = self.browser_id(request)
        if sent is not None:
            return sent
        if _MINTED not in request.scope:
            drawn = self.sessions.entropy.token(_SIZE)
            request.scope[_MINTED] = base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
        minted: str = request.scope[_MINTED]
        return minted

    def remember(self, request: Request, response: Response) -> None:
        """Let the browser keep the id of `identify`, unless it has it already."""
        if self.browser_id(request) is None:
            self._set(response, "browser", self.identify(request), lifetime_s=_NAMED_FOR_S)

    def keep(self, response: Response, new: NewSession) -> None:
        """Let the browser keep a session that has just begun, until it is closed."""
        self._set(response, "session", new.text)

    def forget(self, response: Response) -> None:
        """Let the browser forget its session."""
        response.delete_cookie(
            self._name("session"), secure=self.is_secure, httponly=True, samesite="lax"
        )

    def csrf_token(self, request: Request) -> str:
        """Return what every form carries in its field `csrf`; hand the answer to `remember`."""
        return _token(self.identify(request), self._cookie(request, "session"))

    def check(self, request: Request, form: Form) -> None:
        """
        Insist that *form* was sent from a page that we showed to this browser.

        The page's referrer policy lets Chromium send `Origin: null` from our own pages, so
        null says nothing; `Sec-Fetch-Site` does, and the token decides in any case.

        Raises:
            CrossSite: it was not.
        """
        if not self._was_shown(request, form, self._cookie(request, "session")):
            raise CrossSite

    def is_overtaken(self, request: Request, form: Form) -> bool:
        """
        Tell whether *form* was shown to this browser before the session that it has now.

        So it is with the second of two tabs that ask who it is. Such a form is good for going
        on, as whoever is signed in, and for nothing else.
        """
        has_session = self._cookie(request, "session") is not None
        return has_session and self._was_shown(request, form, None)

    def sign_in_url(self, next: str, *, login_hint: str = "", again: bool = False) -> str:
        """
        Return where a person signs in, and then goes on to *next*, a path of this server.

        *again* asks also somebody who is signed in already (`prompt=login`).
        """
        query = {"next": next, "login_hint": login_hint, "again": "1" if again else ""}
        given = {name: value for name, value in query.items() if value}
        return f"{SIGN_IN}?{urlencode(given)}"

    def _was_shown(self, request: Request, form: Form, session: str | None) -> bool:
        """Tell whether a page of ours showed *form* to this browser during *session*."""
        if request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            return False
        origin = request.headers.get("origin", "null")
        if origin != "null" and not self._is_ours(origin, request):
            return False
        known = self.browser_id(request)
        given = form.one(CSRF_FIELD).encode()
        return known is not None and hmac.compare_digest(given, _token(known, session).encode())

    def _is_ours(self, origin: str, request: Request) -> bool:
        """Also the name that the browser calls us by is ours: no other page can choose it."""
        host = request.headers.get("host", "")
        parts = urlsplit(self.base_url)
        named = {f"{parts.scheme}://{parts.netloc}", f"http://{host}", f"https://{host}"}
        return origin in named

    def _cookie(self, request: Request, name: str) -> str | None:
        text = request.cookies.get(self._name(name), "")
        return text if _TEXT.fullmatch(text) else None

    def _set(
        self, response: Response, name: str, text: str, *, lifetime_s: int | None = None
    ) -> None:
        response.set_cookie(
            self._name(name),
            text,
            max_age=lifetime_s,
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def _name(self, name: str) -> str:
        return f"__Host-hirewire_{name}" if self.is_secure else f"hirewire_{name}"


def _token(browser_id: str, session: str | None) -> str:
    digest = hmac.new(browser_id.encode(), f"csrf:{session or ''}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
