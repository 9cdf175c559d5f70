"""Who may see and change which interviews."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hirewire.accounts.model import Role
from hirewire.accounts.service import Accounts
from hirewire.interviews.errors import EmployerLost, RoleMayNot
from hirewire.interviews.model import Interview
from hirewire.kit.caller import Caller, NoEmployer
from hirewire.runtime.db.database import Reader

SCOPE: Final = "interviews.schedule"
READERS: Final = frozenset({Role.ADMIN, Role.RECRUITER, Role.VIEWER})
"""The members who see every interview of their employer."""
WRITERS: Final = frozenset({Role.ADMIN, Role.RECRUITER})
"""Those of them who schedule and change interviews, and have the interviewee's link."""


def check_caller(caller: Caller) -> None:
    """See that the caller may look for interviews at all."""
    caller.needs(SCOPE)
    if caller.employer_id is None and caller.person_id is None:
        raise NoEmployer


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What somebody is to interviews at the moment of a call.

    They have *role* at *employer_id*, and interview in those that *email* is invited to. An app
    for itself has a recruiter's.
    """

    employer_id: UUID | None
    role: Role | None
    email: str | None = None

    def may_read(self, interview: Interview) -> bool:
        """Tell whether they see an interview."""
        return self._is(READERS, interview) or self._holds(interview)

    def may_change(self, interview: Interview) -> bool:
        """Tell whether they change an interview."""
        return self._is(WRITERS, interview) or self._holds(interview)

    def shown(self, interview: Interview) -> Interview:
        """Return an interview that they may read with no more in it than they may know."""
        return interview if self.may_change(interview) else interview.without_interviewee_link()

    def _is(self, roles: Collection[Role], interview: Interview) -> bool:
        return self.role in roles and interview.employer_id == self.employer_id

    def _holds(self, interview: Interview) -> bool:
        return self.email is not None and interview.is_interviewed_by(self.email)


@dataclass(frozen=True, slots=True)
class Access:
    """
    Asks the accounts, at the moment of each call.

    Of an app for itself nothing is asked: who owns an app, and whose subaccount an employer is,
    never changes, and was asked when the token was issued.
    """

    accounts: Accounts

    async def employer(
        self, reader: Reader, caller: Caller, roles: Collection[Role]
    ) -> Standing:
        """
        Find out what *caller* is to the employer that they represent.

        Raises:
            MissingScope, NoEmployer: the token does not say so.
            EmployerLost: the person acts for it no more.
            RoleMayNot: the person does, in none of *roles*.
        """
        employer_id = caller.employer(SCOPE)
        role = await self._role(reader, caller, employer_id)
        if role is None:
            raise EmployerLost
        if role not in roles:
            raise RoleMayNot(role=role)
        email = None if role in WRITERS else await self._email(reader, caller)
        return Standing(employer_id=employer_id, role=role, email=email)

    async def to(
        self, reader: Reader, caller: Caller, interviews: Collection[Interview]
    ) -> Standing:
        """Find out what *caller* is to *interviews*, in as few looks as tell."""
        employer_id = caller.employer_id
        mine = [each.employer_id == employer_id for each in interviews]
        role = None
        if employer_id is not None and any(mine):
            role = await self._role(reader, caller, employer_id)
        is_told = role in WRITERS and all(mine)
        email = None if is_told else await self._email(reader, caller)
        return Standing(employer_id=employer_id, role=role, email=email)

    async def _role(self, reader: Reader, caller: Caller, employer_id: UUID) -> Role | None:
        if caller.person_id is None:
            return Role.RECRUITER
        found = await self.accounts.membership(reader, caller.person_id, employer_id)
        return None if found is None else found.role

    async def _email(self, reader: Reader, caller: Caller) -> str | None:
        """Return the address that the caller interviews under."""
        if caller.person_id is None:
            return None
        person = await self.accounts.person(reader, caller.person_id)
        return None if person is None else person.verified_email
