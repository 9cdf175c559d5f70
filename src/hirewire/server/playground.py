"""The sandbox of `hirewire dev`, wired to a server's parts; `hirewire serve` has none of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from starlette.routing import BaseRoute

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.oauth.readiness import ready_keys
from hirewire.runtime.log.epoch import log_epoch
from hirewire.runtime.rest import all_idle
from hirewire.sandbox.demo import DEMO, PASSWORD
from hirewire.sandbox.mailbox import Mailbox
from hirewire.sandbox.routes import sandbox_routes
from hirewire.sandbox.service import Sandbox
from hirewire.sandbox.world import Builder
from hirewire.server.parts import Parts

LOOKS_EVERY_S: Final = 1.0
PATIENCE_S: Final = 30.0
"""So long the clock waits at a stop for what is due there, in real time."""
BRIEFLY_S: Final = 0.5
"""So long it waits at the further stops of a move on which it waited in vain once."""


@dataclass(frozen=True, slots=True)
class Playground:
    """The sandbox, and the routes that lead to it."""

    parts: Parts
    sandbox: Sandbox
    routes: Sequence[BaseRoute]

    async def look_around(self) -> None:
        """
        See to what commands did beside this process (`hirewire facts retry`); until cancelled.

        On real time: who polls by the sandbox's clock stops each of its leaps every second.
        """
        parts, real_clock = self.parts, self.sandbox.real_clock
        while True:
            await real_clock.sleep(LOOKS_EVERY_S)
            for worker in (parts.relay, parts.tasks, parts.listeners):
                worker.wake()

    def greeting(self) -> str:
        """Say who may come in, and what to paste first."""
        base_url = self.parts.settings.base_url
        agency = next(app for app in DEMO.apps if app.terms.name == "agency")
        person, ats = DEMO.recruiter, DEMO.recruiters_app
        redirect_uri = ats.terms.redirect_uris[0]
        asked = urlencode(
            {
                "client_id": ats.client_id,
                "response_type": "code",
                "redirect_uri": redirect_uri,
                "scope": (
                    "openid email employer_access interviews.schedule conversations "
                    "offline_access"
                ),
                "state": "demo",
                "prompt": "select_employer",
            },
            quote_via=quote,
        )
        credentials = "\n".join(
            f"# {app.terms.name}: client_id={app.client_id} "
            + (f"client_secret={app.client_secret}" if app.client_secret else "(public)")
            for app in DEMO.apps
        )
        return rf"""
{credentials}

# Get a token:
TOKEN=$(curl -s {base_url}/oauth/v2/tokens \
  -d grant_type=client_credentials \
  -d client_id={agency.client_id} \
  -d client_secret={agency.client_secret} \
  -d employer={agency.employers[0].id.hex} \
  -d 'scope=employer_access interviews.schedule conversations' |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
# List the interviews:
curl -s {base_url}/graphql \
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{{"query": "{{ findVirtualInterviewEvents(input: {{}}) {{ events {{ id title }} }} }}"}}'
# Hear messages as they come:
curl -sN {base_url}/sse/notifications/message-update -H "Authorization: Bearer $TOKEN"

# Sign in as {person.email} with the password {PASSWORD}:
# {base_url}/console
# Let the app ats act for somebody (the code goes to {redirect_uri}):
# {base_url}/oauth/v2/authorize?{asked}

# Everything in the demo world: {base_url}/_sandbox/demo
# A page to explore the GraphQL API: {base_url}/graphql
"""


def playground(parts: Parts, clock: MovableClock, mailbox: Mailbox) -> Playground:
    """Wire the sandbox to *parts*, whose clock *clock* is, and whose mail is in *mailbox*."""

    async def forget() -> None:
        parts.verifier.forget()
        parts.known_apps.forget()
        parts.typing.start_over()
        parts.hub.close_all()
        parts.streams.start_over(await log_epoch(parts.db, parts.entropy))
        await ready_keys(parts.db, parts.keys, parts.key_ring)
        await parts.house.begin(parts.db)
        parts.listeners.start_over()

    patience_s = PATIENCE_S

    async def put_off(moment: datetime) -> None:
        nonlocal patience_s
        patience_s = PATIENCE_S
        await settle()  # What runs cannot be put off, and would be due anew on the way.
        await parts.house.put_off(parts.db, moment)

    async def settle() -> None:
        # Those who go on calling meanwhile may leave no moment without work to do. Real time on
        # purpose: this is what the clock waits for.
        nonlocal patience_s
        try:
            async with asyncio.timeout(patience_s):
                await all_idle(parts.relay, parts.tasks, parts.listeners)
        except TimeoutError:
            patience_s = BRIEFLY_S

    clock.on_step.append(settle)
    sandbox = Sandbox(
        database=parts.db,
        clock=clock,
        real_clock=SystemClock(),
        builder=Builder(
            accounts=parts.accounts,
            interviews=parts.interviews,
            conversations=parts.conversations,
            passwords=parts.passwords,
        ),
        mailbox=mailbox,
        ids=parts.ids,
        on_reset=(forget,),
        before_leap=(put_off,),
    )
    routes = sandbox_routes(sandbox, base_url=parts.settings.base_url, node_ids=parts.node_ids)
    return Playground(parts, sandbox, routes)
