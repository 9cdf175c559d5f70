"""The paths of the console."""

from starlette.routing import Route

from hirewire.console.apps import app_routes
from hirewire.console.conversations.routes import conversation_routes
from hirewire.console.desk import Desk
from hirewire.console.grants import grant_routes
from hirewire.console.home import home_routes
from hirewire.console.interviews.routes import interview_routes
from hirewire.console.security import security_routes
from hirewire.console.streams.page import stream_routes


def console_routes(desk: Desk) -> list[Route]:
    """List the console's routes, and the one from the root to it."""
    return [
        *home_routes(desk),
        *interview_routes(desk),
        *conversation_routes(desk),
        *stream_routes(desk),
        *app_routes(desk),
        *grant_routes(desk),
        *security_routes(desk),
    ]
