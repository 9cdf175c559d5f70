"""The first page of the console: who somebody is here, and where to go."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hirewire.accounts.model import Role
from hirewire.console.conversations.access import caller
from hirewire.console.desk import HOME, Desk, Visit
from hirewire.conversations.inbox.model import Filter, Search
from hirewire.interviews.holding.store import Held
from hirewire.interviews.model import Interview, Status
from hirewire.runtime.db import Reader

_MOST: Final = 20

_ROLES = {
    Role.ADMIN: "Admin",
    Role.RECRUITER: "Recruiter",
    Role.VIEWER: "Viewer",
    Role.MEMBER: "Member",
}


def home_routes(desk: Desk) -> Sequence[Route]:
    """List the routes of the first page."""
    return [Route("/", _to_console, methods=["GET"]), desk.route(HOME, _home)]


async def _to_console(_: Request) -> Response:
    return RedirectResponse(HOME, 303)


async def _home(visit: Visit) -> Response:
    accounts, person_id = visit.desk.accounts, visit.person.id
    async with visit.desk.db.read() as reader:
        coming, interviews = await _coming(visit, reader)
        threads = await _unread(visit, reader)
        employers = await accounts.employers_of_person(reader, person_id)
        roles = await accounts.memberships_of(reader, person_id)
        apps = await accounts.apps.managed_by(reader, person_id)
        grants = await visit.desk.grants.grants_of_person(reader, person_id)
        audit = await visit.desk.audit.page(reader, person_id, limit=1)
    role_of = {role.employer_id: _ROLES[role.role] for role in roles}
    return visit.show(
        "home",
        email=visit.person.email,
        email_verified=visit.person.email_verified,
        employers=[(employer, role_of.get(employer.id, "")) for employer in employers],
        interviews=interviews,
        next=coming[0] if coming else None,
        threads=threads,
        administers=any(role.role == Role.ADMIN for role in roles),
        apps=len(apps),
        grants=len(grants),
        newest=audit.entries[0] if audit.entries else None,
    )


async def _coming(visit: Visit, reader: Reader) -> tuple[list[Interview], str]:
    """List what the visitor interviews in and is neither over nor canceled, and count it."""
    now = visit.desk.clock.now()
    asked = Held(now=now, is_past=False, size=_MOST)
    held = await visit.desk.interviews.held(reader, visit.person, asked)
    coming = [each for each in held if each.status(now) is not Status.CANCELED]
    return coming, _count(len(coming), has_more=len(held) == _MOST)


async def _unread(visit: Visit, reader: Reader) -> str:
    """Count the threads with something that the visitor has not read."""
    asked = Search(first=_MOST, where=Filter(unread_only=True))
    page = await visit.desk.conversations.find(reader, caller(visit), asked)
    return _count(len(page.listed), has_more=page.has_next)


def _count(number: int, *, has_more: bool) -> str:
    return f"{number}+" if has_more else str(number)
