"""`/v2/api/appinfo`: which employers a token may be asked for (contract 5, seed 001)."""

from typing import Final

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller
from hirewire.oauth.userinfo import spell_employers
from hirewire.runtime.db.database import Reader

PATH: Final = "/v2/api/appinfo"

_EMPLOYER_ACCESS: Final = "employer_access"


async def describe_app(reader: Reader, accounts: Accounts, caller: Caller) -> dict[str, object]:
    """
    List the employers that the app may represent by itself; with a person's token, theirs.

    Raises:
        MissingScope: a person did not let the app know their employers.
    """
    if caller.person_id is not None:
        caller.needs(_EMPLOYER_ACCESS)
        employers = await accounts.employers_of_person(reader, caller.person_id)
    else:
        app = await accounts.apps.find(reader, caller.app_id)
        employers = [] if app is None else await accounts.employers_of_app(reader, app)
    return {"employers": spell_employers(employers)}
