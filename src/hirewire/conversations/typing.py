"""Typing: that somebody is writing in a thread is passed on as it happens, and never kept."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hirewire.conversations.access import CANDIDATE, reader_of
from hirewire.conversations.model import Conversation, Sender, Side
from hirewire.conversations.service import Conversations
from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.runtime.db import Reader

AGAIN_AFTER_S: Final = 3.0
MOST_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Somebody types: *person_id* is who, where that is one of the employer's people."""

    employer_id: UUID
    conversation_id: UUID
    side: Side
    name: str
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """
    Lets those say that they type who may write; *tell* passes it on, and nothing is written.

    What the same one says again in the same thread within `AGAIN_AFTER_S` is accepted, and told
    to nobody, unless they have sent what they typed. That is known of the latest *most_known*
    alone, and in this process: who is forgotten is told of once more, which does no harm.
    """

    conversations: Conversations
    clock: Clock
    tell: Callable[[Signal], object]
    most_known: int = MOST_KNOWN
    _told_at_s: OrderedDict[tuple[UUID, str], float] = field(
        default_factory=OrderedDict, init=False, repr=False
    )

    async def indicate(
        self, reader: Reader, caller: Caller, conversation_id: UUID
    ) -> Conversation:
        """
        Say that one of the employer's people, or an app for itself, types.

        Raises:
            MissingScope, NoSuchConversation, Unauthenticated: the caller may not write there.
        """
        conversation, sender = await self.conversations.to_write_in(
            reader, caller, conversation_id
        )
        self._say(conversation, sender, reader_of(caller))
        return conversation

    async def indicate_by_link(self, reader: Reader, token: str) -> None:
        """
        Say that the candidate types.

        Raises:
            NoSuchConversation: the link leads nowhere.
        """
        conversation = await self.conversations.candidates.read(reader, token)
        sender = Sender(side=Side.CANDIDATE, name=conversation.candidate.name)
        self._say(conversation, sender, CANDIDATE)

    def wrote(self, conversation_id: UUID, who: str) -> None:
        """Note that *who* sent what they typed: if they type on, that is told at once."""
        self._told_at_s.pop((conversation_id, who), None)

    def start_over(self) -> None:
        """Forget who was told of: their world is no more."""
        self._told_at_s.clear()

    def _say(self, conversation: Conversation, sender: Sender, who: str) -> None:
        if not self._is_due((conversation.id, who)):
            return
        self.tell(
            Signal(
                employer_id=conversation.employer_id,
                conversation_id=conversation.id,
                side=sender.side,
                name=sender.name,
                person_id=sender.person_id,
            )
        )

    def _is_due(self, whose: tuple[UUID, str]) -> bool:
        """Whether somebody is to be told of again; they are in the order of their last time."""
        told_at_s, now_s = self._told_at_s, self.clock.monotonic()
        if now_s < told_at_s.get(whose, -AGAIN_AFTER_S) + AGAIN_AFTER_S:
            return False
        told_at_s[whose] = now_s
        told_at_s.move_to_end(whose)
        if len(told_at_s) > self.most_known:
            told_at_s.popitem(last=False)
        return True
