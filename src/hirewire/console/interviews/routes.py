"""The paths of interviews in the console."""

from starlette.routing import Route

from hirewire.console.desk import INTERVIEWS, Desk
from hirewire.console.interviews.calendar import show_calendar
from hirewire.console.interviews.changing import CHANGES, cancel, page_of
from hirewire.console.interviews.held import HELD, show_held
from hirewire.console.interviews.scheduling import schedule
from hirewire.console.interviews.showing import show_interview


def interview_routes(desk: Desk) -> list[Route]:
    """List the routes of interviews."""
    one = f"{INTERVIEWS}/{{interview}}"
    return [
        desk.route(INTERVIEWS, show_calendar),
        desk.route(HELD, show_held),
        desk.route(f"{INTERVIEWS}/new", schedule, "GET", "POST"),
        desk.route(one, show_interview),
        *(desk.route(f"{one}/{name}", page_of(name), "GET", "POST") for name in CHANGES),
        desk.route(f"{one}/cancel", cancel, "GET", "POST"),
    ]
