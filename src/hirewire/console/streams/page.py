"""
The page of live streams: an admin sees those of their employers' own apps, an operator all.

How much goes on in the whole process says something of everybody's business, so only those
whom the server's settings name as operators see it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from hirewire.accounts.addresses import email_key
from hirewire.console.desk import STREAMS, Desk, Visit
from hirewire.console.streams.ledger import OfApp, OfNode
from hirewire.conversations.pages.assets import SCRIPT
from hirewire.conversations.pages.live import PageReader
from hirewire.realtime.replays import Cause, Wait
from hirewire.web.pages.scripts import LIVE
from hirewire.web.streams.reading import Reading
from hirewire.web.streams.slot import Reason

MOST_APPS: Final = 100

_KIB: Final = 1024
_ENDS: Final[Mapping[Reason, str]] = {
    Reason.CLIENT: "The reader left",
    Reason.SLOW: "The reader was too slow",
    Reason.EXPIRED: "The token was over",
    Reason.DRAINED: "The server went down",
    Reason.CLOSED: "Closed by the server",
    Reason.REVOKED: "Access was taken back",
    Reason.LIFETIME: "The stream was too old",
    Reason.MEMBERSHIP: "A membership changed",
}
_KINDS: Final[Mapping[str, str]] = {
    "message-update": "Real-time API",
    "console-page": "Pages of threads",
    "candidate-page": "Candidates' pages",
    "console-streams": "This page",
    "lobby": "Lobbies",
}
_VERDICTS: Final[Mapping[str, str]] = {
    "recovered": "Went on without a gap",
    "expired": "Came back too late",
    "unknown_cursor": "Named no place of this log",
}
_WAITS: Final[Mapping[Wait, str]] = {
    Wait.READER: "Wait for their readers",
    Wait.DATABASE: "Wait for the database",
}
_GIVEN_UP: Final[Mapping[Cause, str]] = {
    Cause.READER_STALLED: "Given up: the reader took nothing",
    Cause.DATABASE_SLOW: "Given up: the database was slow",
    Cause.DATABASE_FAILED: "Given up: the database failed",
    Cause.FACTS_REMOVED: "Given up: the log is shorter now",
    Cause.OUTPACED: "Given up: too much came meanwhile",
    Cause.INTERRUPTED: "Given up: interrupted",
}
_PAGES: Final = "Pages of this server"


def stream_routes(desk: Desk) -> list[Route]:
    """List the routes of the page."""
    return [desk.route(STREAMS, _show), desk.stream(f"{STREAMS}/events", _hear)]


def is_operator(visit: Visit) -> bool:
    """Tell whether somebody runs this server, by an address that is known to be theirs."""
    email = visit.person.verified_email
    return email is not None and email_key(email) in visit.desk.operators


async def _show(visit: Visit) -> Response:
    desk, operates = visit.desk, is_operator(visit)
    async with desk.db.read() as reader:
        if operates:
            known = desk.ledger.apps()
            found = await desk.accounts.apps.by_id(reader, known)
            names = {each: found[each].name if each in found else _PAGES for each in known}
        else:
            managed = await desk.accounts.apps.managed_by(reader, visit.person.id)
            names = {app.id: app.name for app in managed}
    rows = [(name, desk.ledger.of_app(app_id)) for app_id, name in names.items()]
    rows.sort(key=lambda row: (-row[1].here, row[0].casefold()))
    return visit.show(
        "streams",
        headers=LIVE,
        script=SCRIPT,
        operates=operates,
        apps=[_app(name, each) for name, each in rows[:MOST_APPS]],
        node=_node(desk.ledger.of_node()) if operates else None,
        now=desk.clock.now(),
    )


async def _hear(visit: Visit, reading: Reading) -> ASGIApp:
    reader = PageReader(path=f"{STREAMS}/events", session=visit.session)
    return await visit.desk.live.of_node(visit.request, reader, reading=reading)


def _app(name: str, app: OfApp) -> dict[str, object]:
    return {
        "name": name,
        "here": app.here,
        "kinds": _named(app.kinds, _KINDS),
        "people": app.people,
        "unsent": size(app.unsent_bytes),
        "ends": _ends(app.ends),
    }


def _node(node: OfNode) -> dict[str, object]:
    return {
        "open": sum(node.kinds.values()),
        "kinds": _named(node.kinds, _KINDS),
        "opened": node.opened,
        "delivered": node.delivered,
        "bytes": size(node.delivered_bytes),
        "unsent": size(node.unsent_bytes),
        "slow": node.ends.get(Reason.SLOW, 0),
        "ends": _ends(node.ends),
        "verdicts": _named(node.verdicts, _VERDICTS),
        "replayed": node.replayed,
        "replays": _replays(node),
        "refused": _named(node.refused, {}),
        "lags": [(name, f"{lag:,.1f} ms") for name, lag in node.lags_ms.items()],
    }


def _replays(node: OfNode) -> Sequence[tuple[str, int | str]]:
    waits = [(_WAITS[wait], count) for wait, count in node.replays.items()]
    longest = [("Longest without headway", f"{node.stalled_s:,.1f} s")] if waits else []
    return [*waits, *longest, *((_GIVEN_UP[each], n) for each, n in node.given_up.items())]


def size(count: float) -> str:
    """Say how much some bytes are."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < _KIB:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= _KIB
    return f"{count:,.1f} TiB"


def _ends(ends: Mapping[Reason, int]) -> Sequence[tuple[str, int]]:
    return sorted(((_ENDS[each], n) for each, n in ends.items()), key=lambda pair: -pair[1])


def _named(counts: Mapping[str, int], names: Mapping[str, str]) -> Sequence[tuple[str, int]]:
    named = ((names.get(each, each.replace("_", " ")), count) for each, count in counts.items())
    return sorted(named, key=lambda pair: (-pair[1], pair[0]))
