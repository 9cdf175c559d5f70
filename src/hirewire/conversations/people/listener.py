"""From the log to the threads: who leaves an employer takes part in none of its threads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, cast
from uuid import UUID

from hirewire.accounts.facts import MemberLeft
from hirewire.accounts.service import Accounts
from hirewire.conversations.facts import ParticipantAdded, ParticipantRemoved
from hirewire.conversations.people import store
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import UnitOfWork
from hirewire.runtime.log import DurableListener

KINDS: Final = frozenset({MemberLeft.kind, ParticipantAdded.kind})

_ANY_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)


class OfMember(Protocol):
    """What a fact of those kinds tells."""

    @property
    def employer_id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Leavers:
    """
    Removes participants who are members no more.

    Who joins a thread while they leave the employer is missed by one of the two, and found by
    the other: each fact is looked at once what it tells of has committed. Who has come back to
    the employer since keeps what they have joined since; of who has not, nothing is kept, even
    if it was noted by a clock ahead of the one that noted their leaving.
    """

    accounts: Accounts

    async def handle(self, uow: UnitOfWork, recorded: Recorded) -> None:
        """Look whether somebody still is a member, if a fact makes that doubtful."""
        fact = cast(OfMember, recorded.fact)
        member = await self.accounts.membership(uow, fact.person_id, fact.employer_id)
        if member is not None and recorded.fact.kind == ParticipantAdded.kind:
            return
        upto = _ANY_TIME if member is None else recorded.at
        left = await store.remove_from_all(uow, fact.person_id, fact.employer_id, upto=upto)
        for conversation_id in left:
            uow.tell(
                ParticipantRemoved(
                    employer_id=fact.employer_id,
                    conversation_id=conversation_id,
                    person_id=fact.person_id,
                    at=uow.now,
                )
            )


def leavers_listener(accounts: Accounts) -> DurableListener:
    """Make the listener; its name is its cursor's, for good."""
    return DurableListener(
        name="conversation-participants", kinds=KINDS, handle=Leavers(accounts).handle
    )
