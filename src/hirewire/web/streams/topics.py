"""Who listens to which topic."""

from collections.abc import Collection, Iterable
from typing import Final

from hirewire.web.streams.slot import Audience, Slot

_NOBODY: Final[dict[Audience, dict[Slot, None]]] = {}

_Groups = dict[Audience, dict[Slot, None]]


class Topics:
    """
    An index of slots by topic, and within one by what they must share to get the same bytes.

    Most topics have one listener only, and so one is kept as it is.
    """

    __slots__ = ("_by_topic",)

    def __init__(self) -> None:
        self._by_topic: dict[str, Slot | _Groups] = {}

    def __contains__(self, topic: str) -> bool:
        return topic in self._by_topic

    def join(self, slot: Slot, topic: str) -> str:
        """Count *slot* among the listeners of *topic*; returns the name that they share."""
        known = self._by_topic.get(topic)
        if known is None:
            self._by_topic[topic] = slot
            return topic
        if isinstance(known, Slot):
            known = self._by_topic[topic] = {known.audience: {known: None}}
        other = next(iter(next(iter(known.values()))))
        known.setdefault(slot.audience, {})[slot] = None
        return next(name for name in other.topics if name == topic)

    def leave(self, slot: Slot, topic: str) -> None:
        """Count *slot* among them no more."""
        known = self._by_topic[topic]
        if isinstance(known, Slot):
            del self._by_topic[topic]
            return
        group = known[slot.audience]
        del group[slot]
        if not group:
            del known[slot.audience]
        if not known:
            del self._by_topic[topic]

    def groups(self, topic: str) -> Iterable[tuple[Audience, Collection[Slot]]]:
        """List the listeners of *topic* by what they get; each list is as it is now."""
        known = self._by_topic.get(topic, _NOBODY)
        if isinstance(known, Slot):
            return ((known.audience, (known,)),)
        return [(audience, tuple(group)) for audience, group in known.items()]
