"""Keeping the index of who interviews in what: not on the way of those who schedule."""

from typing import Final

from hirewire.accounts.addresses import email_key
from hirewire.interviews import store
from hirewire.interviews.facts import InterviewersAdded, InterviewScheduled
from hirewire.interviews.holding.store import add
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import UnitOfWork
from hirewire.runtime.log import DurableListener

NAME: Final = "holders"
KINDS: Final = frozenset({InterviewScheduled.kind, InterviewersAdded.kind})


def holders_listener() -> DurableListener:
    """Make the listener; its name is its cursor's, for good."""
    return DurableListener(name=NAME, kinds=KINDS, handle=_note)


async def _note(uow: UnitOfWork, recorded: Recorded) -> None:
    """Note everybody who interviews by now; nobody is ever removed."""
    fact = recorded.fact
    if not isinstance(fact, InterviewScheduled | InterviewersAdded):
        return
    found = await store.by_ids(uow, (fact.interview_id,))
    if interview := found.get(fact.interview_id):
        keys = [email_key(each.email) for each in interview.interviewers]
        await add(uow, interview.id, keys)
