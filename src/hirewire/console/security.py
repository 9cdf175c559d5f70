"""The audit list as a page: the newest first, of what concerns a person and their employers."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from hirewire.console.audit.model import KINDS, Entry
from hirewire.console.audit.words import TITLES, Names, told
from hirewire.console.desk import SECURITY, Desk, Visit
from hirewire.console.errors import NotOffered
from hirewire.kit.cursors import Cursor
from hirewire.runtime.db import Reader

_EVERY: Final = ""


def security_routes(desk: Desk) -> list[Route]:
    """List the routes of the audit list."""
    return [desk.route(SECURITY, _list)]


async def _list(visit: Visit) -> Response:
    kind = visit.query("kind")
    if kind not in {_EVERY, *KINDS}:
        raise NotOffered
    after = Cursor.read(visit.query("after")) if visit.query("after") else None
    async with visit.desk.db.read() as reader:
        page = await visit.desk.audit.page(
            reader,
            visit.person.id,
            kinds=[kind] if kind else KINDS,
            before=after.id if after else None,
        )
        names = await _names(visit, reader, page.entries)
    older = ""
    if page.has_older:
        index = (after.index if after else 0) + len(page.entries)
        older = _address(kind, Cursor(page.entries[-1].id, index))
    return visit.show(
        "security",
        entries=[told(entry, names) for entry in page.entries],
        kinds=[(_EVERY, "All events"), *((kind, TITLES[kind][0]) for kind in KINDS)],
        kind=kind,
        older=older,
        newest=_address(kind, None) if after else "",
    )


async def _names(visit: Visit, reader: Reader, entries: Sequence[Entry]) -> Names:
    accounts = visit.desk.accounts
    people = [who for entry in entries for who in (entry.person_id, entry.by_id) if who]
    employers = [entry.employer_id for entry in entries if entry.employer_id]
    apps = [entry.app_id for entry in entries if entry.app_id]
    return Names(
        reader=visit.person,
        people=await accounts.people_by_id(reader, people),
        employers=await accounts.employers_by_id(reader, employers),
        apps=await accounts.apps.by_id(reader, apps),
    )


def _address(kind: str, after: Cursor | None) -> str:
    query = {"kind": kind, "after": str(after) if after else ""}
    said = {name: text for name, text in query.items() if text}
    return f"{SECURITY}?{urlencode(said)}" if said else SECURITY
