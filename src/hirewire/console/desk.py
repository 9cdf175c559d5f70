"""What every page of the console has: somebody who is signed in, and the frame around it."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from hirewire.accounts.model import App, Person
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Session
from hirewire.accounts.sign_in.browser import Browser
from hirewire.console.audit.service import Audit
from hirewire.console.errors import NoSuchPage, SentBefore
from hirewire.console.streams.ledger import Ledger
from hirewire.console.streams.live import ConsoleStreams
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Typing
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import Clock
from hirewire.kit.node_ids import NodeIds
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.grants.service import Grants
from hirewire.oauth.used_ids.service import use_once
from hirewire.runtime.db import Database, Reader, UnitOfWork
from hirewire.web import errors
from hirewire.web.pages import BadForm, Form, Link, Pages, read_form
from hirewire.web.streams.reading import Reading

HOME: Final = "/console"
INTERVIEWS: Final = "/console/interviews"
CONVERSATIONS: Final = "/console/conversations"
STREAMS: Final = "/console/streams"
APPS: Final = "/console/apps"
GRANTS: Final = "/console/grants"
SECURITY: Final = "/console/security"

_NAVIGATION: Final = (
    (HOME, "Home"),
    (INTERVIEWS, "Interviews"),
    (CONVERSATIONS, "Conversations"),
    (APPS, "App credentials"),
    (GRANTS, "Apps with access"),
    (STREAMS, "Streams"),
    (SECURITY, "Security"),
)
_ONCE: Final = "once"
_ONCE_SIZE: Final = 16
_ONCE_FOR: Final = timedelta(days=1)
_SEE_OTHER: Final = 303
_SIGNED_OUT: Final = 401
# Ten thousand characters of four bytes, each of them spelled with a percent sign.
_LARGEST_FORM: Final = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages are made with; *operators* are the keys of addresses of who runs this."""

    db: Database
    accounts: Accounts
    grants: Grants
    audit: Audit
    browser: Browser
    pages: Pages
    interviews: Interviews
    lobby_urls: LobbyUrls
    conversations: Conversations
    typing: Typing
    live: ConsoleStreams
    ledger: Ledger
    node_ids: NodeIds
    operators: frozenset[str] = frozenset()
    clock: Clock

    def route(self, path: str, page: "Page", *methods: str) -> Route:
        """Mount *page* for people who are signed in; others sign in first, and come back."""

        async def answer(request: Request) -> Response:
            visit = await self._visit(request)
            if visit is None:
                return _see(self.browser.sign_in_url(_address(request)))
            if request.method == "POST":
                visit = await visit.checked()
            return await page(visit)

        return Route(path, self.pages.guarded(answer), methods=list(methods or ("GET",)))

    def stream(self, path: str, open: "StreamPage") -> Route:
        """Mount the stream of a live page, for people who are signed in."""

        async def answer(request: Request) -> ASGIApp:
            try:
                reading = await self.live.ready()
                visit = await self._visit(request)
                if visit is None:
                    return Response(status_code=_SIGNED_OUT)
                return await open(visit, reading)
            except HirewireError as error:
                told = errors.come_back(error)
                return Response(status_code=errors.status(error), headers=told)

        return Route(path, answer, methods=["GET"])

    async def _visit(self, request: Request) -> "Visit | None":
        async with self.db.read() as reader:
            session = await self.browser.session(reader, request)
            if session is None:
                return None
            person = await self.accounts.person(reader, session.person_id)
        if person is None:
            return None
        return Visit(desk=self, request=request, person=person, session=session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in; *form* is what they sent, if they did."""

    desk: Desk
    request: Request
    person: Person
    session: Session
    form: Form = field(default_factory=lambda: Form(()))

    async def checked(self) -> "Visit":
        """
        Read the form that was sent.

        Raises:
            BadForm, FormTooLarge: it is none.
            CrossSite: it is not from a page of ours.
        """
        form = await read_form(self.request, largest=_LARGEST_FORM)
        self.desk.browser.check(self.request, form)
        return replace(self, form=form)

    @property
    def is_sent(self) -> bool:
        """Whether a form came with it."""
        return self.request.method == "POST"

    def query(self, name: str) -> str:
        """Return what the address says of *name*, "" where it says nothing."""
        return self.request.query_params.get(name, "")

    def id(self, name: str) -> UUID:
        """
        Read an id of the address.

        Raises:
            NoSuchPage: it is none.
        """
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise NoSuchPage from None

    async def app(self, reader: Reader) -> App:
        """
        Find the app that the address names.

        Raises:
            NoSuchPage: there is none, or the person does not manage it: which, nobody learns.
        """
        accounts = self.desk.accounts
        app = await accounts.apps.find(reader, self.request.path_params["app"])
        if app is None or not await accounts.manages(reader, self.person.id, app):
            raise NoSuchPage
        return app

    def once(self) -> str:
        """Return what makes the form that was sent good for one time, or draw it."""
        return self.form.one(_ONCE) or self.draw_once()

    def draw_once(self) -> str:
        """Draw what makes another form good for one time."""
        return self.desk.accounts.apps.entropy.token(_ONCE_SIZE).hex()

    async def use_once(self, uow: UnitOfWork) -> None:
        """
        Let the form do its work, unless it did it before.

        Raises:
            SentBefore: it did: the page was loaded again, or its button pressed twice.
        """
        once = self.form.one(_ONCE)
        if not once:
            raise BadForm(reason="The form is not the one that we showed.")
        named = f"console:{self.person.id}:{once}".encode()
        if not await use_once(uow, hashlib.sha256(named).digest(), uow.now + _ONCE_FOR):
            raise SentBefore

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a page of the console."""
        response = self.desk.pages.answer(
            f"console/{template}.html",
            status=status,
            navigation=[
                Link(href, label, is_current=self._is_in(href)) for href, label in _NAVIGATION
            ],
            person=self.person.name,
            csrf_token=self.desk.browser.csrf_token(self.request),
            **values,
        )
        self.desk.browser.remember(self.request, response)
        return response

    def go(self, path: str) -> Response:
        """Answer with the way to another page."""
        return _see(path)

    def _is_in(self, href: str) -> bool:
        path = self.request.url.path
        return path == href or (href != HOME and path.startswith(f"{href}/"))


Page: TypeAlias = Callable[[Visit], Awaitable[Response]]
StreamPage: TypeAlias = Callable[[Visit, Reading], Awaitable[ASGIApp]]


def _see(path: str) -> Response:
    return RedirectResponse(path, _SEE_OTHER, {"cache-control": "no-store"})


def _address(request: Request) -> str:
    """Where to come back to: every address of a form can also be looked at."""
    query = request.url.query
    return (
        f"{request.url.path}?{query}" if query and request.method == "GET" else request.url.path
    )
