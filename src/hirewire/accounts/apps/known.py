"""
The apps that were asked for lately, kept in memory with the digests of their secrets.

An app proves itself with every token that it asks for, and changes once in a year. What changes
it tells a fact: in this process that is heard with the commit, from others when the log tells
of it. For a process that hears nothing, what it keeps is good for half a minute.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hirewire.accounts.facts import AppChanged, AppSecretAdded, AppSecretRemoved
from hirewire.accounts.model import App
from hirewire.kit.clock import Clock
from hirewire.kit.facts import Fact
from hirewire.runtime.db.unit import UnitOfWork

KINDS: Final = frozenset({AppChanged.kind, AppSecretAdded.kind, AppSecretRemoved.kind})
"""The kinds of facts after which an app is no longer what it was."""

KEPT_FOR: Final = timedelta(seconds=30)
MOST_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class KnownApp:
    """An app, and the digests of its secrets."""

    app: App
    digests: tuple[bytes, ...]
    until: datetime


class KnownApps:
    """
    Keeps up to *most* apps; the one that was longest not asked for gives way.

    Apps that do not exist are not kept: anybody can think of any number of them.
    """

    def __init__(self, clock: Clock, *, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._most = most
        self._known: OrderedDict[str, KnownApp] = OrderedDict()
        self._changes = 0

    @property
    def changes(self) -> int:
        """How often something changed: to be noted before an app is read, for `keep`."""
        return self._changes

    def find(self, client_id: str) -> KnownApp | None:
        """Find an app that is as it was when it was read."""
        known = self._known.get(client_id)
        if known is None or self._clock.now() >= known.until:
            return None
        self._known.move_to_end(client_id)
        return known

    def keep(self, app: App, digests: tuple[bytes, ...], *, read_at: int) -> None:
        """Keep an app, unless something changed since the reading at *read_at* `changes`."""
        if read_at != self._changes:
            return
        self._known[app.id] = KnownApp(app, digests, self._clock.now() + KEPT_FOR)
        self._known.move_to_end(app.id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self) -> None:
        """Keep nothing of what was read so far."""
        self._changes += 1
        self._known.clear()

    def hear(self, fact: Fact) -> None:
        """Forget the app of a fact that changes it, whoever told it."""
        if isinstance(fact, AppChanged | AppSecretAdded | AppSecretRemoved):
            self._changes += 1
            self._known.pop(fact.app_id, None)

    def committed(self, uow: UnitOfWork) -> None:
        """Hear what a unit of this process told (`Database.committed`)."""
        for fact in uow.facts:
            self.hear(fact)
