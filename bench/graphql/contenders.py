"""
The servers under test: ours with one stored interview, and bare Starlette with a constant.

    python -m bench.graphql.contenders (ours | bare) PORT [DATABASE]

Both run on the same uvicorn with the same settings. Ours prints the token to call it with and
the id of the interview before it is ready; bare prints an empty line.
"""

import gc
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.graphql.served import EMPLOYER, NODE_IDS, serve
from hirewire.interviews.model import Interview, Invited, NewInterviewee, ScheduleInterview
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database, connect

ANSWER: Final = {"data": {"virtualInterviewEvents": {"events": [{"id": "x", "title": "y"}]}}}


async def ours(url: str) -> tuple[ASGIApp, str]:
    """Store one interview with five interviewers, and serve it."""
    database = await connect(
        url, clock=SystemClock(), new_id=IdMaker(SystemClock(), SystemEntropy()).new
    )
    await database.migrate()
    served = serve(database)
    interview = await _store(database, served.interviews)
    app = Starlette(routes=[Route("/graphql", served.endpoint)])
    said = {
        "token": served.token,
        "id": NODE_IDS.mint("VirtualInterviewEvent", interview.id),
    }
    return app, json.dumps(said)


def bare() -> ASGIApp:
    """Answer every POST with one constant, as the framework's own documentation does."""

    async def constant(_request: Request) -> JSONResponse:
        return JSONResponse(ANSWER)

    return Starlette(routes=[Route("/graphql", constant, methods=["POST"])])


async def main(arguments: Sequence[str]) -> None:
    """Serve until killed."""
    name, port, *rest = arguments
    app, said = await ours(rest[0]) if name == "ours" else (bare(), "")
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    # As our own server does before its first request (`hirewire.web.server`), for both.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    print(said, flush=True)
    await uvicorn.Server(config).serve()


async def _store(database: Database, interviews: Interviews) -> Interview:
    now = datetime.now(UTC)
    caller = Caller(
        app_id="bench", scopes=frozenset({SCOPE}), expires_at=now, employer_id=EMPLOYER
    )
    command = ScheduleInterview(
        title="Interview with Candidate",
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=1, hours=1),
        zone="America/Los_Angeles",
        interviewers=tuple(Invited(email=f"p{n}@example.com") for n in range(5)),
        interviewee=NewInterviewee(name="Candidate", email="candidate@example.com"),
        ats_name="ExampleATS",
        language="fr",
        country="CA",
    )
    async with database.unit() as uow:
        return await interviews.schedule(uow, caller, command)


if __name__ == "__main__":
    # uvicorn's own `run` would do the same; `serve` takes the loop that there is.
    uvloop.run(main(sys.argv[1:]))
