"""The seam itself: what every bus does."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from hirewire.runtime.bus.errors import MessageTooLarge

# What a nats-server takes as it comes out of its box (1 MiB), less room for headers.
LARGEST_BODY_BYTES: Final = 1_048_576 - 4_096


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes to carry, and the id by which a double of them is known."""

    id: str
    body: bytes


class Bus(Protocol):
    """Carries messages to whoever listens now; it keeps nothing for those who do not."""

    @property
    def is_up(self) -> bool:
        """Whether what is told now reaches every process."""

    async def publish(self, topic: str, body: bytes, *, message_id: str) -> None:
        """
        Hand *body* to every current listener of *topic*, at least once.

        Raises:
            MessageTooLarge: *body* has more than `LARGEST_BODY_BYTES`.
            BusUnavailable: it may not have arrived; publishing it again does no harm.
        """

    async def publish_many(self, topic: str, messages: Sequence[Message]) -> None:
        """Do as `publish` for each of *messages*, in their order, with many under way."""

    def listen(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Listen from entry to exit: nothing told before entry is heard, all told after is.

        Each publisher's messages come in its order, now and then one twice. Iteration ends
        when the bus is closed, and raises `ListenerLagged` when the listener fell too far
        behind: it then enters anew and replays from the log what it missed.
        """

    async def mention(self, topic: str, body: bytes) -> None:
        """
        Hand *body* to whoever overhears *topic* now, at most once.

        Nothing keeps it, not even for a moment, and nobody waits for it to arrive: while the
        bus is not up it is dropped.

        Raises:
            MessageTooLarge: *body* has more than `LARGEST_BODY_BYTES`.
            BusUnavailable: the bus was closed.
        """

    def overhear(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Listen from entry to exit to what is mentioned, as far as it comes.

        Iteration ends as that of `listen` does.
        """

    async def close(self) -> None:
        """End every iteration and let go of the network."""


def check_sizes(messages: Iterable[Message]) -> None:
    """Refuse all of *messages* if one is too large."""
    for message in messages:
        if len(message.body) > LARGEST_BODY_BYTES:
            raise MessageTooLarge(size=len(message.body), limit=LARGEST_BODY_BYTES)
