"""The candidate's page of a thread: whoever holds the link reads there, and writes."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.browser import Browser
from hirewire.conversations.access import CANDIDATE
from hirewire.conversations.candidates import CandidateDoor
from hirewire.conversations.errors import (
    BadMessageText,
    IdempotencyKeyReused,
    NoSuchConversation,
    NoSuchMessage,
    NotYourMessage,
)
from hirewire.conversations.model import (
    LONGEST_TEXT,
    Conversation,
    Draft,
    Message,
    Side,
)
from hirewire.conversations.pages.assets import SCRIPT, TYPING
from hirewire.conversations.pages.bubbles import bubbles, newest_of, older_than
from hirewire.conversations.pages.errors import NoSuchThread
from hirewire.conversations.pages.live import LivePages, PageReader
from hirewire.conversations.pages.written import Written, typed
from hirewire.conversations.people import store as people
from hirewire.conversations.typing import Typing
from hirewire.conversations.windows import Window
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import Database
from hirewire.web import errors
from hirewire.web.pages import Form, Pages, is_looked_at, read_form
from hirewire.web.pages.scripts import LIVE
from hirewire.web.rate_limits import RateLimit, TooManyRequests

PATH: Final = "/conversations/{token}"
SHOWN: Final = 50

# Ten thousand characters of four bytes, each of them spelled with a percent sign.
_LARGEST_FORM: Final = 131_072
_ONCE_SIZE: Final = 16
_NO_CONTENT: Final = 204
_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatePages:
    """The endpoints under `/conversations/{token}`; *writes* limits how often one writes."""

    db: Database
    door: CandidateDoor
    typing: Typing
    accounts: Accounts
    browser: Browser
    pages: Pages
    live: LivePages
    entropy: Entropy
    writes: RateLimit

    async def show(self, request: Request) -> Response:
        """Show the thread; to look at its end is to have read it."""
        conversation = await self._conversation(request)
        edited = request.query_params.get("edit", "")
        written = Written() if not edited else await self._to_edit(conversation, edited)
        return await self._show(request, conversation, written)

    async def write(self, request: Request) -> Response:
        """Send a message, or say anew what one says."""
        form = await self._form(request)
        conversation = await self._conversation(request)
        text, edited, once = typed(form), form.one("message"), form.one("once")
        token = _token(request)
        try:
            self.writes.take(_name(token))
            async with self.db.unit() as uow:
                if edited:
                    await self.door.edit(uow, token, _id(edited), text)
                else:
                    draft = Draft(text=text, idempotency_key=once or None)
                    await self.door.write(uow, token, draft)
        except (BadMessageText, IdempotencyKeyReused, TooManyRequests) as refusal:
            written = Written.refused(refusal, text=text, edited=edited, once=once)
            return await self._show(request, conversation, written)
        except (NoSuchConversation, NoSuchMessage, NotYourMessage):
            raise NoSuchThread from None
        self.typing.wrote(conversation.id, CANDIDATE)
        return _see(request)

    async def delete(self, request: Request) -> Response:
        """Take a message back."""
        form = await self._form(request)
        token = _token(request)
        await self._conversation(request)
        self.writes.take(_name(token))
        try:
            async with self.db.unit() as uow:
                await self.door.delete(uow, token, _id(form.one("message")))
        except (NoSuchConversation, NoSuchMessage, NotYourMessage):
            raise NoSuchThread from None
        return _see(request)

    async def indicate_typing(self, request: Request) -> Response:
        """Let those who listen know that the candidate types; what they write stays theirs."""
        await self._form(request)
        try:
            async with self.db.read() as reader:
                await self.typing.indicate_by_link(reader, _token(request))
        except NoSuchConversation:
            raise NoSuchThread from None
        return Response(status_code=_NO_CONTENT, headers={"cache-control": "no-store"})

    async def events(self, request: Request) -> ASGIApp:
        """Open the stream that says when to look again."""
        try:
            reading = await self.live.ready()
            conversation = await self._conversation(request)
            reader = PageReader(path=f"{PATH}/events")
            return await self.live.of_thread(request, reader, conversation, reading=reading)
        except HirewireError as error:
            return Response(status_code=errors.status(error), headers=errors.come_back(error))

    async def _conversation(self, request: Request) -> Conversation:
        """
        Find the thread behind the link.

        Raises:
            NoSuchThread: there is none, or the link is good no more: nobody learns which.
        """
        try:
            async with self.db.read() as reader:
                return await self.door.read(reader, _token(request))
        except NoSuchConversation:
            raise NoSuchThread from None

    async def _form(self, request: Request) -> Form:
        form = await read_form(request, largest=_LARGEST_FORM)
        self.browser.check(request, form)
        return form

    async def _to_edit(self, conversation: Conversation, id: str) -> Written:
        """Put what a message of theirs says into the form; nothing, where there is none."""
        async with self.db.read() as reader:
            page = await self.door.own(reader, conversation, _id(id))
        return Written() if page is None else Written(text=page.text or "", edited=id)

    async def _show(
        self, request: Request, conversation: Conversation, written: Written
    ) -> Response:
        token, before = _token(request), request.query_params.get("before") or None
        if before is None and is_looked_at(request):
            await self._mark(token, conversation)
        async with self.db.read() as reader:
            try:
                page = await self.door.messages(
                    reader, token, Window(last=SHOWN, before=before)
                )
            except NoSuchConversation:
                raise NoSuchThread from None
            employer = await self.accounts.employer(reader, conversation.employer_id)
        answer = self.pages.answer(
            "conversations/candidate.html",
            status=written.status,
            headers={**LIVE, **written.come_back},
            script=SCRIPT,
            typing=TYPING,
            csrf_token=self.browser.csrf_token(request),
            here=_here(request),
            conversation=conversation,
            employer="" if employer is None else employer.name,
            written=written,
            once=written.once or self.entropy.token(_ONCE_SIZE).hex(),
            longest=LONGEST_TEXT,
            is_live=before is None,
            older=older_than(page),
            bubbles=bubbles(page, ours=Side.CANDIDATE, is_own=_is_theirs),
            newest=newest_of(page),
        )
        self.browser.remember(request, answer)
        return answer

    async def _mark(self, token: str, conversation: Conversation) -> None:
        """Note what is read; nothing is written where that is known."""
        async with self.db.read() as reader:
            mark = await people.mark_of(reader, conversation.id, CANDIDATE)
        if conversation.message_count > (0 if mark is None else mark.position):
            async with self.db.unit() as uow:
                await self.door.mark_read(uow, token)


def writes_of(clock: Clock) -> RateLimit:
    """Let the holder of a link write as fast as a person does, and no faster."""
    return RateLimit(clock, per_second=0.2, burst=15)


def _is_theirs(message: Message) -> bool:
    return message.sender.side is Side.CANDIDATE


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    return token


def _name(token: str) -> str:
    """Name a link where it is counted; its token is kept nowhere."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchThread from None


def _here(request: Request) -> str:
    return PATH.replace("{token}", _token(request))


def _see(request: Request) -> Response:
    return RedirectResponse(_here(request), _SEE_OTHER, {"cache-control": "no-store"})
