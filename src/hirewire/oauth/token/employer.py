"""Which employer a token represents, if any."""

import re
from typing import Final
from uuid import UUID

from hirewire.oauth.errors import InvalidRequest
from hirewire.oauth.token.exchange import Exchange

_EMPLOYER_ID: Final = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)


async def choose_the_employer(x: Exchange) -> None:
    """
    Take the `employer` parameter, which is what makes the token an employer's.

    An employer that does not exist and one that is another's are refused alike.
    """
    given = x.parameters.get("employer")
    if given is None:
        return
    if not _EMPLOYER_ID.fullmatch(given):
        raise InvalidRequest(
            reason="The employer parameter is not an employer ID: send 32 hexadecimal digits, "
            "not a legacy advertiser ID."
        )
    employer_id = UUID(given)
    if not await x.accounts.may_represent(x.reader, x.app, employer_id):
        raise InvalidRequest(
            reason="The employer parameter names no employer that this app may represent."
        )
    x.employer_id = employer_id
