"""Which bytes go to whom: slots that have the same coming share one object."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from hirewire.web.streams.frames import chunk
from hirewire.web.streams.slot import Audience, Slot
from hirewire.web.streams.topics import Topics


class Due(NamedTuple):
    """A frame that was published and not yet written."""

    topic: str
    event: str
    body: bytes


class Share(NamedTuple):
    """What to write to each of *slots*, and how many frames that is."""

    slots: Collection[Slot]
    data: bytes
    frames: int


def shares(due: Iterable[Due], topics: Topics) -> Iterator[Share]:
    """Join what each slot has coming, in the order of publishing; most get what others get."""
    by_topic: dict[str, list[Due]] = {}
    for each in due:
        by_topic.setdefault(each.topic, []).append(each)
    of_several: dict[Slot, None] = {}
    for topic, frames in by_topic.items():
        for audience, listeners in topics.groups(topic):
            wanted = [each.body for each in frames if audience.wants(each.event)]
            if wanted:
                alone = listeners
                if len(by_topic) > 1:
                    mixed = [slot for slot in listeners if _hears_several(slot, by_topic)]
                    of_several |= dict.fromkeys(mixed)
                    alone = [slot for slot in listeners if slot not in of_several]
                yield Share(alone, _joined(wanted, audience), len(wanted))
    for slot in of_several:
        heard, audience = slot.topics, slot.audience
        bodies = [
            body for topic, event, body in due if topic in heard and audience.wants(event)
        ]
        yield Share((slot,), _joined(bodies, audience), len(bodies))


def _hears_several(slot: Slot, topics: Collection[str]) -> bool:
    """Tell whether *slot* listens to more than one of *topics*."""
    if isinstance(slot.subscribed, str):
        return False
    return sum(topic in topics for topic in slot.subscribed) > 1


def _joined(bodies: Iterable[bytes], audience: Audience) -> bytes:
    return b"".join(map(chunk, bodies) if audience.chunked else bodies)
