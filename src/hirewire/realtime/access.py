"""Who may hear what: the employers of a caller, and the web pages that an app trusts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller
from hirewire.realtime.errors import EmployerLost, UntrustedOrigin
from hirewire.realtime.model import LONGEST_ECHO
from hirewire.runtime.db import Reader

SCOPE: Final = "conversations.read"


async def employers_heard(reader: Reader, accounts: Accounts, caller: Caller) -> Sequence[UUID]:
    """
    Find the employers whose threads *caller* may see at this moment.

    A token hears the employer that it represents; a person's token without one hears all of
    theirs, which may be none yet.

    Raises:
        MissingScope: the token was not granted the scope.
        NoEmployer: an app's token represents no employer, so there is nothing to hear, ever.
        EmployerLost: the person or the app acts for the employer no more.
    """
    caller.needs(SCOPE)
    if caller.person_id is not None and caller.employer_id is None:
        mine = await accounts.employers_of_person(reader, caller.person_id)
        return [employer.id for employer in mine]
    employer_id = caller.employer(SCOPE)
    if not await _still_acts_for(reader, accounts, caller, employer_id):
        raise EmployerLost
    return [employer_id]


async def trust_origin(reader: Reader, accounts: Accounts, caller: Caller, origin: str) -> None:
    """
    Insist that the calling app trusts the web domain *origin*.

    Raises:
        UntrustedOrigin: it does not.
    """
    app = await accounts.apps.find(reader, caller.app_id)
    if app is None or origin not in app.trusted_domains:
        raise UntrustedOrigin(origin=origin[:LONGEST_ECHO])


async def _still_acts_for(
    reader: Reader, accounts: Accounts, caller: Caller, employer_id: UUID
) -> bool:
    if caller.person_id is not None:
        return await accounts.membership(reader, caller.person_id, employer_id) is not None
    app = await accounts.apps.find(reader, caller.app_id)
    return app is not None and await accounts.may_represent(reader, app, employer_id)
