"""What the suite is told: where the server is, and what it needs to check it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hirewire.sse_conformance.wire import Address

HTML: Final = "html"
HIREWIRE: Final = "hirewire"
PROFILES: Final = (HTML, HIREWIRE)

_BEATS: Final = {HTML: 15.0, HIREWIRE: 20.0}
_CURSORS: Final = {HTML: None, HIREWIRE: "lastEventId"}
_EVENTS: Final = {HTML: None, HIREWIRE: "message-update"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """See `--help`; what is None cannot be checked, and is reported as skipped."""

    url: Address
    profile: str = HTML
    token: str | None = field(default=None, repr=False)
    expired_token: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    origin: str | None = None
    other_origin: str = "https://stranger.invalid"
    publish_command: str | None = None
    publish_url: Address | None = None
    publish_body: str = "{}"
    publish_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    event: str | None = None
    cursor_parameter: str | None = None
    other_event_type: str = "messages-read"
    heartbeat_s: float = 15.0
    limit: int | None = None
    drain_command: str | None = None
    return_s: float = 30.0
    patience_s: float = 5.0
    quiet_s: float = 0.5
    only: tuple[str, ...] = ()
    as_json: bool = False

    @property
    def is_hirewire(self) -> bool:
        return self.profile == HIREWIRE


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line; what cannot be read ends the program with exit code 2."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        url = Address.of(given.url)
        publish_url = Address.of(given.publish_url) if given.publish_url else None
        headers = tuple(_header(text) for text in given.header)
        publish_headers = tuple(_header(text) for text in given.publish_header)
    except ValueError as error:
        parser.error(str(error))
    profile = given.profile
    return Options(
        url=url,
        profile=profile,
        token=given.token,
        expired_token=given.expired_token,
        headers=headers,
        origin=given.origin,
        other_origin=given.other_origin,
        publish_command=given.publish_command,
        publish_url=publish_url,
        publish_body=given.publish_body,
        publish_headers=publish_headers,
        event=given.event or _EVENTS[profile],
        cursor_parameter=given.cursor_parameter or _CURSORS[profile],
        other_event_type=given.other_event_type,
        heartbeat_s=given.heartbeat_s or _BEATS[profile],
        limit=given.limit,
        drain_command=given.drain_command,
        return_s=given.return_s,
        patience_s=given.patience_s,
        quiet_s=given.quiet_s,
        only=tuple(given.only),
        as_json=given.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hirewire.sse_conformance",
        description="Check a server of event streams from outside; exit code 1 on a failure.",
        epilog="What is not told cannot be checked, and is reported as skipped.",
    )
    add = parser.add_argument
    add("url", metavar="URL", help="the stream")
    add(
        "--profile", choices=PROFILES, default=HTML, help="the HTML standard alone, or hirewire"
    )
    add("--token", help="sent as Authorization: Bearer")
    add("--expired-token", help="one that is not good any more")
    add("--header", action="append", default=[], metavar="NAME: VALUE", help="sent always")
    add("--origin", help="a web origin whose pages may listen")
    add("--other-origin", default="https://stranger.invalid", help="one whose pages may not")
    add("--publish-command", help="a command line that causes one event")
    add("--publish-url", metavar="URL", help="a POST there causes one event")
    add("--publish-body", default="{}", help="its body, JSON; {n} becomes a new number")
    add(
        "--publish-header",
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="its header",
    )
    add("--event", help="the type of the events that are caused; without: any not seen before")
    add("--cursor-parameter", help="the query parameter that stands in for Last-Event-ID")
    add("--other-event-type", default="messages-read", help="an eventTypes value not caused")
    add("--heartbeat-s", type=float, help="at least how often something is sent")
    add("--limit", type=int, help="how many streams may be open")
    add("--drain-command", help="a command line that stops the server gently, to start again")
    add("--return-s", type=float, default=30.0, help="how soon it is back; 0: it is not")
    add("--patience-s", type=float, default=5.0, help="how long an event may take")
    add("--quiet-s", type=float, default=0.5, help="after how long what did not come is lost")
    add(
        "--only",
        action="append",
        default=[],
        metavar="CHECK",
        help="a check, or a group of them",
    )
    add("--json", action="store_true", help="print JSON, for programs")
    return parser


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        msg = f"'{text}' is no header, which is NAME: VALUE."
        raise ValueError(msg)
    return name.strip(), value.strip()
