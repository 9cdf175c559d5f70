"""What every contender of this folder sends: the bytes of one frame, and where they wait."""

import asyncio

ID = "A" * 48


def frame(body: str) -> bytes:
    """Spell one update, as long as ours is."""
    return f"event: message-update\nid: {ID}\ndata: {body}\n\n".encode()


class Queues:
    """One queue per stream, as the examples of these libraries have it."""

    def __init__(self) -> None:
        self.open: set[asyncio.Queue[str]] = set()

    def add(self) -> asyncio.Queue[str]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.open.add(queue)
        return queue

    def publish(self, body: str) -> None:
        for queue in self.open:
            queue.put_nowait(body)
