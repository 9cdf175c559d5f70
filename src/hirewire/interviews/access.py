"""Who may see and change which interviews."""

from typing import Final

from hirewire.accounts.model import Role
from hirewire.interviews.model import Interview
from hirewire.kit.caller import Caller, NoEmployer

SCOPE: Final = "interviews.schedule"
READERS: Final = frozenset({Role.ADMIN, Role.RECRUITER, Role.VIEWER})
"""The members who see every interview of their employer."""


def check_caller(caller: Caller) -> None:
    """See that the caller may look for interviews at all."""
    caller.needs(SCOPE)
    if caller.employer_id is None and caller.person_id is None:
        raise NoEmployer


def may(caller: Caller, address: str | None, interview: Interview) -> bool:
    """Tell whether the caller, who interviews under *address*, reads and changes it."""
    if interview.employer_id == caller.employer_id:
        return True
    return address is not None and interview.is_interviewed_by(address)
