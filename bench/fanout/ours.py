"""The server under test: the real hub behind the real server, with an endpoint to publish."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.web.server import bind, build_server, serve
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream
from hirewire.web.streams.slot import StreamKind

TOPIC = "employer"


def main(port: int) -> None:
    clock = SystemClock()
    hub = Hub(clock, SystemEntropy().fraction)
    beat = frame(event="heartbeat", data="0")
    kind = StreamKind(name="bench", beat=beat)
    first = (frame(event="connection-metadata", data="{}"), beat)

    async def stream(request: Request) -> EventStream:
        return EventStream(hub=hub, kind=kind, topics=(TOPIC,), first=first)

    async def publish(request: Request) -> Response:
        body = (await request.body()).decode()
        hub.publish(TOPIC, frame(event="message-update", data=body), event="new-message")
        return Response(status_code=202)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield

    routes = [
        Route("/stream", stream),
        Route("/pub", publish, methods=["POST"]),
    ]
    server = build_server(Starlette(routes=routes, lifespan=lifespan), clock=clock)
    serve(server, bind("127.0.0.1", port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
