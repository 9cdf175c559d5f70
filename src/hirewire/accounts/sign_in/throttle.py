"""
The throttle: how often signing in may fail, for one account and from one network.

A count lies in the database, as several processes share it. An attempt is counted before its
password is looked at, and taken off when it was right: whoever tries a thousand at once gets
no further than one after the other. After the free failures each next attempt has to wait,
twice as long every time, and never longer than `LONGEST`; nothing that is refused for that
is counted, so the wait of an account is over when it says so, however often others knock.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.sign_in import store
from hirewire.accounts.sign_in.facts import PersonSignInThrottled
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.networks import is_loopback, network

FIRST: Final = timedelta(seconds=2)
LONGEST: Final = timedelta(minutes=15)
WINDOW: Final = timedelta(hours=1)
FREE_OF_ACCOUNT: Final = 5
FREE_OF_CLIENT: Final = 30
FREE_SIGN_UPS: Final = 20

_OWN: Final = "browser"


@dataclass(frozen=True, slots=True)
class Limit:
    """Whose failures count together: *free* of them, before anybody has to wait."""

    name: str
    digest: str
    free: int

    @property
    def key(self) -> str:
        return f"{self.name}:{self.digest}"

    @property
    def is_own(self) -> bool:
        """Whether only the person themselves can have failed under it."""
        return self.name == _OWN

    def wait_after(self, failures: int) -> timedelta:
        """Return how long the attempt after that many has to wait."""
        if failures < self.free:
            return timedelta()
        doublings = min(failures - self.free, 16)
        return min(FIRST * (1 << doublings), LONGEST)


def limit_of_account(email_key: str) -> Limit:
    """Count the failures of one account, or of an address that nobody has."""
    return Limit("account", _digest(email_key), FREE_OF_ACCOUNT)


def limit_of_known_browser(email_key: str, browser_id: str) -> Limit:
    """Count apart what fails in a browser in which its person has signed in before."""
    return Limit(_OWN, _digest(f"{email_key}\n{browser_id}"), FREE_OF_ACCOUNT)


def limits_of_client(host: str) -> tuple[Limit, ...]:
    """
    Count the failures that come from one network.

    Behind a loopback address stands a proxy, and everybody behind that: one count for all of
    them would let anyone lock out everyone, so there is none.
    """
    named = _network(host)
    return (Limit("client", _digest(named), FREE_OF_CLIENT),) if named else ()


def limits_of_sign_ups(host: str) -> tuple[Limit, ...]:
    """Count the accounts that are asked for from one network, as its failures are."""
    named = _network(host)
    return (Limit("sign-up", _digest(named), FREE_SIGN_UPS),) if named else ()


async def take(uow: UnitOfWork, limits: Sequence[Limit], person_id: UUID | None) -> float:
    """
    Count an attempt under all *limits* and return 0, or count nothing and say how long to wait.

    Whoever takes several names them in one order everywhere: their rows stay locked.
    """
    waits: list[float] = []
    for limit in limits:
        counted = await store.failures(uow, _Counted, limit.key, uow.now + WINDOW)
        wait_s = (counted.retry_at - uow.now).total_seconds()
        if wait_s > 0:
            waits.append(wait_s)
            if not counted.was_told:
                await _tell(uow, limit, person_id)
    if waits:
        return max(waits)
    for limit in limits:
        await _count(uow, limit)
    return 0.0


async def give_back(uow: UnitOfWork, limits: Sequence[Limit]) -> None:
    """Let an attempt that was taken not have failed."""
    for limit in limits:
        await store.give_back(uow, limit.key, limit.free)


async def forget(uow: UnitOfWork, limit: Limit) -> None:
    """Forget every failure under *limit*."""
    await store.remove_failures(uow, limit.key)


@dataclass(frozen=True, slots=True)
class _Counted:
    failures: int
    retry_at: datetime
    was_told: bool


async def _count(uow: UnitOfWork, limit: Limit) -> None:
    counted = await store.failures(uow, _Counted, limit.key, uow.now + WINDOW)
    wait = limit.wait_after(counted.failures + 1)
    await store.count_failure(uow, limit.key, retry_at=uow.now + wait, until=uow.now + WINDOW)


async def _tell(uow: UnitOfWork, limit: Limit, person_id: UUID | None) -> None:
    await store.note_told(uow, limit.key)
    uow.tell(
        PersonSignInThrottled(
            employer_id=None,
            person_id=person_id,
            limited=limit.name,
            key_digest=limit.digest,
        )
    )


def _network(host: str) -> str:
    """Name the network of *host*, "" for this machine's own."""
    return "" if is_loopback(host) else network(host)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
