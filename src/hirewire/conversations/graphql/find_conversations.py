"""The `conversations` query."""

from dataclasses import dataclass

from msgspec import Struct

from hirewire.conversations.graphql.message import PageInfo
from hirewire.conversations.graphql.view import ConversationView, View
from hirewire.conversations.inbox.model import DEFAULT_PAGE, ConversationPage, Filter, Search
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


class ConversationsFilterInput(Struct, rename="camel"):
    """Which threads are meant."""

    unread_only: bool | None = None
    posting_id: str | None = None
    candidate_email: str | None = None

    def filter(self) -> Filter:
        """Say it in the words of the service."""
        return Filter(
            unread_only=bool(self.unread_only),
            posting_id=self.posting_id,
            candidate_email=self.candidate_email,
        )


@dataclass(frozen=True, slots=True)
class ConversationsConnection:
    """A page of threads."""

    conversations: list[ConversationView]
    page_info: PageInfo


async def conversations(
    ctx: Context,
    first: int | None = None,
    after: str | None = None,
    filter: ConversationsFilterInput | None = None,
) -> ConversationsConnection:
    """List threads, the newest activity first."""
    search = Search(
        first=DEFAULT_PAGE if first is None else first,
        after=after,
        where=Filter() if filter is None else filter.filter(),
    )
    page = await ctx.part(Conversations).find(ctx.reader, ctx.caller, search)
    view = View([each.conversation for each in page.listed])
    return ConversationsConnection(
        conversations=[
            ConversationView(each.conversation, view, each.unread) for each in page.listed
        ],
        page_info=_page_info(page),
    )


def _page_info(page: ConversationPage) -> PageInfo:
    cursors = [str(each.conversation.cursor) for each in page.listed]
    return PageInfo(
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
    )
