"""The endpoint with the slice's part alone, and how tests speak with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
import structlog

from hirewire.conversations.graphql import part
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Signal, Typing
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.node_ids import NodeIds
from hirewire.web.graphql import GraphQLEndpoint, build_schema
from tests.conversations.tokens import Tokens
from tests.conversations.world import World

NODE_IDS: Final = NodeIds("hirewire.test")


@dataclass(frozen=True, slots=True)
class Api:
    """The endpoint, one caller of it, and what was told of who types."""

    http: httpx.AsyncClient
    tokens: Tokens
    typed: list[Signal] = field(default_factory=list)

    async def ask(self, caller: Caller | None, query: str, **variables: object) -> Any:
        """Send one operation and return the answer's body."""
        answer = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers=self.tokens.bearer(caller) if caller else {},
        )
        assert answer.status_code == 200
        return answer.json()


@asynccontextmanager
async def serve(world: World, clock: MovableClock) -> AsyncIterator[Api]:
    """Answer for *world*, through the real transport."""
    tokens, typed = Tokens(clock), list[Signal]()
    typing = Typing(conversations=world.conversations, clock=clock, tell=typed.append)
    endpoint = GraphQLEndpoint(
        schema=build_schema([part()]),
        database=world.database,
        verifier=tokens.verifier(),
        parts={Conversations: world.conversations, Typing: typing},
        node_ids=NODE_IDS,
        clock=clock,
        log=structlog.get_logger(),
    )
    transport = httpx.ASGITransport(endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Api(http, tokens, typed)


def conversation_id(id: UUID) -> str:
    """Spell a thread's node id."""
    return NODE_IDS.mint("Conversation", id)


def codes(answer: Any) -> list[tuple[str, list[object]]]:
    """Say what was refused, and where."""
    return [(error["extensions"]["code"], error["path"]) for error in answer["errors"]]
