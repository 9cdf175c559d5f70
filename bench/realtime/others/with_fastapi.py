# mypy: ignore-errors
"""FastAPI's own event streams on uvicorn and uvloop."""

import sys
from collections.abc import AsyncIterable

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from plain import ID, Queues

app = FastAPI()
queues = Queues()


@app.get("/stream", response_class=EventSourceResponse)
async def stream() -> AsyncIterable[ServerSentEvent]:
    queue = queues.add()
    try:
        yield ServerSentEvent(event="heartbeat", raw_data="0")
        while True:
            body = await queue.get()
            yield ServerSentEvent(event="message-update", id=ID, raw_data=body)
    finally:
        queues.open.discard(queue)


@app.post("/pub")
async def publish(request: Request) -> Response:
    queues.publish((await request.body()).decode())
    return Response(status_code=202)


uvicorn.run(
    app,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    access_log=False,
    log_level="warning",
    backlog=4096,
)
