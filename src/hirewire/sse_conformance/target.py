"""The server under test, as the checks see it: open a stream, cause an event, ask plainly."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from hirewire.sse_conformance.events import Event, Reader
from hirewire.sse_conformance.options import Options
from hirewire.sse_conformance.wire import Address, Answer, NotHttp, Question, asked

ACCEPT: Final = "text/event-stream"
OK: Final = 200
_LONGEST_UNREST: Final = 6
"""After how many such times a stream that is never quiet counts as settled."""


class Failed(Exception):
    """The server does not do what it should."""


class Skipped(Exception):
    """It could not be checked; the text says why."""


@dataclass(slots=True)
class Listening:
    """An open stream, and what came on it so far."""

    answer: Answer
    reader: Reader
    quiet_s: float
    events: list[Event] = field(default_factory=list)
    bytes: int = 0
    has_ended: bool = False

    async def take(self, within_s: float) -> bool:
        """Take what comes next; False when nothing did, or the stream has ended."""
        if self.has_ended:
            return False
        try:
            async with asyncio.timeout(within_s):
                part = await self.answer.read()
        except TimeoutError:
            return False
        self.bytes += len(part)
        self.has_ended = not part
        self.events += self.reader.feed(part)
        return bool(part)

    async def until(self, is_there: Callable[[], bool], within_s: float) -> bool:
        """Listen until something is there; False when it took too long."""
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + within_s
        while not is_there():
            left_s = ends_at_s - loop.time()
            if left_s <= 0 or self.has_ended:
                return False
            await self.take(left_s)
        return True

    async def settle(self) -> None:
        """Listen until nothing came for a while."""
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + _LONGEST_UNREST * self.quiet_s
        while loop.time() < ends_at_s and await self.take(self.quiet_s):
            pass


@dataclass(slots=True)
class Target:
    """
    The server, and what is found out about it once, for all checks that ask for it.

    *quiet_types* are the events that come although nothing was caused, and *sample* is a stream
    on which came what comes at first, and an event.
    """

    options: Options
    quiet_types: frozenset[str] | None = None
    sample: Listening | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def headers(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Make the headers of a request that is let in."""
        headers = {"Accept": ACCEPT, "Cache-Control": "no-store", **dict(self.options.headers)}
        if self.options.token is not None:
            headers["Authorization"] = f"Bearer {self.options.token}"
        return headers | dict(extra or {})

    @asynccontextmanager
    async def ask(
        self,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Answer]:
        """Ask for the stream's address in some way; *headers* are all that there are."""
        question = Question(
            address=self.options.url.asking(query or {}),
            method=method,
            headers=self.headers() if headers is None else headers,
        )
        async with asyncio.timeout(None) as patience:
            patience.reschedule(_later(self.options.patience_s))
            async with asked(question) as answer:
                patience.reschedule(None)
                yield answer

    @asynccontextmanager
    async def listen(
        self,
        *,
        cursor: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Listening]:
        """
        Open a stream, after *cursor* if there is one.

        Raises:
            Failed: there is none.
        """
        named = {} if cursor is None else {"Last-Event-ID": cursor}
        wanted = self.headers({**named, **(headers or {})})
        async with self.ask(headers=wanted, query=query) as answer:
            if answer.status != OK:
                raise Failed(f"The stream is refused with {answer.status}.")
            yield Listening(answer, Reader(last_id=cursor or ""), self.options.quiet_s)

    async def learn(self) -> None:
        """Find out what comes although nothing was caused."""
        if self.quiet_types is None:
            async with self.listen() as stream:
                await stream.settle()
            self.quiet_types = frozenset(event.type for event in stream.events)

    def matters(self, event: Event) -> bool:
        """Tell whether *event* is one that was caused."""
        if self.options.event is not None:
            return event.type == self.options.event
        return event.type == "message" or event.type not in (self.quiet_types or ())

    def told(self, events: list[Event]) -> list[Event]:
        """Pick the events that were caused."""
        return [event for event in events if self.matters(event)]

    async def publish(self) -> None:
        """
        Cause an event.

        Raises:
            Skipped: it was not said how.
            Failed: that does not work.
        """
        number = next(self._numbers)
        if self.options.publish_command is not None:
            await run(self.options.publish_command.replace("{n}", str(number)))
        elif self.options.publish_url is not None:
            await self._post(self.options.publish_url, number)
        else:
            raise Skipped(
                "neither --publish-command nor --publish-url says how to cause events"
            )

    async def _post(self, address: Address, number: int) -> None:
        headers = {"Content-Type": "application/json", **dict(self.options.publish_headers)}
        if self.options.token is not None and address.origin == self.options.url.origin:
            headers.setdefault("Authorization", f"Bearer {self.options.token}")
        body = self.options.publish_body.replace("{n}", str(number)).encode()
        question = Question(address=address, method="POST", headers=headers, body=body)
        async with asyncio.timeout(self.options.patience_s), asked(question) as answer:
            said = await answer.rest()
            if answer.status not in range(200, 300):
                raise Failed(f"--publish-url answers {answer.status}: {said[:200]!r}")

    async def published(self, stream: Listening, count: int = 1) -> list[Event]:
        """
        Cause *count* events, one after the other, and return what came of them on *stream*.

        Raises:
            Failed: an event did not come.
        """
        before = len(self.told(stream.events))
        for number in range(1, count + 1):
            await self.publish()
            if not await stream.until(
                lambda: len(self.told(stream.events)) >= before + number,  # noqa: B023
                self.options.patience_s,
            ):
                raise Failed(
                    f"An event that was caused did not come in {self.options.patience_s:g} s."
                )
        return self.told(stream.events)[before:]


async def run(command: str) -> None:
    """
    Run a command line of the caller's.

    Raises:
        Failed: its exit code is not 0.
    """
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise Failed(f"A command ended with {process.returncode}: {said.decode()[-200:]}")


def _later(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


UNREACHABLE: Final = (OSError, NotHttp, TimeoutError)
"""What comes of a server that is not there, or does not speak HTTP."""
