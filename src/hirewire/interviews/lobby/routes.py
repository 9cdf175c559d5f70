"""The paths of lobbies, outcomes and recordings."""

from typing import Final

from starlette.routing import BaseRoute, Route

from hirewire.interviews.lobby.assets import SCRIPT
from hirewire.interviews.lobby.looking_back import LookingBack
from hirewire.interviews.lobby.pages import LobbyPages

LOBBY: Final = "/lobby/{token}"
OUTCOME: Final = "/interviews/{interview}/outcome"
RECORDING: Final = "/recordings/{record}"


def lobby_routes(pages: LobbyPages) -> list[BaseRoute]:
    """Mount them, with the script."""
    back = LookingBack(pages.reception)
    guarded = pages.reception.pages.guarded
    answers = (
        (LOBBY, pages.show, "GET"),
        (f"{LOBBY}/knock", pages.knock, "POST"),
        (f"{LOBBY}/admit", pages.admit, "POST"),
        (f"{LOBBY}/decline", pages.decline, "POST"),
        (f"{LOBBY}/leave", pages.leave, "POST"),
        (OUTCOME, back.show_outcome, "GET"),
        (OUTCOME, back.take_outcome, "POST"),
        (RECORDING, back.show_recording, "GET"),
    )
    return [
        *(Route(path, guarded(answer), methods=[method]) for path, answer, method in answers),
        Route(f"{LOBBY}/events", pages.events, methods=["GET"]),
        SCRIPT.route(),
    ]
