# mypy: ignore-errors
"""sse-starlette on uvicorn and uvloop."""

import sys
from collections.abc import AsyncIterator

import uvicorn
from plain import ID, Queues
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

queues = Queues()


async def stream(request: Request) -> EventSourceResponse:
    queue = queues.add()

    async def events() -> AsyncIterator[dict[str, str]]:
        try:
            yield {"event": "heartbeat", "data": "0"}
            while True:
                yield {"event": "message-update", "id": ID, "data": await queue.get()}
        finally:
            queues.open.discard(queue)

    return EventSourceResponse(events(), ping=20, sep="\n")


async def publish(request: Request) -> Response:
    queues.publish((await request.body()).decode())
    return Response(status_code=202)


app = Starlette(routes=[Route("/stream", stream), Route("/pub", publish, methods=["POST"])])
uvicorn.run(
    app,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    access_log=False,
    log_level="warning",
    backlog=4096,
)
