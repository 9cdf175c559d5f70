"""What can be done with signing keys: the front door for the CLI and the start of a server."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.kit.entropy import Entropy
from hirewire.kit.rsa import MakeRsaKey, new_rsa_key
from hirewire.oauth import store
from hirewire.oauth.facts import KeysRotated
from hirewire.oauth.model import ALGORITHMS, RS256, KeyPair, StoredKey, signer_at
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db.unit import UnitOfWork

PUBLISHED_AHEAD: Final = timedelta(minutes=5)
TOKEN_LIFETIME: Final = timedelta(hours=1)
"""How long a token that a key signed is good at most: access tokens and ID tokens alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """
    Makes and rotates signing keys, one of each algorithm.

    A new key is published for *published_ahead* before it signs, as long as verifiers may
    keep the old list; the old one stays published until its last token has expired. Pairs are
    made before the unit of work opens that stores them, since an RSA key takes its time.
    """

    seal: Seal
    entropy: Entropy
    make_rsa: MakeRsaKey = new_rsa_key
    token_lifetime: timedelta = TOKEN_LIFETIME
    published_ahead: timedelta = PUBLISHED_AHEAD

    async def make(self, algorithms: Iterable[str] = ALGORITHMS) -> list[KeyPair]:
        """Make a pair for each of *algorithms*; not inside a unit of work."""
        return [await self._pair(algorithm) for algorithm in algorithms]

    async def prepare(self, uow: UnitOfWork, pairs: Iterable[KeyPair]) -> None:
        """Take those of *pairs* whose algorithm has no key yet, to sign at once."""
        stored = await store.keys(uow, uow.now)
        for pair in pairs:
            if signer_at(stored, pair.algorithm, uow.now) is None:
                await self._add(uow, pair, timedelta())

    async def rotate(
        self, uow: UnitOfWork, pairs: Iterable[KeyPair], *, at_once: bool = False
    ) -> list[StoredKey]:
        """
        Put *pairs* in the place of the current keys, and tell who keeps keys in memory.

        *at_once* lets them sign from now on: servers that have not heard of them yet refuse
        their first tokens for a moment, so this is for a key that got into the wrong hands.
        Keys that were yet to sign are removed then, or they would take over in their turn.
        """
        ahead = timedelta() if at_once else self.published_ahead
        last_expires = uow.now + ahead + self.token_lifetime
        await store.remove_expired(uow)
        added = []
        for pair in pairs:
            if at_once:
                await store.remove_pending(uow, pair.algorithm)
            await store.supersede(uow, pair.algorithm, last_expires)
            added.append(await self._add(uow, pair, ahead))
        return added

    async def _pair(self, algorithm: str) -> KeyPair:
        if algorithm == RS256:
            return await asyncio.to_thread(KeyPair.rs256, self.entropy, self.make_rsa)
        return KeyPair.es256(self.entropy)

    async def _add(self, uow: UnitOfWork, pair: KeyPair, ahead: timedelta) -> StoredKey:
        key = StoredKey(
            id=pair.id,
            algorithm=pair.algorithm,
            public=pair.public,
            sealed=self.seal.close(pair.id, pair.private),
            created_at=uow.now,
            signs_from=uow.now + ahead,
        )
        await store.add_key(uow, key)
        uow.tell(
            KeysRotated(
                employer_id=None,
                key_id=key.id,
                algorithm=key.algorithm,
                signs_from=key.signs_from,
            )
        )
        return key
