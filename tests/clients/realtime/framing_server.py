"""A small application on our server and hub, as a process: it sends what it is told to send."""

import json
import sys
from dataclasses import dataclass
from math import inf
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hirewire.kit.clock import SystemClock
from hirewire.web.server import bind, build_server, serve
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream
from hirewire.web.streams.slot import StreamKind

KINDS: Final = {
    "plain": StreamKind(name="plain", longest_life_s=inf),
    "chunked": StreamKind(name="chunked", longest_life_s=inf, chunked=True, spaced=False),
}
READY: Final = "framing: ready on "
PAGE: Final = """<!doctype html><html lang="en"><title>Framing</title>
<link rel="icon" href="data:,"><h1>Framing</h1>"""


@dataclass(frozen=True, slots=True)
class Application:
    """Streams of both kinds, and a way to say what they carry: JSON, a list of fields each."""

    hub: Hub

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/{kind}/{name}", self.listen, methods=["GET"]),
            Route("/{kind}/{name}", self.say, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def listen(self, request: Request) -> EventStream:
        kind = KINDS[request.path_params["kind"]]
        return EventStream(
            hub=self.hub,
            kind=kind,
            topics=(request.url.path,),
            first=(frame(event="ready", id="0", data="0", spaced=kind.spaced),),
        )

    async def say(self, request: Request) -> Response:
        """Send all that the body holds in one write, or nothing where one has no frame."""
        topic, kind = request.url.path, KINDS[request.path_params["kind"]]
        told = json.loads(await request.body())
        try:
            frames = [frame(**fields, spaced=kind.spaced) for fields in told]
        except ValueError as refusal:
            return Response(str(refusal), status_code=422)
        for body in frames:
            self.hub.publish(topic, body)
        self.hub.flush()
        for slot in self.hub.listeners(topic):
            await self.hub.drained(slot)
        return Response(status_code=204)


def main() -> None:
    """Run it on a free port until it is terminated."""
    clock = SystemClock()
    hub = Hub(clock, lambda: 0.5)
    server = build_server(
        Starlette(routes=Application(hub).routes()),
        clock=clock,
        on_ready=lambda port: _say(f"{READY}http://127.0.0.1:{port}\n"),
        on_drain=lambda: hub.drain(grace_s=0.05),
    )
    serve(server, bind("127.0.0.1", 0))


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
