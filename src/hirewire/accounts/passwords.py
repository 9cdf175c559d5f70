"""
Passwords: argon2id, in a few threads of its own, and never inside a unit of work.

One hash takes some 20 ms and 19 MiB (OWASP's parameters), so both the threads and those who
wait for one are bounded.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from hirewire.accounts.errors import BadPassword, PasswordsBusy
from hirewire.kit.entropy import Entropy

T = TypeVar("T")

SHORTEST: Final = 8
LONGEST: Final = 1000

_SALT_SIZE: Final = 16
_OWASP: Final = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, type=Type.ID
)
_NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class Passwords:
    """Hashes and verifies passwords beside the event loop."""

    def __init__(self, entropy: Entropy, *, threads: int = 1, most_waiting: int = 64) -> None:
        self._entropy = entropy
        self._most = threads + most_waiting
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._inside = 0

    async def hash(self, password: str) -> str:
        """
        Hash *password* with a fresh salt.

        Raises:
            BadPassword: it is too short or too long.
            PasswordsBusy: too many wait already.
        """
        plain = _normal(password)
        if not SHORTEST <= len(plain) <= LONGEST:
            raise BadPassword(shortest=SHORTEST, longest=LONGEST)
        salt = self._entropy.token(_SALT_SIZE)
        return await self._beside(lambda: _OWASP.hash(plain, salt=salt))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """
        Tell whether *password* is the one that was hashed.

        None, for somebody unknown or without a password, takes as long and is never it.

        Raises:
            PasswordsBusy: too many wait already.
        """
        plain = _normal(password[: LONGEST + 1])
        return await self._beside(lambda: _matches(password_hash or _NOBODYS, plain))

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(cancel_futures=True)

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._inside >= self._most:
            raise PasswordsBusy(waiting=self._inside)
        self._inside += 1
        done = asyncio.get_running_loop().run_in_executor(self._pool, work)
        done.add_done_callback(self._leave)
        return await done

    def _leave(self, done: "asyncio.Future[T]") -> None:
        self._inside -= 1


def _matches(password_hash: str, plain: str) -> bool:
    try:
        return _OWASP.verify(password_hash, plain)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    """One password is one text, however the keyboard composed it (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
