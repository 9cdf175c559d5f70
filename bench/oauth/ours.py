"""
Our server under load, and what to ask it: the whole product, SQLite with synchronous=FULL.

    python -m bench.oauth.ours DATABASE USE_ONCE

Prints one line of JSON when it is ready, as `control.mjs` does.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import uvloop

from hirewire.accounts.model import App, AppTerms, GrantType, OpenEmployer, RegisterPerson
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.oauth.grants.model import CodeRequest, Redeemed
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.runtime.rest import all_idle
from hirewire.server.app import build_app
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.run import working
from hirewire.server.settings import Settings
from hirewire.web.server import Limits, bind, build_server

REDIRECT_URI: Final = "http://127.0.0.1:3000/callback"
READ: Final = "employer.advertising.account.read"

_AT_ONCE: Final = 500
_SCOPES: Final = frozenset({"openid", "offline_access", READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The server's parts, and the app that asks it."""

    parts: Parts
    app: App
    secret: str

    async def several(
        self, number: int, make: Callable[[UnitOfWork, str], Awaitable[str]]
    ) -> list[str]:
        """Make that many, each for a person of its own, some hundred in a unit of work."""
        made: list[str] = []
        while len(made) < number:
            async with self.parts.db.unit() as uow:
                numbers = range(len(made), min(len(made) + _AT_ONCE, number))
                emails = [f"{make.__name__}-{each}@bench.example" for each in numbers]
                made += [await make(uow, email) for email in emails]
        return made

    async def code(self, uow: UnitOfWork, email: str) -> str:
        """Let somebody new allow the app everything."""
        person = await self.parts.accounts.register_person(
            uow, RegisterPerson(name="Somebody", email=email.replace("_", "-"))
        )
        grant = await self.parts.grants.allow(uow, person.id, self.app, _SCOPES)
        return await self.parts.grants.issue_code(
            uow,
            CodeRequest(
                person_id=person.id,
                app=self.app,
                grant_id=grant.id,
                scopes=_SCOPES,
                redirect_uri=REDIRECT_URI,
                nonce=None,
                code_challenge=None,
                authenticated_at=uow.now,
                picked_employer_id=None,
                proof_key=None,
            ),
        )

    async def refresh_token(self, uow: UnitOfWork, email: str) -> str:
        """Let somebody new allow the app everything, and redeem the code at once."""
        redeemed = await self.parts.grants.redeem_code(
            uow,
            app=self.app,
            code=await self.code(uow, email),
            redirect_uri=REDIRECT_URI,
            code_verifier=None,
            proof_key=None,
        )
        if not isinstance(redeemed, Redeemed) or redeemed.refresh_token is None:
            sys.exit(f"bench: a code is no good: {redeemed}")
        return redeemed.refresh_token

    async def ready(self, use_once: int) -> dict[str, object]:
        """Make what the clients use up, and say what they need to know."""
        return {
            "port": self.parts.settings.port,
            "pid": os.getpid(),
            "client_id": self.app.id,
            "client_secret": self.secret,
            "redirect_uri": REDIRECT_URI,
            "codes": await self.several(use_once, self.code),
            "refresh_tokens": await self.several(use_once, self.refresh_token),
        }


async def serve(database: str, use_once: int) -> None:
    """Be the server: make codes and tokens, say what they are, and answer."""
    sock = bind("127.0.0.1", 0)
    settings = Settings(
        database=database, secret_key="a secret of the benchmark, long enough", port=0
    ).at("127.0.0.1", sock.getsockname()[1])
    async with open_store(settings, clock=SystemClock(), entropy=SystemEntropy()) as store:
        await store.db.migrate()
        async with open_parts(store) as parts:
            bench = await _bench(parts)
            await _answer(parts, sock, await bench.ready(use_once))


async def _answer(parts: Parts, sock: socket.socket, ready: dict[str, object]) -> None:
    server = build_server(
        build_app(parts),
        clock=SystemClock(),
        limits=Limits(),
        on_ready=lambda _: print(json.dumps(ready), flush=True),
    )
    async with working(parts):
        # What was told of the people made ahead is handled before anything is measured.
        await asyncio.sleep(1)
        await all_idle(parts.relay, parts.listeners)
        await server.serve(sockets=[sock])


async def _bench(parts: Parts) -> Bench:
    async with parts.db.unit() as uow:
        employer = await parts.accounts.open_employer(
            uow,
            OpenEmployer(
                legacy_id="1",
                name="Bench",
                country="IE",
                currency="EUR",
                time_zone="Europe/Dublin",
            ),
        )
        app, secret = await parts.accounts.apps.register(
            uow,
            employer.id,
            AppTerms(
                name="Bench",
                grant_types=frozenset(GrantType),
                redirect_uris=(REDIRECT_URI,),
                scopes=_SCOPES,
            ),
        )
    return Bench(parts=parts, app=app, secret=secret.text)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
