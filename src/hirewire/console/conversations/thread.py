"""One thread: what was written, what to answer, and who of the employer takes part."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.types import ASGIApp

from hirewire.accounts.model import Person, Role
from hirewire.console.conversations.access import Seen, caller, seen
from hirewire.console.desk import CONVERSATIONS, Visit
from hirewire.console.errors import NoSuchPage
from hirewire.conversations.access import CANDIDATE, reader_of
from hirewire.conversations.errors import (
    BadMessageText,
    IdempotencyKeyReused,
    NoSuchConversation,
    NoSuchMessage,
    NotYourMessage,
)
from hirewire.conversations.model import (
    Conversation,
    Draft,
    Mark,
    Message,
    MessagePage,
    Participant,
    ParticipantRole,
    Side,
)
from hirewire.conversations.pages.assets import SCRIPT, TYPING
from hirewire.conversations.pages.bubbles import bubbles, newest_of, older_than
from hirewire.conversations.pages.live import PageReader
from hirewire.conversations.pages.written import Written, typed
from hirewire.conversations.windows import Window
from hirewire.realtime.typing import PARTICIPANT
from hirewire.runtime.db import Reader
from hirewire.web.pages import is_looked_at
from hirewire.web.pages.scripts import LIVE
from hirewire.web.streams.reading import Reading

_LAST: Final = 50
_NO_CONTENT: Final = 204


def address(conversation: Conversation) -> str:
    """Return where a thread's page is."""
    return f"{CONVERSATIONS}/{conversation.id}"


async def show_thread(visit: Visit) -> Response:
    """Show the thread; to look at its end is to have read it."""
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
        edited = visit.query("edit")
        written = await _to_edit(visit, reader, found, edited) if edited else Written()
    return await _show(visit, found, written)


async def write(visit: Visit) -> Response:
    """
    Send a message, or say anew what one says.

    Where that is refused, the page stays here; what keeps it live asks for it again.
    """
    if not visit.is_sent:
        return await show_thread(visit)
    conversations, form = visit.desk.conversations, visit.form
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
    text, edited, once = typed(form), form.one("message"), form.one("once")
    try:
        async with visit.desk.db.unit() as uow:
            if edited:
                await conversations.edit(uow, found.caller, _id(edited), text)
            else:
                draft = Draft(text=text, idempotency_key=once or None)
                await conversations.send(uow, found.caller, found.conversation.id, draft)
    except (BadMessageText, IdempotencyKeyReused) as refusal:
        written = Written.refused(refusal, text=text, edited=edited, once=once)
        return await _show(visit, found, written)
    except (NoSuchConversation, NoSuchMessage, NotYourMessage):
        raise NoSuchPage from None
    visit.desk.typing.wrote(found.conversation.id, reader_of(found.caller))
    return visit.go(address(found.conversation))


async def indicate_typing(visit: Visit) -> Response:
    """Let those who listen know that the visitor types; what they write stays theirs."""
    if not visit.is_sent:
        return visit.go(_here(visit))
    try:
        async with visit.desk.db.read() as reader:
            await visit.desk.typing.indicate(reader, caller(visit), visit.id("conversation"))
    except NoSuchConversation:
        raise NoSuchPage from None
    return Response(status_code=_NO_CONTENT, headers={"cache-control": "no-store"})


async def delete(visit: Visit) -> Response:
    """Take a message back."""
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
    if visit.is_sent:
        try:
            async with visit.desk.db.unit() as uow:
                message_id = _id(visit.form.one("message"))
                await visit.desk.conversations.delete(uow, found.caller, message_id)
        except (NoSuchMessage, NotYourMessage):
            raise NoSuchPage from None
    return visit.go(address(found.conversation))


async def add_person(visit: Visit) -> Response:
    """Have one of the employer's people take part, or an owner where that is ticked."""
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
    if visit.is_sent:
        is_owner = visit.form.one("role") == ParticipantRole.OWNER.value
        async with visit.desk.db.unit() as uow:
            await visit.desk.conversations.add_participant(
                uow,
                found.caller,
                found.conversation.id,
                email=visit.form.one("email"),
                role=ParticipantRole.OWNER if is_owner else None,
            )
    return visit.go(f"{address(found.conversation)}#people")


async def remove_person(visit: Visit) -> Response:
    """Have somebody take part no more."""
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
    if visit.is_sent:
        async with visit.desk.db.unit() as uow:
            await visit.desk.conversations.remove_participant(
                uow, found.caller, found.conversation.id, _id(visit.form.one("person"))
            )
    return visit.go(f"{address(found.conversation)}#people")


