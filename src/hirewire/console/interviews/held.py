"""The list of what somebody interviews in, for whichever employer: coming or past."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from hirewire.console.desk import INTERVIEWS, Visit
from hirewire.console.errors import NotOffered
from hirewire.console.interviews.calendar import COMING, PAST, SIZE
from hirewire.console.interviews.times import When
from hirewire.console.interviews.words import MEDIA, STATUSES
from hirewire.interviews.holding.store import Held
from hirewire.interviews.model import Interview
from hirewire.runtime.db import Reader

HELD: Final = f"{INTERVIEWS}/held"

_TABS: Final = ((COMING, "Coming"), (PAST, "Past"))


async def show_held(visit: Visit) -> Response:
    """Show a page of what the visitor interviews in, by their confirmed address."""
    when = visit.query("when") or COMING
    if when not in {COMING, PAST}:
        raise NotOffered
    desk, now = visit.desk, visit.desk.clock.now()
    async with desk.db.read() as reader:
        after = await _after(visit, reader)
        asked = Held(now=now, is_past=when == PAST, after=after, size=SIZE + 1)
        found = await desk.interviews.held(reader, visit.person, asked)
        ids = {each.employer_id for each in found}
        employers = await desk.accounts.employers_by_id(reader, ids)
    shown = found[:SIZE]
    return visit.show(
        "interviews/held",
        interviews=[
            (each, When.of(each), *STATUSES[each.status(now)], employers[each.employer_id])
            for each in shown
        ],
        media=MEDIA,
        when=when,
        tabs=[(_address(name), label, name == when) for name, label in _TABS],
        first=_address(when) if after else "",
        more=_address(when, shown[-1]) if len(found) > SIZE else "",
        is_confirmed=visit.person.verified_email is not None,
    )


def _address(when: str, after: Interview | None = None) -> str:
    query = {"when": when} | ({} if after is None else {"after": after.id.hex})
    return f"{HELD}?{urlencode(query)}"


async def _after(visit: Visit, reader: Reader) -> Interview | None:
    """Find the interview that the page follows; only one of theirs is a place in the list."""
    asked = visit.query("after")
    if not asked:
        return None
    try:
        place = UUID(asked)
    except ValueError:
        raise NotOffered from None
    found = await visit.desk.interviews.visible(reader, visit.person, place)
    if found is None:
        raise NotOffered
    return found
