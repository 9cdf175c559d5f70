"""Who comes to a lobby's page, and what they find where it is not open."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.model import Person
from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.browser import Browser
from hirewire.accounts.sign_in.routes import SIGN_UP
from hirewire.accounts.verification.links import PATH as VERIFY
from hirewire.interviews.lobby import outcomes
from hirewire.interviews.lobby.assets import SCRIPT
from hirewire.interviews.lobby.errors import EmailNotVerified, NotAnInterviewer
from hirewire.interviews.lobby.model import Door, Guest, Phase, Role, Window, phase
from hirewire.interviews.lobby.service import Lobby, interviewer_of
from hirewire.interviews.lobby.words import day_and_time
from hirewire.interviews.model import Interviewer
from hirewire.kit.clock import Clock
from hirewire.runtime.db.database import Database, Reader
from hirewire.web.pages import Pages
from hirewire.web.pages.scripts import LIVE

_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SOON_S: Final = 300
_GONE: Final = 410
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request at an open door: of an interviewer, or of the interviewee, known or not."""

    request: Request
    door: Door
    now: datetime
    person: Person | None = None
    interviewer: Interviewer | None = None
    guest: Guest | None = None
    took_part: bool = False

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/lobby/{self.request.path_params['token']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the pages are made with, and who looks at whoever comes."""

    db: Database
    lobby: Lobby
    accounts: Accounts
    browser: Browser
    pages: Pages
    clock: Clock

    async def receive(self, request: Request) -> Visit | Response:
        """
        Find out who comes, and answer those who are not let in now.

        Whoever comes as an interviewer has to be one before they learn anything at all.

        Raises:
            NoSuchLobby: the address leads nowhere.
        """
        now = self.clock.now()
        async with self.db.read() as reader:
            door = await self.lobby.door(reader, request.path_params["token"])
            visit = Visit(request=request, door=door, now=now)
            if door.role is Role.INTERVIEWEE:
                guest = await self._guest(reader, request, door)
                visit = Visit(request=request, door=door, now=now, guest=guest)
            else:
                person = await self.person(reader, request)
                if person is None:
                    return self._ask_to_sign_in(visit)
                try:
                    interviewer = interviewer_of(door.interview, person)
                except (EmailNotVerified, NotAnInterviewer) as refusal:
                    return self._turn_away(visit, refusal)
                interview_id = door.interview.id
                took_part = await outcomes.took_part(reader, interview_id, interviewer.id)
                visit = Visit(
                    request=request,
                    door=door,
                    now=now,
                    person=person,
                    interviewer=interviewer,
                    took_part=took_part,
                )
        found = phase(door.interview, now)
        return visit if found is Phase.OPEN else self._closed(visit, found)

    async def person(self, reader: Reader, request: Request) -> Person | None:
        """Find who is signed in."""
        session = await self.browser.session(reader, request)
        if session is None:
            return None
        return await self.accounts.person(reader, session.person_id)

    def held(self, request: Request) -> str | None:
        """Return what the browser holds of a knock at this door, or None."""
        text = request.cookies.get(self._cookie(request), "")
        return text if _TEXT.fullmatch(text) else None

    def hold(self, visit: Visit, response: Response, text: str) -> None:
        """Let the browser hold *text* for as long as this lobby is open."""
        closes_at = Window.of(visit.door.interview).closes_at
        response.set_cookie(
            self._cookie(visit.request),
            text,
            max_age=ceil((closes_at - visit.now).total_seconds()),
            secure=self.browser.is_secure,
            httponly=True,
            samesite="lax",
        )

    def show(
        self, visit: Visit, template: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Answer with a page of the lobby."""
        interview = visit.door.interview
        answer = self.pages.answer(
            f"lobby/{template}.html",
            status=status,
            headers={**LIVE, **values.pop("headers", {})},
            csrf_token=self.browser.csrf_token(visit.request),
            script=SCRIPT,
            path=visit.path,
            interview=interview,
            took_part=visit.took_part,
            starts=day_and_time(interview.starts_at, interview.zone),
            **values,
        )
        self.browser.remember(visit.request, answer)
        return answer

    async def _guest(self, reader: Reader, request: Request, door: Door) -> Guest | None:
        text = self.held(request)
        if text is None:
            return None
        return await self.lobby.guest(reader, door.interview.id, text)

    def _ask_to_sign_in(self, visit: Visit) -> Response:
        """Nothing of the interview is told yet: the link may have come to anybody."""
        sign_up = f"{SIGN_UP}?{urlencode({'next': visit.path})}"
        return self.pages.answer(
            "lobby/sign_in.html",
            sign_in_url=self.browser.sign_in_url(visit.path),
            sign_up_url=sign_up,
        )

    def _turn_away(
        self, visit: Visit, refusal: EmailNotVerified | NotAnInterviewer
    ) -> Response:
        return self.pages.answer(
            "lobby/turned_away.html",
            status=_FORBIDDEN,
            message=str(refusal),
            sign_in_url=self.browser.sign_in_url(visit.path, again=True),
            verify_url=VERIFY if isinstance(refusal, EmailNotVerified) else "",
        )

    def _closed(self, visit: Visit, found: Phase) -> Response:
        if found is not Phase.EARLY:
            return self.show(visit, found.value, status=_GONE)
        window = Window.of(visit.door.interview)
        wait_s = ceil((window.opens_at - visit.now).total_seconds())
        opens = day_and_time(window.opens_at, visit.door.interview.zone)
        return self.show(
            visit, found.value, wait_s=min(wait_s, _SOON_S), opens=opens, window=window
        )

    def _cookie(self, request: Request) -> str:
        """Name a cookie for each door: a browser may have knocked at several."""
        digest = hashlib.sha256(request.path_params["token"].encode()).digest()
        door = base64.urlsafe_b64encode(digest[:9]).decode()
        prefix = "__Host-" if self.browser.is_secure else ""
        return f"{prefix}hirewire_lobby_{door}"
