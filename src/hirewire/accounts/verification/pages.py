"""The page `/verify-email`: where the link leads, and where another mail is asked for."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hirewire.accounts.model import Person
from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.browser import Browser
from hirewire.accounts.verification.links import PATH, Links
from hirewire.accounts.verification.mails import VerificationMails
from hirewire.kit.clock import Clock
from hirewire.runtime.db import Database
from hirewire.web.pages import Pages, read_form

_OK: Final = 200
_SEE_OTHER: Final = 303
_BAD: Final = 400
_LONGEST_TOKEN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPages:
    """
    The endpoints; both are for whoever is signed in.

    A link only shows a button. Programs that follow links in mails press none.
    """

    database: Database
    clock: Clock
    pages: Pages
    browser: Browser
    accounts: Accounts
    links: Links
    mails: VerificationMails

    def routes(self) -> list[Route]:
        """List the paths that they answer."""
        return [
            Route(PATH, self.pages.guarded(self.show), methods=["GET"]),
            Route(PATH, self.pages.guarded(self.take), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Ask the person of the link to confirm, or offer another mail."""
        token = request.query_params.get("token", "")[:_LONGEST_TOKEN]
        person = await self._person(request)
        if person is None:
            return self._to_sign_in(token)
        return self._page(request, person, self._step(token, person), token)

    async def take(self, request: Request) -> Response:
        """Verify the address, or send another mail."""
        form = await read_form(request)
        self.browser.check(request, form)
        token = form.one("token")[:_LONGEST_TOKEN]
        person = await self._person(request)
        if person is None:
            return self._to_sign_in(token)
        step = self._step(token, person)
        if step == "confirm":
            async with self.database.unit() as uow:
                await self.accounts.verify_email(uow, person.id)
            step = "done"
        elif step == "ask":
            async with self.database.unit() as uow:
                await self.mails.call_for(uow, person)
            step = "sent"
        return self._page(request, person, step, token)

    def _step(self, token: str, person: Person) -> str:
        if person.email_verified:
            return "done"
        if not token:
            return "ask"
        is_good = self.links.is_good(token, person, self.clock.now())
        return "confirm" if is_good else "stale"

    async def _person(self, request: Request) -> Person | None:
        async with self.database.read() as reader:
            session = await self.browser.session(reader, request)
            if session is None:
                return None
            return await self.accounts.person(reader, session.person_id)

    def _to_sign_in(self, token: str) -> Response:
        onward = f"{PATH}?{urlencode({'token': token})}" if token else PATH
        url = self.browser.sign_in_url(onward)
        return RedirectResponse(url, _SEE_OTHER, {"cache-control": "no-store"})

    def _page(self, request: Request, person: Person, step: str, token: str) -> Response:
        answer = self.pages.answer(
            "verification/verify.html",
            status=_BAD if step == "stale" else _OK,
            csrf_token=self.browser.csrf_token(request),
            email=person.email,
            step=step,
            token=token,
        )
        self.browser.remember(request, answer)
        return answer
