"""The paths of threads in the console."""

from starlette.routing import Route

from hirewire.console.conversations.listing import hear_all, show_list
from hirewire.console.conversations.starting import start
from hirewire.console.conversations.thread import (
    add_person,
    delete,
    hear_thread,
    indicate_typing,
    remove_person,
    replace_link,
    show_thread,
    write,
)
from hirewire.console.desk import CONVERSATIONS, Desk


def conversation_routes(desk: Desk) -> list[Route]:
    """List the routes of the list, and of each thread."""
    one = f"{CONVERSATIONS}/{{conversation}}"
    return [
        desk.route(CONVERSATIONS, show_list),
        desk.route(f"{CONVERSATIONS}/new", start, "GET", "POST"),
        desk.stream(f"{CONVERSATIONS}/events", hear_all),
        desk.route(one, show_thread),
        desk.stream(f"{one}/events", hear_thread),
        desk.route(f"{one}/write", write, "GET", "POST"),
        desk.route(f"{one}/typing", indicate_typing, "GET", "POST"),
        desk.route(f"{one}/delete", delete, "GET", "POST"),
        desk.route(f"{one}/link", replace_link, "GET", "POST"),
        desk.route(f"{one}/people", add_person, "GET", "POST"),
        desk.route(f"{one}/people/remove", remove_person, "GET", "POST"),
    ]
