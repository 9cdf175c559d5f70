# mypy: ignore-errors
"""aiohttp on uvloop: a frame is encoded once, and each stream's task writes it."""

import asyncio
import sys

import uvloop
from aiohttp import web
from plain import Queues, frame

queues = Queues()


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"event: heartbeat\ndata: 0\n\n")
    queue = queues.add()
    try:
        while True:
            await response.write(await queue.get())
    finally:
        queues.open.discard(queue)
    return response


async def publish(request: web.Request) -> web.Response:
    queues.publish(frame(await request.text()))
    return web.Response(status=202)


asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
app = web.Application()
app.router.add_get("/stream", stream)
app.router.add_post("/pub", publish)
web.run_app(
    app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, backlog=4096
)
