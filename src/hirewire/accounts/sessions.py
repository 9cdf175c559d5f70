"""Sessions: in which browsers a person is signed in, and until when."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.sign_in import store
from hirewire.accounts.sign_in.facts import PersonSignedIn, SessionEnded
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

LIFETIME: Final = timedelta(hours=12)
_SIZE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """That a person proved who they are in some browser, and until when that counts."""

    id: UUID
    person_id: UUID
    authenticated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session just begun: the only moment at which its *text* can be given out."""

    session: Session
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins, finds and ends sessions; each ends *lifetime* after it began, used or not."""

    entropy: Entropy
    clock: Clock
    lifetime: timedelta = LIFETIME

    async def begin(self, uow: UnitOfWork, person_id: UUID) -> NewSession:
        """Begin a session of somebody who has just proved who they are."""
        session = Session(
            id=uow.new_id(),
            person_id=person_id,
            authenticated_at=uow.now,
            expires_at=uow.now + self.lifetime,
        )
        text = base64.urlsafe_b64encode(self.entropy.token(_SIZE)).rstrip(b"=").decode()
        await store.add_session(
            uow,
            id=session.id,
            digest=_digest(text),
            person_id=person_id,
            authenticated_at=session.authenticated_at,
            expires_at=session.expires_at,
        )
        uow.tell(PersonSignedIn(employer_id=None, person_id=person_id, session_id=session.id))
        return NewSession(session=session, text=text)

    async def find(self, reader: Reader, text: str) -> Session | None:
        """Find the session that a browser names with *text*, unless it is over."""
        return await store.session(reader, _session, _digest(text), self.clock.now())

    async def end(self, uow: UnitOfWork, session_id: UUID) -> None:
        """End one session; ending it again changes nothing."""
        if await store.remove_session(uow, session_id):
            uow.tell(SessionEnded(employer_id=None, session_id=session_id))


async def end_sessions_of(uow: UnitOfWork, person_id: UUID) -> None:
    """End every session of a person."""
    for session_id in await store.remove_sessions_of(uow, person_id):
        uow.tell(SessionEnded(employer_id=None, session_id=session_id))


def _session(
    id: UUID, person_id: UUID, authenticated_at: datetime, expires_at: datetime
) -> Session:
    return Session(
        id=id, person_id=person_id, authenticated_at=authenticated_at, expires_at=expires_at
    )


def _digest(text: str) -> bytes:
    """A session's text has 256 random bits: a fast hash keeps it as well as a slow one."""
    return hashlib.sha256(text.encode()).digest()
