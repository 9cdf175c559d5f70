"""
The server under test: the real hub behind the real server, with an endpoint to publish.

    python -m bench.realtime.ours PORT [shared | apart]

With `apart` each stream has a topic of its own, and a stream is held by four ids of its own, as
one that a token opened is. Heartbeats bear a cursor that is minted anew once a second.
"""

import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hirewire.kit.clock import Clock, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.web.server import bind, build_server, serve
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream
from hirewire.web.streams.slot import Reason, Slot, StreamKind

TOPIC = "employer"


def cursor(position: int) -> str:
    """Spell a position as long as the product's cursors are."""
    return urlsafe_b64encode(position.to_bytes(36, "big")).decode()


def beats(clock: Clock) -> Callable[[Slot], bytes]:
    """Mint a heartbeat at most once a second, for all streams."""
    minted = (-1, b"")

    def beat(slot: Slot) -> bytes:
        nonlocal minted
        second = int(clock.monotonic())
        if minted[0] != second:
            minted = (second, frame(event="heartbeat", id=cursor(second), data="0"))
        return minted[1]

    return beat


def farewell(slot: Slot, reason: Reason, wait_ms: int) -> bytes:
    """Ask to come back, as the Real-time API does."""
    data = f'{{"reason":"{reason.value}","waitMs":{wait_ms}}}'
    return frame(event="reconnect", data=data, retry_ms=wait_ms)


def main(port: int, *, apart: bool) -> None:
    clock = SystemClock()
    hub = Hub(clock, SystemEntropy().fraction)
    beat = beats(clock)
    kind = StreamKind(name="bench", beat=beat, warning=lambda _: b"", farewell=farewell)
    first = (frame(event="connection-metadata", data="{}"),)
    published = 0

    async def stream(request: Request) -> EventStream:
        number = request.query_params["n"]
        return EventStream(
            hub=hub,
            kind=kind,
            topics=(f"conversation:{int(number):032x}" if apart else TOPIC,),
            first=first,
            lifetime_s=3600.0,
            holders=[uuid4() for _ in range(4)] if apart else (),
        )

    async def publish(request: Request) -> Response:
        nonlocal published
        published += 1
        body = (await request.body()).decode()
        update = frame(event="message-update", id=cursor(published), data=body)
        hub.publish(TOPIC, update, event="new-message")
        return Response(status_code=202)

    routes = [
        Route("/stream", stream),
        Route("/pub", publish, methods=["POST"]),
    ]
    server = build_server(Starlette(routes=routes), clock=clock, on_drain=hub.drain)
    serve(server, bind("127.0.0.1", port))


if __name__ == "__main__":
    main(int(sys.argv[1]), apart=sys.argv[2:] == ["apart"])
