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
from typing import Any, Final
from uuid import UUID

import msgspec
import uvicorn
import uvloop
from joserfc import jws
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.interviews.graphql import part
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import Interview, Invited, NewInterviewee, ScheduleInterview
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.clock import EPOCH, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.runtime.db import Database, connect
from hirewire.web.bearer import TokenVerifier, VerifyingKey
from hirewire.web.graphql import GraphQLEndpoint, build_schema

EMPLOYER: Final = UUID("018f0000-0000-7000-8000-00000000e001")
ISSUER: Final = "http://127.0.0.1"
ANSWER: Final = {"data": {"virtualInterviewEvents": {"events": [{"id": "x", "title": "y"}]}}}


class Silent:
    """A log for what never happens in a benchmark."""

    def error(self, event: str, **fields: Any) -> None:
        print(event, fields, file=sys.stderr)


async def ours(url: str) -> tuple[ASGIApp, str]:
    """Store one interview with five interviewers, and serve it."""
    clock, entropy = SystemClock(), SystemEntropy()
    database = await connect(url, clock=clock, new_id=IdMaker(clock, entropy).new)
    await database.migrate()
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    interviews = Interviews(Accounts(Apps(entropy)), entropy)
    interview = await _store(database, interviews)
    node_ids = NodeIds("127.0.0.1")
    endpoint = GraphQLEndpoint(
        schema=build_schema([part()]),
        database=database,
        verifier=TokenVerifier(lambda _: VerifyingKey("ES256", key), ISSUER, clock),
        parts={Interviews: interviews, LobbyUrls: LobbyUrls(ISSUER)},
        node_ids=node_ids,
        clock=clock,
        log=Silent(),
    )
    app = Starlette(routes=[Route("/graphql", endpoint)])
    said = {
        "token": _token(key),
        "id": node_ids.mint("VirtualInterviewEvent", interview.id),
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


def _token(key: ECKey) -> str:
    issued_at = (datetime.now(UTC) - EPOCH) // timedelta(seconds=1)
    claims = {
        "iss": ISSUER,
        "sub": "app:bench",
        "azp": "bench",
        "scope": SCOPE,
        "iat": issued_at,
        "exp": issued_at + 3600,
        "jti": UUID(int=1).hex,
        "emp": EMPLOYER.hex,
    }
    header = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
    return jws.serialize_compact(header, msgspec.json.encode(claims), key)


if __name__ == "__main__":
    # uvicorn's own `run` would do the same; `serve` takes the loop that there is.
    uvloop.run(main(sys.argv[1:]))
