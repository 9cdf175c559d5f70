"""Callers that write into threads by GraphQL, whatever becomes of the server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID

import httpx

from hirewire.kit.entropy import Entropy
from hirewire.kit.node_ids import NodeIds

PATIENCE_S: Final = 15.0

_SEND: Final = """mutation ($id: ID!, $text: String!) {
  sendConversationMessage(input: {conversationId: $id, text: $text}) { message { id } }
}"""
_EDIT: Final = """mutation ($id: ID!, $text: String!) {
  editConversationMessage(input: {id: $id, text: $text}) { message { id } }
}"""
_DELETE: Final = """mutation ($id: ID!) {
  deleteConversationMessage(input: {id: $id}) { message { id } }
}"""
_START: Final = """mutation ($name: String!) {
  startConversation(input: {candidate: {name: $name, email: "jordan@example.com"}}) {
    conversation { id }
  }
}"""
_TYPE: Final = """mutation ($id: ID!) {
  indicateTyping(input: {conversationId: $id}) { conversation { id } }
}"""
_ids: Final = NodeIds("localhost")


@dataclass(slots=True)
class Written:
    """
    What was acknowledged: all of it has to be in the log.

    *lost_calls* are those whose outcome nobody knows.
    """

    messages: list[UUID] = field(default_factory=list)
    count: int = 0
    lost_calls: int = 0


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes into some *threads* of an employer, one call after the other."""

    bearer: str
    threads: list[str]
    where: Callable[[], str | None]
    entropy: Entropy
    written: Written
    pause_s: float = 0.0
    may_write: asyncio.Event = field(default_factory=asyncio.Event)
    is_idle: asyncio.Event = field(default_factory=asyncio.Event)
    _own: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    async def run(self) -> None:
        """Write while it may, until cancelled."""
        headers = {"authorization": f"Bearer {self.bearer}"}
        async with httpx.AsyncClient(timeout=PATIENCE_S, headers=headers) as client:
            while True:
                if not self.may_write.is_set():
                    self.is_idle.set()
                    await self.may_write.wait()
                    self.is_idle.clear()
                base_url = self.where()
                if base_url is None:
                    await asyncio.sleep(0.05)
                    continue
                await self._write(client, base_url)
                await asyncio.sleep(self.pause_s)

    async def _write(self, client: httpx.AsyncClient, base_url: str) -> None:
        query, variables = self._next()
        try:
            answer = await client.post(
                f"{base_url}/graphql", json={"query": query, "variables": variables}
            )
        except httpx.TransportError:
            self.written.lost_calls += 1
            await asyncio.sleep(0.02)
            return
        body = answer.json() if answer.status_code == httpx.codes.OK else {}
        if "errors" in body or "data" not in body:
            self.written.lost_calls += 1
            await asyncio.sleep(0.02)
            return
        if query is _TYPE:
            return
        self.written.count += 1
        if query is _SEND:
            sent = body["data"]["sendConversationMessage"]["message"]["id"]
            self.written.messages.append(_ids.read("ConversationMessage", sent))
            self._own.append(sent)

    def _next(self) -> tuple[str, dict[str, str]]:
        """Mostly send; now and then edit, delete, start a thread, or say that one types."""
        drawn = self.entropy.fraction()
        text = f"Message {next(self._numbers)}"
        if drawn < 0.1 and self._own:
            return _EDIT, {"id": self._own[-1], "text": text}
        if drawn < 0.15 and self._own:
            return _DELETE, {"id": self._own.pop()}
        if drawn < 0.18:
            return _START, {"name": text}
        thread = self.threads[int(self.entropy.fraction() * len(self.threads))]
        if drawn < 0.3:
            return _TYPE, {"id": thread}
        return _SEND, {"id": thread, "text": text}

    async def rest(self) -> None:
        """Write nothing more, and wait for what is under way."""
        self.may_write.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self.is_idle.wait()
