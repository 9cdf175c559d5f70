"""The pages `/sign-in`, `/sign-up` and `/sign-out`, and the units that they open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.errors import BadEmail, BadName, BadPassword, PasswordsBusy
from hirewire.accounts.model import LONGEST_NAME, RegisterPerson, parse_name
from hirewire.accounts.passwords import LONGEST, SHORTEST, Passwords
from hirewire.accounts.sessions import NewSession
from hirewire.accounts.sign_in.browser import SIGN_IN, Browser
from hirewire.accounts.sign_in.errors import SignInThrottled
from hirewire.accounts.sign_in.next_page import HOME, SIGN_OUT, safe_next
from hirewire.accounts.sign_in.service import Attempt, SignIn, Visitor
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web import errors
from hirewire.web.pages import OPENER_KEPT, Form, Pages, read_form

SIGN_UP: Final = "/sign-up"

_OK: Final = 200
_SEE_OTHER: Final = 303
_BAD: Final = 400
_LONGEST_HINT: Final = 254
_BAD_PASSWORD: Final = f"Choose a password of {SHORTEST} to {LONGEST} characters."
_WRONG: Final = "The e-mail address or the password is wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPages:
    """
    The endpoints.

    Where the page that follows lies within *stays_within* it answers by itself, and is
    reached by a redirect; any other may lead away to an app (`Pages.answer` says why that
    makes a difference).
    """

    database: Database
    pages: Pages
    browser: Browser
    passwords: Passwords
    sign_in: SignIn
    stays_within: tuple[str, ...] = (HOME,)

    def routes(self) -> list[Route]:
        """List the paths that they answer."""
        answers = (
            (SIGN_IN, self.show_sign_in, "GET"),
            (SIGN_IN, self.take_sign_in, "POST"),
            (SIGN_UP, self.show_sign_up, "GET"),
            (SIGN_UP, self.take_sign_up, "POST"),
            (SIGN_OUT, self.take_sign_out, "POST"),
        )
        return [
            Route(path, self.pages.guarded(answer), methods=[method])
            for path, answer, method in answers
        ]

    async def show_sign_in(self, request: Request) -> Response:
        """Ask who it is, unless somebody is signed in and need not be asked again."""
        asked = request.query_params
        onward = safe_next(asked.get("next", HOME))
        again = asked.get("again") == "1"
        if not again and await self._is_signed_in(request):
            return RedirectResponse(onward, _SEE_OTHER, {"cache-control": "no-store"})
        email = asked.get("login_hint", "")[:_LONGEST_HINT]
        return self._sign_in_page(
            request, onward=onward, email=email, again=again, after=asked.get("after", "")
        )

    async def take_sign_in(self, request: Request) -> Response:
        """Sign a person in, and go on; the answer to what is wrong says nothing of whom."""
        form = await read_form(request)
        if self.browser.is_overtaken(request, form) and await self._is_signed_in(request):
            return self._onward(safe_next(form.one("next")))
        self.browser.check(request, form)
        visitor = self._visitor(request)
        async with self.database.unit() as uow:
            attempt = await self.sign_in.begin(uow, form.one("email").strip(), visitor)
        if attempt.retry_after_s:
            refusal = SignInThrottled(retry_after_s=attempt.retry_after_s)
            return self._sign_in_again(request, form, refusal)
        if not await self._proves(attempt, form.one("password")):
            return self._sign_in_again(request, form)
        async with self.database.unit() as uow:
            new = await self.sign_in.succeed(uow, attempt, visitor)
            if new is not None:
                await self._end_session(uow, request)
        if new is None:
            return self._sign_in_again(request, form)
        return self._signed_in(request, safe_next(form.one("next")), new)

    async def show_sign_up(self, request: Request) -> Response:
        """Ask what a new person is called, and how they will prove to be it."""
        asked = request.query_params
        email = asked.get("login_hint", "")[:_LONGEST_HINT]
        form = Form((("email", email), ("next", asked.get("next", HOME))))
        return self._sign_up_page(request, form)

    async def take_sign_up(self, request: Request) -> Response:
        """
        Make an account, and have its person sign in.

        An address that is taken gets the same answer after the same work: who has an account
        is learnt only by signing in to it, which is throttled.
        """
        form = await self._form(request)
        async with self.database.unit() as uow:
            wait_s = await self.sign_in.begin_sign_up(uow, self._visitor(request))
        if wait_s:
            return self._sign_up_page(request, form, throttled=SignInThrottled(wait_s))
        wrong, command = await self._registration(form)
        if command is None:
            return self._sign_up_page(request, form, wrong=wrong)
        async with self.database.unit() as uow:
            await self.sign_in.sign_up(uow, command)
        url = self.browser.sign_in_url(
            safe_next(form.one("next")), login_hint=command.email, again=True
        )
        return RedirectResponse(f"{url}&after=sign-up", _SEE_OTHER)

    async def take_sign_out(self, request: Request) -> Response:
        """End the browser's session, here and in the database."""
        await self._form(request)
        async with self.database.unit() as uow:
            await self._end_session(uow, request)
        answer = RedirectResponse(f"{SIGN_IN}?after=sign-out", _SEE_OTHER)
        self.browser.forget(answer)
        return answer

    async def _form(self, request: Request) -> Form:
        form = await read_form(request)
        self.browser.check(request, form)
        return form

    async def _is_signed_in(self, request: Request) -> bool:
        async with self.database.read() as reader:
            return await self.browser.session(reader, request) is not None

    def _visitor(self, request: Request) -> Visitor:
        host = request.client.host if request.client else ""
        return Visitor(browser_id=self.browser.identify(request), host=host)

    async def _proves(self, attempt: Attempt, password: str) -> bool:
        """Compare the password outside of any unit; who cannot be served has not failed."""
        try:
            return await self.passwords.verify(attempt.password_hash, password)
        except PasswordsBusy:
            async with self.database.unit() as uow:
                await self.sign_in.give_up(uow, attempt)
            raise

    async def _end_session(self, uow: UnitOfWork, request: Request) -> None:
        session = await self.browser.session(uow, request)
        if session is not None:
            await self.sign_in.sessions.end(uow, session.id)

    async def _registration(
        self, form: Form
    ) -> tuple[list[tuple[str, str]], RegisterPerson | None]:
        """Say what is wrong with the form, field by field, or what it asks for."""
        name, email, password = (form.one(field) for field in ("name", "email", "password"))
        wrong: list[tuple[str, str]] = []
        try:
            name = parse_name(name)
        except BadName:
            wrong.append(("name", f"Enter your name, in at most {LONGEST_NAME} characters."))
        try:
            email = parse_email(email.strip())
        except BadEmail:
            wrong.append(("email", "Enter an e-mail address, such as name@example.com."))
        if not SHORTEST <= len(password) <= LONGEST:
            wrong.append(("password", _BAD_PASSWORD))
        if wrong:
            return wrong, None
        try:
            hashed = await self.passwords.hash(password)
        except BadPassword:
            return [("password", _BAD_PASSWORD)], None
        return [], RegisterPerson(
            name=name, email=email, password_hash=hashed, email_verified=False
        )

    def _signed_in(self, request: Request, onward: str, new: NewSession) -> Response:
        answer = self._onward(onward)
        self.browser.keep(answer, new)
        self.browser.remember(request, answer)
        return answer

    def _onward(self, onward: str) -> Response:
        stays = f"{onward}/".startswith(tuple(f"{path}/" for path in self.stays_within))
        return RedirectResponse(onward, _SEE_OTHER) if stays else self.pages.onward(onward)

    def _sign_in_again(
        self, request: Request, form: Form, throttled: SignInThrottled | None = None
    ) -> Response:
        return self._sign_in_page(
            request,
            onward=safe_next(form.one("next")),
            email=form.one("email")[:_LONGEST_HINT],
            again=form.one("again") == "1",
            wrong=() if throttled else (("email", _WRONG),),
            throttled=throttled,
        )

    def _sign_in_page(
        self,
        request: Request,
        *,
        onward: str,
        email: str,
        again: bool,
        after: str = "",
        wrong: Sequence[tuple[str, str]] = (),
        throttled: SignInThrottled | None = None,
    ) -> Response:
        values: dict[str, Any] = {
            "next": onward,
            "email": email,
            "again": again,
            "after": after,
        }
        return self._page(
            "sign_in/sign_in.html", request, values, wrong=wrong, throttled=throttled
        )

    def _sign_up_page(
        self,
        request: Request,
        form: Form,
        *,
        wrong: Sequence[tuple[str, str]] = (),
        throttled: SignInThrottled | None = None,
    ) -> Response:
        values = {
            "next": safe_next(form.one("next")),
            "email": form.one("email")[:_LONGEST_HINT],
            "name": form.one("name")[:_LONGEST_HINT],
            "shortest": SHORTEST,
            "longest": LONGEST,
        }
        return self._page(
            "sign_in/sign_up.html", request, values, wrong=wrong, throttled=throttled
        )

    def _page(
        self,
        template: str,
        request: Request,
        values: dict[str, Any],
        *,
        wrong: Sequence[tuple[str, str]],
        throttled: SignInThrottled | None,
    ) -> Response:
        retry = errors.come_back(throttled) if throttled else {}
        status = errors.status(throttled) if throttled else _BAD if wrong else _OK
        answer = self.pages.answer(
            template,
            status=status,
            headers={**OPENER_KEPT, **retry},
            csrf_token=self.browser.csrf_token(request),
            wrong=wrong,
            throttled=str(throttled) if throttled else "",
            **values,
        )
        self.browser.remember(request, answer)
        return answer
