"""The list of threads: the newest activity first, with what nobody has read yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.types import ASGIApp

from hirewire.accounts.model import Employer
from hirewire.console.conversations.access import caller, employers
from hirewire.console.desk import CONVERSATIONS, Visit
from hirewire.console.errors import NotOffered
from hirewire.conversations.inbox.model import ConversationPage, Filter, Search
from hirewire.conversations.pages.assets import SCRIPT
from hirewire.conversations.pages.live import PageReader
from hirewire.web.pages.scripts import LIVE
from hirewire.web.streams.reading import Reading

_SIZE: Final = 20
_UNREAD: Final = "unread"
_SHOWN: Final = (("", "All"), (_UNREAD, "With unread messages"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Which list is asked for."""

    employer: Employer | None
    show: str
    posting: str
    after: str

    @classmethod
    def by(cls, visit: Visit, known: Sequence[Employer]) -> "_Asked":
        """
        Read it.

        Raises:
            NotOffered: it names what the page does not offer.
        """
        asked, show = visit.query("employer"), visit.query("show")
        employer = next((each for each in known if each.id.hex == asked), None)
        if (asked and employer is None) or show not in {"", _UNREAD}:
            raise NotOffered
        return cls(
            employer=employer,
            show=show,
            posting=visit.query("posting").strip(),
            after=visit.query("after"),
        )

    @property
    def search(self) -> Search:
        where = Filter(unread_only=self.show == _UNREAD, posting_id=self.posting or None)
        return Search(first=_SIZE, after=self.after or None, where=where)

    def address(self, after: str = "") -> str:
        """Return where a page of this list is."""
        query = {
            "employer": self.employer.id.hex if self.employer else "",
            "show": self.show,
            "posting": self.posting,
            "after": after,
        }
        said = {name: text for name, text in query.items() if text}
        return f"{CONVERSATIONS}?{urlencode(said)}" if said else CONVERSATIONS


async def show_list(visit: Visit) -> Response:
    """Show a page of the list."""
    async with visit.desk.db.read() as reader:
        known = await employers(visit, reader)
        if not known:
            return visit.show("conversations/none")
        asked = _Asked.by(visit, known)
        who = caller(visit, asked.employer.id if asked.employer else None)
        page = await visit.desk.conversations.find(reader, who, asked.search)
    unread = sum(each.unread for each in page.listed)
    return visit.show(
        "conversations/list",
        headers=LIVE,
        script=SCRIPT,
        title=f"({unread}) Conversations" if unread else "Conversations",
        listed=page.listed,
        names={each.id: each.name for each in known} if len(known) > 1 else {},
        **_frame(asked, known, page),
    )


async def hear_all(visit: Visit, reading: Reading) -> ASGIApp:
    """Open the stream of all threads that the visitor sees."""
    async with visit.desk.db.read() as reader:
        known = await employers(visit, reader)
    return await visit.desk.live.of_employers(
        visit.request,
        PageReader(path=f"{CONVERSATIONS}/events", session=visit.session),
        tuple(each.id for each in known),
        reading=reading,
    )


def _frame(asked: _Asked, known: Sequence[Employer], page: ConversationPage) -> dict[str, Any]:
    """Return what stands around the list: its filters, and the way to its other pages."""
    last = str(page.listed[-1].conversation.cursor) if page.has_next else ""
    return {
        "employer": asked.employer.id.hex if asked.employer else "",
        "employers": [("", "All"), *((each.id.hex, each.name) for each in known)],
        "show": asked.show,
        "shown": _SHOWN,
        "posting": asked.posting,
        "is_filtered": bool(asked.show or asked.posting),
        "first": asked.address() if asked.after else "",
        "more": asked.address(last) if last else "",
    }
