"""The sandbox of `hirewire dev`, wired to a server's parts; `hirewire serve` has none of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from hirewire.accounts.passwords import Passwords
from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.runtime.rest import all_idle
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.mailbox import Mailbox
from hirewire.sandbox.routes import sandbox_routes
from hirewire.sandbox.service import Sandbox
from hirewire.sandbox.world import Builder
from hirewire.server.parts import Parts


@dataclass(frozen=True, slots=True)
class Playground:
    """The sandbox, and the routes that lead to it."""

    parts: Parts
    sandbox: Sandbox
    routes: Sequence[BaseRoute]

    def greeting(self) -> tuple[str, ...]:
        """Say who may come in, and what to paste first."""
        base_url = self.parts.settings.base_url
        agency = next(app for app in DEMO.apps if app.terms.name == "agency")
        return (
            "",
            *(
                f"  {app.terms.name:8} client_id={app.client_id}\n"
                f"           client_secret={app.client_secret}"
                for app in DEMO.apps
            ),
            "",
            "Get a token:",
            f"  curl -s {base_url}/oauth/v2/tokens -d grant_type=client_credentials \\",
            f"    -d client_id={agency.client_id} \\",
            f"    -d client_secret={agency.client_secret} \\",
            f"    -d employer={agency.employers[0].id.hex} \\",
            '    -d "scope=employer_access interviews.schedule conversations"',
            "Hear messages as they come:",
            f"  curl -sN {base_url}/sse/notifications/message-update \\",
            '    -H "Authorization: Bearer $TOKEN"',
            "Everything in the demo world, and the explorer of the GraphQL API:",
            f"  {base_url}/_sandbox/demo  {base_url}/graphql",
            "",
        )


def playground(parts: Parts, clock: MovableClock) -> Playground:
    """Wire the sandbox to *parts*, whose clock *clock* is."""

    async def forget() -> None:
        parts.verifier.forget()
        parts.hub.close_all()
        async with parts.db.unit() as uow:
            await parts.keys.prepare(uow)
        async with parts.db.read() as reader:
            await parts.key_ring.load(reader)
        await parts.prune_facts.begin(parts.db)

    async def settle() -> None:
        await all_idle(parts.relay, parts.tasks)

    clock.on_step.append(settle)
    sandbox = Sandbox(
        database=parts.db,
        clock=clock,
        real_clock=SystemClock(),
        builder=Builder(
            accounts=parts.accounts,
            interviews=parts.interviews,
            conversations=parts.conversations,
            passwords=Passwords(SystemEntropy()),
        ),
        mailbox=Mailbox(),
        on_reset=(forget,),
    )
    routes = sandbox_routes(sandbox, base_url=parts.settings.base_url, node_ids=parts.node_ids)
    return Playground(parts, sandbox, routes)
