"""What can be done with signing keys: the front door for the CLI and the start of a server."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.kit.entropy import Entropy
from hirewire.oauth import store
from hirewire.oauth.facts import KeysRotated
from hirewire.oauth.model import ES256, KeyPair, StoredKey, signer_at
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db.unit import UnitOfWork

PUBLISHED_AHEAD: Final = timedelta(minutes=5)
TOKEN_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """
    Makes and rotates signing keys.

    A new key is published for *published_ahead* before it signs, as long as verifiers may
    keep the old list; the old one stays published until its last token has expired.
    """

    seal: Seal
    entropy: Entropy
    token_lifetime: timedelta = TOKEN_LIFETIME
    published_ahead: timedelta = PUBLISHED_AHEAD

    async def prepare(self, uow: UnitOfWork) -> None:
        """Make the first key, one that signs at once, where there is none yet."""
        if signer_at(await store.keys(uow, uow.now), ES256, uow.now) is None:
            await self._add(uow, timedelta())

    async def rotate(self, uow: UnitOfWork, *, at_once: bool = False) -> StoredKey:
        """
        Put a new key in the place of the current one, and tell who keeps keys in memory.

        *at_once* lets it sign from now on: servers that have not heard of it yet refuse its
        first tokens for a moment, so this is for a key that got into the wrong hands.
        """
        ahead = timedelta() if at_once else self.published_ahead
        last_expires = uow.now + ahead + self.token_lifetime
        await store.remove_expired(uow)
        await store.supersede(uow, ES256, last_expires)
        return await self._add(uow, ahead)

    async def _add(self, uow: UnitOfWork, ahead: timedelta) -> StoredKey:
        pair = KeyPair.es256(self.entropy)
        key = StoredKey(
            id=pair.id,
            algorithm=ES256,
            public=pair.public,
            sealed=self.seal.close(pair.id, pair.private),
            created_at=uow.now,
            signs_from=uow.now + ahead,
        )
        await store.add_key(uow, key)
        uow.tell(
            KeysRotated(
                employer_id=None, key_id=key.id, algorithm=ES256, signs_from=key.signs_from
            )
        )
        return key
