"""The first page of the console: who somebody is here, and where to go."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hirewire.accounts.model import Role
from hirewire.console.desk import HOME, Desk, Visit

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
        administers=any(role.role == Role.ADMIN for role in roles),
        apps=len(apps),
        grants=len(grants),
        newest=audit.entries[0] if audit.entries else None,
    )
