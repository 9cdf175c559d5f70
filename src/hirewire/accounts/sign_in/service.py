"""
Signing in and up, in the units that hashing stands between.

Nothing slow happens inside: whoever opens the units hashes or verifies between them.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.accounts.addresses import email_key, parse_email
from hirewire.accounts.errors import BadEmail, EmailTaken
from hirewire.accounts.model import Person, RegisterPerson
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import NewSession, Sessions
from hirewire.accounts.sign_in import store, throttle
from hirewire.accounts.sign_in.throttle import Limit
from hirewire.runtime.db.unit import UnitOfWork

KNOWN_BROWSER: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From where somebody tries: in which browser, and from which network."""

    browser_id: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    One attempt to sign in, counted as failed until it succeeds.

    Where *retry_after_s* is not 0 it may not be made yet, and was not counted.
    """

    person: Person | None
    account: Limit
    client: tuple[Limit, ...]
    retry_after_s: float

    @property
    def password_hash(self) -> str | None:
        """What the password is compared with; None is as much work, and never matches."""
        return self.person.password_hash if self.person else None


@dataclass(frozen=True, slots=True)
class SignIn:
    """What can be done by somebody who is nobody yet."""

    accounts: Accounts
    sessions: Sessions

    async def begin(self, uow: UnitOfWork, email: str, visitor: Visitor) -> Attempt:
        """Count an attempt to sign in as whoever has the address *email*, if anybody."""
        spelled = _spelled(email)
        person = await self.accounts.person_by_email(uow, spelled)
        account = await _limit_of(uow, spelled, person, visitor)
        client = () if account.is_own else throttle.limits_of_client(visitor.host)
        wait_s = await throttle.take(uow, (account, *client), person.id if person else None)
        return Attempt(person=person, account=account, client=client, retry_after_s=wait_s)

    async def succeed(
        self, uow: UnitOfWork, attempt: Attempt, visitor: Visitor
    ) -> NewSession | None:
        """
        Begin a session for an attempt whose password was right.

        None where the password was changed meanwhile, and the right one is another.
        """
        if attempt.person is None:
            return None
        person = await self.accounts.person(uow, attempt.person.id)
        if person is None or person.password_hash != attempt.password_hash:
            return None
        await throttle.forget(uow, attempt.account)
        await throttle.give_back(uow, attempt.client)
        await store.add_known_browser(
            uow, person.id, _digest(visitor.browser_id), uow.now + KNOWN_BROWSER
        )
        return await self.sessions.begin(uow, person.id)

    async def give_up(self, uow: UnitOfWork, attempt: Attempt) -> None:
        """Let an attempt count for nothing: its password could not be looked at."""
        await throttle.give_back(uow, (attempt.account, *attempt.client))

    async def begin_sign_up(self, uow: UnitOfWork, visitor: Visitor) -> float:
        """Count a request for an account, and say how long it has to wait: 0 for not."""
        return await throttle.take(uow, throttle.limits_of_sign_ups(visitor.host), None)

    async def sign_up(self, uow: UnitOfWork, command: RegisterPerson) -> None:
        """
        Make a person known, or do nothing where the address is taken; it tells nobody which.

        Raises:
            BadName, BadEmail: the command says nonsense.
        """
        try:
            await self.accounts.register_person(uow, command)
        except EmailTaken:
            return


async def prune_sign_ins(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* sessions, counts and known browsers that are over."""
    return await store.prune(uow, limit)


def _spelled(email: str) -> str:
    """Spell an address as it was registered; what is none belongs to nobody."""
    try:
        return parse_email(email)
    except BadEmail:
        return email


async def _limit_of(
    uow: UnitOfWork, email: str, person: Person | None, visitor: Visitor
) -> Limit:
    """Strangers who fail must not lock a person out of their own browsers."""
    key, digest = email_key(email), _digest(visitor.browser_id)
    if person and await store.is_known_browser(uow, person.id, digest, uow.now):
        return throttle.limit_of_known_browser(key, visitor.browser_id)
    return throttle.limit_of_account(key)


def _digest(browser_id: str) -> bytes:
    return hashlib.sha256(browser_id.encode()).digest()
