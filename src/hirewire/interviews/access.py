"""Who may see and change which interviews."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hirewire.accounts.model import Role
from hirewire.accounts.service import Accounts
from hirewire.interviews.errors import EmployerLost
from hirewire.interviews.model import Interview
from hirewire.kit.caller import Caller, NoEmployer
from hirewire.runtime.db.database import Reader

SCOPE: Final = "interviews.schedule"
READERS: Final = frozenset({Role.ADMIN, Role.RECRUITER, Role.VIEWER})
"""The members who see every interview of their employer."""


def check_caller(caller: Caller) -> None:
    """See that the caller may look for interviews at all."""
    caller.needs(SCOPE)
    if caller.employer_id is None and caller.person_id is None:
        raise NoEmployer


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What somebody is to interviews at the moment of a call.

    They act for *employer_id*, and interview in those that *email* is invited to.
    """

    employer_id: UUID | None = None
    email: str | None = None

    def may(self, interview: Interview) -> bool:
        """Tell whether they read and change an interview."""
        if self.employer_id == interview.employer_id:
            return True
        return self.email is not None and interview.is_interviewed_by(self.email)


@dataclass(frozen=True, slots=True)
class Access:
    """
    Asks the accounts, at the moment of each call.

    Of an app for itself nothing is asked: who owns an app, and whose subaccount an employer is,
    never changes, and was asked when the token was issued.
    """

    accounts: Accounts

    async def employer(self, reader: Reader, caller: Caller) -> UUID:
        """
        Find the employer that *caller* schedules for, and lists.

        Raises:
            MissingScope, NoEmployer: the token does not say so.
            EmployerLost: the person acts for it no more.
        """
        employer_id = caller.employer(SCOPE)
        if not await self._acts(reader, caller, employer_id):
            raise EmployerLost
        return employer_id

    async def to(
        self, reader: Reader, caller: Caller, interviews: Collection[Interview]
    ) -> Standing:
        """Find out what *caller* is to *interviews*, in as few looks as tell."""
        mine = [each.employer_id == caller.employer_id for each in interviews]
        employer_id = caller.employer_id if any(mine) else None
        if employer_id is not None and not await self._acts(reader, caller, employer_id):
            employer_id = None
        if employer_id is not None and all(mine):
            return Standing(employer_id=employer_id)
        return Standing(employer_id=employer_id, email=await self._email(reader, caller))

    async def _acts(self, reader: Reader, caller: Caller, employer_id: UUID) -> bool:
        if caller.person_id is None:
            return True
        found = await self.accounts.membership(reader, caller.person_id, employer_id)
        return found is not None

    async def _email(self, reader: Reader, caller: Caller) -> str | None:
        """Return the address that the caller interviews under."""
        if caller.person_id is None:
            return None
        person = await self.accounts.person(reader, caller.person_id)
        return None if person is None else person.verified_email
