"""The paths of the candidate's page, and of the scripts of every page of threads."""

from functools import partial

from starlette.routing import BaseRoute, Route

from hirewire.conversations.pages.assets import SCRIPT, TYPING
from hirewire.conversations.pages.candidate import PATH, CandidatePages


def candidate_routes(pages: CandidatePages) -> list[BaseRoute]:
    """Mount them."""
    guarded = partial(pages.pages.guarded, is_for_members=False)
    answers = (
        (PATH, pages.show, "GET"),
        (f"{PATH}/write", pages.write, "POST"),
        (f"{PATH}/delete", pages.delete, "POST"),
        (f"{PATH}/typing", pages.indicate_typing, "POST"),
    )
    return [
        *(Route(path, guarded(answer), methods=[method]) for path, answer, method in answers),
        # Who signs in nowhere can come back by the address of a form that was refused.
        Route(f"{PATH}/write", guarded(pages.show), methods=["GET"]),
        Route(f"{PATH}/events", pages.events, methods=["GET"]),
        SCRIPT.route(),
        TYPING.route(),
    ]
