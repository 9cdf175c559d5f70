"""
Apps that changed are looked at again, and lose the streams that they may have no more.

An app that is switched off, or has nothing left to prove itself with, loses all; a web page of
a domain that the app does not trust any more loses its own.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from hirewire.accounts.model import App
from hirewire.accounts.service import Accounts
from hirewire.kit.clock import Clock
from hirewire.realtime.limits import Seat, Seats
from hirewire.runtime.db import DRIVER_ERRORS, Database
from hirewire.runtime.rest import Rest
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason

_log: Final = structlog.get_logger(__name__)


class Standing:
    """Looks at the apps that are in doubt, and ends streams on *hub* that have *seats*."""

    def __init__(
        self, db: Database, accounts: Accounts, clock: Clock, *, seats: Seats, hub: Hub
    ) -> None:
        self.handled = 0
        self._db = db
        self._accounts = accounts
        self._seats = seats
        self._hub = hub
        self._doubted: dict[str, None] = {}
        self._rest = Rest(clock)

    def doubt(self, app_id: str) -> None:
        """Have an app looked at soon, if it has streams here."""
        if self._seats.of_app(app_id):
            self._doubted[app_id] = None
            self._rest.wake()

    async def run(self) -> None:
        """Look at what is in doubt, until cancelled."""
        async with self._rest.at_work():
            while True:
                while self._doubted:
                    app_id, _ = self._doubted.popitem()
                    await self._look_at(app_id)
                    self.handled += 1
                await self._rest.until_woken()

    async def idle(self) -> None:
        """Return when no app is in doubt, or it does not run."""
        await self._rest.idle()

    async def _look_at(self, app_id: str) -> None:
        """End what the app may have no more; all of it, where nobody can say."""
        try:
            async with self._db.read() as reader:
                app = await self._accounts.apps.at_work(reader, app_id)
        except DRIVER_ERRORS as error:
            _log.warning("realtime.app_unread", error=type(error).__name__)
            app = None
        for seat in _lost(app, self._seats.of_app(app_id)):
            if seat.slot is not None:
                self._hub.close(seat.slot, reason=Reason.REVOKED)


def _lost(app: App | None, seats: Iterable[Seat]) -> list[Seat]:
    """Pick the seats that an app may have no more."""
    if app is None:
        return list(seats)
    trusted = {None, *app.trusted_domains}
    return [seat for seat in seats if seat.origin not in trusted]
