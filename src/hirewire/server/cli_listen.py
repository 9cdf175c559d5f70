"""The command line that listens: `hirewire listen`, for people and for pipes."""

import asyncio
import json
import os
import sys
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from hirewire.kit.clock import Clock, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.server.errors import BadArgument
from hirewire.server.listening import Credentials, Heard, Listener, Wish

INTERRUPTED: Final = 130

_UNSHOWN: Final = frozenset({"heartbeat", "realtime-connection-config"})

Url: TypeAlias = Annotated[
    str, typer.Argument(help="The server, or its stream, such as https://HOST.")
]
EventTypes: TypeAlias = Annotated[
    str, typer.Option(help="What to hear, separated by commas; all without it.")
]
Token: TypeAlias = Annotated[
    str | None, typer.Option(envvar="LISTEN_TOKEN", help="An access token.")
]
ClientId: TypeAlias = Annotated[
    str | None,
    typer.Option(envvar="LISTEN_CLIENT_ID", help="Get tokens as this app, and renew them."),
]
ClientSecret: TypeAlias = Annotated[
    str | None, typer.Option(envvar="LISTEN_CLIENT_SECRET", help="The app's secret.")
]
Employer: TypeAlias = Annotated[
    str | None, typer.Option(help="The employer that those tokens represent.")
]
Scope: TypeAlias = Annotated[str, typer.Option(help="The scopes that those tokens have.")]
LastEventId: TypeAlias = Annotated[
    str, typer.Option(help="Begin after the event of this id, not now.")
]
Limit: TypeAlias = Annotated[int | None, typer.Option(min=1, help="End after so many updates.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print a line of JSON for each event, for programs.")
]


def listen(
    url: Url,
    *,
    event_types: EventTypes = "",
    token: Token = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    employer: Employer = None,
    scope: Scope = "employer_access conversations.read",
    last_event_id: LastEventId = "",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """
    Hear what happens in conversations, as it happens, from any server of the Real-time API.

    Comes back where it was when the connection or the server is lost. With a client id it
    renews its token before the stream ends. Exit code 0 after --limit updates, or when nobody
    reads what it prints any more, 2 when it is refused, 130 after Ctrl-C.
    """
    wish = Wish(
        url=url,
        event_types=event_types,
        token=token,
        credentials=_credentials(client_id, client_secret, employer, scope),
        last_event_id=last_event_id,
    )
    _check(wish)
    clock = SystemClock()
    listener = Listener(wish, clock, SystemEntropy())
    teller = Lines() if as_json else Screen(clock, Console(highlight=False))
    try:
        asyncio.run(tell(listener, teller, limit))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read, such as `head`, has had enough. What is unsent would fail once more when
        # the interpreter flushes it on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def tell(listener: Listener, teller: "Lines | Screen", limit: int | None) -> None:
    """Tell what *listener* hears, until *limit* updates were told."""
    updates = 0
    async with aclosing(listener.listen()) as stream:
        async for heard in stream:
            teller.tell(heard)
            updates += heard.name == "message-update"
            if updates == limit:
                return


@dataclass(frozen=True, slots=True)
class Lines:
    """Prints a line of JSON for each event."""

    def tell(self, heard: Heard) -> None:
        line: dict[str, Any] = {"event": heard.name, "id": heard.id or None, "data": heard.data}
        if heard.lag_ms is not None:
            line["lagMs"] = round(heard.lag_ms, 1)
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


@dataclass(slots=True)
class Screen:
    """Prints what matters to people, in their words."""

    clock: Clock
    console: Console
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, heard: Heard) -> None:
        if heard.name in _UNSHOWN:
            return
        line = Text(f"{self.clock.now():%H:%M:%S} ", "dim")
        if heard.name == "message-update":
            self._add_update(line, heard)
        else:
            line.append(said_of(heard), _STYLES.get(heard.name, "dim"))
        # Rich would end us, were it to print where nobody reads any more.
        with self.console.capture() as shown:
            self.console.print(line, soft_wrap=True)
        sys.stdout.write(shown.get())
        sys.stdout.flush()

    def _add_update(self, line: Text, heard: Heard) -> None:
        data, payload = heard.data, heard.data["payload"]
        self.counts[data["eventType"]] += 1
        line.append(f"{data['eventType']:<20} ", "bold green")
        line.append(payload["conversationId"], "cyan")
        sender = payload.get("sender")  # Who types has a name, and nothing to look up.
        line.append(f" {sender['name'] if sender else payload['eventId']}")
        line.append(f"  {heard.lag_ms:.0f} ms", "dim")


_STYLES: Final = {"disconnected": "yellow", "reconnect": "yellow", "token-expiring": "yellow"}


def said_of(heard: Heard) -> str:
    """Say in a line what an event that is no update means."""
    data = heard.data
    if heard.name == "connection-metadata":
        return f"listening, {_verdict(data)}"
    if heard.name == "reconnect":
        return f"told to come back in {data['waitMs'] / 1000:g} s: {data['reason']}"
    if heard.name == "disconnected":
        return f"lost: {data['reason']}; back in {data['waitMs'] / 1000:.1f} s"
    if heard.name == "token-expiring":
        return "the token ends within a minute"
    if heard.name == "token-renewed":
        return "the token was renewed"
    return f"{heard.name}: {json.dumps(data)}"


def _verdict(metadata: dict[str, Any]) -> str:
    if "recovered" not in metadata:
        return "from now on"
    if metadata["recovered"]:
        return f"nothing lost, {metadata['replayed']} to catch up on"
    return f"but what came meanwhile is lost ({metadata['reason']}): read the threads anew"


def _credentials(
    client_id: str | None, secret: str | None, employer: str | None, scope: str
) -> Credentials | None:
    if client_id is None:
        return None
    if secret is None:
        raise BadArgument(option="--client-id", wanted="--client-secret beside it")
    return Credentials(
        client_id=client_id, client_secret=secret, employer=employer, scope=scope
    )


def _check(wish: Wish) -> None:
    """
    See that there is a server, and something to be let in with.

    Raises:
        BadArgument: there is not.
    """
    try:
        wish.address()
    except ValueError:
        raise BadArgument(option="URL", wanted="an http or https URL") from None
    if wish.token is None and wish.credentials is None:
        raise BadArgument(option="listen", wanted="--token, or --client-id and --client-secret")
    if wish.token is not None and not (wish.token.isascii() and wish.token.isprintable()):
        raise BadArgument(option="--token", wanted="an access token")
