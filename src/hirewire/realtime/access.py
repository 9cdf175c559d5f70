"""Who may hear what: the employers of a caller, and the web pages that an app trusts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller
from hirewire.realtime.errors import AppSwitchedOff, EmployerLost
from hirewire.runtime.db import Reader
from hirewire.web.origins import UntrustedOrigin

SCOPE: Final = "conversations.read"


async def employers_heard(reader: Reader, accounts: Accounts, caller: Caller) -> Sequence[UUID]:
    """
    Find the employers whose threads *caller* may see at this moment.

    A token hears the employer that it represents; a person's token without one hears all of
    theirs, which may be none yet.

    Raises:
        MissingScope: the token was not granted the scope.
        AppSwitchedOff: its app is gone, or can get no tokens any more.
        NoEmployer: an app's token represents no employer, so there is nothing to hear, ever.
        EmployerLost: the person or the app acts for the employer no more.
    """
    caller.needs(SCOPE)
    app = await accounts.apps.at_work(reader, caller.app_id)
    if app is None:
        raise AppSwitchedOff
    if caller.person_id is not None and caller.employer_id is None:
        mine = await accounts.employers_of_person(reader, caller.person_id)
        return [employer.id for employer in mine]
    employer_id = caller.employer(SCOPE)
    if caller.person_id is None:
        may_hear = await accounts.may_represent(reader, app, employer_id)
    else:
        membership = await accounts.membership(reader, caller.person_id, employer_id)
        may_hear = membership is not None
    if not may_hear:
        raise EmployerLost
    return [employer_id]


async def trust_origin(reader: Reader, accounts: Accounts, caller: Caller, origin: str) -> None:
    """
    Insist that the calling app trusts the web domain *origin*.

    Raises:
        UntrustedOrigin: it does not.
    """
    if not await accounts.apps.trusts(reader, caller.app_id, origin):
        raise UntrustedOrigin(origin)
