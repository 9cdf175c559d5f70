"""Which employer a token represents, if any."""

import re
from typing import Final
from uuid import UUID

from hirewire.oauth.errors import InvalidRequest
from hirewire.oauth.grants.model import Family
from hirewire.oauth.scopes import EMPLOYER_ACCESS
from hirewire.oauth.token.exchange import Exchange

_EMPLOYER_ID: Final = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)


async def choose_the_employer(x: Exchange) -> None:
    """
    Take the `employer` parameter, which is what makes the token an employer's.

    A person's token represents, without the parameter, the employer that was picked, or the
    one that was represented before. An employer that does not exist and one that is another's
    are refused alike.
    """
    given = x.parameters.get("employer")
    asked = None if given is None else _employer_id(given)
    if x.family is not None:
        await _choose_for_person(x, x.family, asked)
    elif asked is not None:
        await _choose_for_app(x, asked)


async def _choose_for_app(x: Exchange, asked: UUID) -> None:
    if not await x.doors.accounts.may_represent(x.uow, x.app, asked):
        raise InvalidRequest(
            reason="The employer parameter names no employer that this app may represent."
        )
    x.employer_id = asked


async def _choose_for_person(x: Exchange, family: Family, asked: UUID | None) -> None:
    """
    Any of the person's employers with `employer_access`, otherwise the picked one alone.

    Their place in it is looked up each time, and whether the app may still have the scope:
    both may have ended since.
    """
    employer_id = asked or family.employer_id
    if employer_id is None:
        return
    is_theirs = await x.doors.accounts.membership(x.uow, family.person_id, employer_id)
    is_any = EMPLOYER_ACCESS in family.scopes & x.app.scopes
    is_open = is_any or employer_id == family.picked_employer_id
    if is_theirs is None or not is_open:
        raise InvalidRequest(
            reason="The employer parameter names no employer that this app may represent "
            "for this person."
        )
    x.employer_id = employer_id
    await x.doors.grants.represent(x.uow, family, employer_id)


def _employer_id(given: str) -> UUID:
    if not _EMPLOYER_ID.fullmatch(given):
        raise InvalidRequest(
            reason="The employer parameter is not an employer ID: send 32 hexadecimal digits, "
            "not a legacy advertiser ID."
        )
    return UUID(given)
