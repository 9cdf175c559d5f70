"""Who may see which threads, and by what name they speak there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hirewire.accounts.model import App, Person
from hirewire.accounts.service import Accounts
from hirewire.conversations.errors import EmployerLost
from hirewire.conversations.model import Sender, Side
from hirewire.kit.caller import Caller, NoEmployer, Unauthenticated
from hirewire.runtime.db import Reader

READ: Final = "conversations.read"
WRITE: Final = "conversations"
CANDIDATE: Final = "candidate"
"""The reader that the candidate of a thread is."""


def reader_of(caller: Caller) -> str:
    """Name whose marks count for *caller*: the person's, or those of an app for itself."""
    if caller.person_id is None:
        return f"app:{caller.app_id}"
    return reader_of_person(caller.person_id)


def reader_of_person(person_id: UUID) -> str:
    """Name the reader that a person is."""
    return f"person:{person_id.hex}"


@dataclass(frozen=True, slots=True)
class Access:
    """Asks the accounts, at the moment of each call."""

    accounts: Accounts

    async def may_see(self, reader: Reader, caller: Caller, employer_id: UUID) -> bool:
        """
        Tell whether *caller* sees an employer's threads.

        A token sees the employer that it represents; a person's, as long as they act for it;
        and a person's without one, all of theirs.
        """
        if caller.person_id is None or caller.employer_id not in {None, employer_id}:
            return caller.employer_id == employer_id
        member = await self.accounts.membership(reader, caller.person_id, employer_id)
        return member is not None

    async def employer(self, reader: Reader, caller: Caller) -> UUID:
        """
        Find the employer that *caller* writes for.

        Raises:
            MissingScope, NoEmployer: the token does not say so.
            EmployerLost: the person acts for it no more.
        """
        employer_id = caller.employer(WRITE)
        if not await self.may_see(reader, caller, employer_id):
            raise EmployerLost
        return employer_id

    async def employers(self, reader: Reader, caller: Caller) -> Sequence[UUID]:
        """
        List the employers whose threads *caller* sees.

        Raises:
            NoEmployer: an app represents none.
            EmployerLost: the person acts no more for the one that the token names.
        """
        if caller.person_id is not None and caller.employer_id is None:
            mine = await self.accounts.employers_of_person(reader, caller.person_id)
            return [each.id for each in mine]
        if caller.employer_id is None:
            raise NoEmployer
        if not await self.may_see(reader, caller, caller.employer_id):
            raise EmployerLost
        return [caller.employer_id]

    async def sender(self, reader: Reader, caller: Caller) -> Sender:
        """
        Find out by what name *caller* speaks for the employer.

        Raises:
            Unauthenticated: they are gone, and their token outlived them.
        """
        found: App | Person | None
        if caller.person_id is None:
            found = await self.accounts.apps.find(reader, caller.app_id)
        else:
            found = await self.accounts.person(reader, caller.person_id)
        if found is None:
            raise Unauthenticated(reason="The owner of the access token does not exist.")
        return Sender(
            side=Side.EMPLOYER,
            name=found.name,
            person_id=caller.person_id,
            app_id=caller.app_id,
        )