async def replace_link(visit: Visit) -> Response:
    """Let the candidate in no more by the links that they have: the next mail has another."""
    if not visit.is_sent:
        return visit.go(_here(visit))
    async with visit.desk.db.unit() as uow:
        conversation = (await seen(visit, uow)).conversation
        await visit.desk.conversations.candidates.rotate_links(uow, conversation.id)
    return visit.go(f"{address(conversation)}#candidate")


async def hear_thread(visit: Visit, reading: Reading) -> ASGIApp:
    """Open the stream of the thread."""
    async with visit.desk.db.read() as reader:
        found = await seen(visit, reader)
    path = f"{CONVERSATIONS}/{{conversation}}/events"
    return await visit.desk.live.of_thread(
        visit.request,
        PageReader(path=path, session=visit.session),
        found.conversation,
        reading=reading,
    )


async def _to_edit(visit: Visit, reader: Reader, found: Seen, id: str) -> Written:
    """Put what a message of theirs says into the form; nothing, where there is none."""
    message = await visit.desk.conversations.message(reader, found.conversation, _id(id))
    if message is None or message.is_deleted or not _is_own(visit, message):
        return Written()
    return Written(text=message.text or "", edited=id)


async def _show(visit: Visit, found: Seen, written: Written) -> Response:
    desk, conversation = visit.desk, found.conversation
    before = visit.query("before") or None
    async with desk.db.read() as reader:
        marks = await desk.conversations.marks(reader, [conversation])
    if before is None and _has_news(found, marks) and is_looked_at(visit.request):
        async with desk.db.unit() as uow:
            await desk.conversations.mark_read(uow, found.caller, conversation.id)
    async with desk.db.read() as reader:
        conversation = (await seen(visit, reader)).conversation
        window = Window(last=_LAST, before=before)
        page = await desk.conversations.messages(reader, conversation, window)
        people = await desk.conversations.participants(reader, [conversation], marks)
        taking_part = people[conversation.id]
        others = await _others(visit, reader, conversation, taking_part)
        member = await desk.accounts.membership(
            reader, visit.person.id, conversation.employer_id
        )
    is_admin = member is not None and member.role is Role.ADMIN
    here = address(conversation)
    return visit.show(
        "conversations/show",
        status=written.status,
        headers=LIVE,
        script=SCRIPT,
        typing=TYPING,
        here=here,
        conversation=conversation,
        employer=found.employer,
        bubbles=bubbles(page, ours=Side.EMPLOYER, is_own=lambda each: _is_own(visit, each)),
        newest=newest_of(page),
        seen=_last_read(page, marks.get((conversation.id, CANDIDATE))),
        older=older_than(page),
        is_live=before is None,
        written=written,
        once=written.once or visit.draw_once(),
        people=taking_part,
        others=others,
        me=visit.person.id,
        my_id=desk.node_ids.mint(PARTICIPANT, visit.person.id),
        manages=is_admin or _owns(visit, taking_part),
    )


async def _others(
    visit: Visit, reader: Reader, conversation: Conversation, known: Sequence[Participant]
) -> list[Person]:
    """List the employer's people who could take part, and do not."""
    accounts, there = visit.desk.accounts, {each.person_id for each in known}
    members = await accounts.members(reader, conversation.employer_id)
    people = await accounts.people_by_id(reader, [each.person_id for each in members])
    able = (each for each in people.values() if each.verified_email and each.id not in there)
    return sorted(able, key=lambda each: (each.name.casefold(), each.id))


def _has_news(found: Seen, marks: dict[tuple[UUID, str], Mark]) -> bool:
    """Whether there is something that the reader was not known to have read."""
    mark = marks.get((found.conversation.id, reader_of(found.caller)))
    return found.conversation.message_count > (0 if mark is None else mark.position)


def _last_read(page: MessagePage, mark: Mark | None) -> str:
    """Name the employer's last message that the candidate has read."""
    if mark is None:
        return ""
    read = [
        each
        for each in page.messages
        if each.sender.side is Side.EMPLOYER and each.position <= mark.position
    ]
    return str(read[-1].id) if read and not read[-1].is_deleted else ""


def _owns(visit: Visit, people: Sequence[Participant]) -> bool:
    return any(
        each.person_id == visit.person.id and each.role is ParticipantRole.OWNER
        for each in people
    )


def _is_own(visit: Visit, message: Message) -> bool:
    return message.is_by(visit.person.id, "")


def _here(visit: Visit) -> str:
    return f"{CONVERSATIONS}/{visit.id('conversation')}"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchPage from None
