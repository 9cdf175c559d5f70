"""Passwords are argon2id, and wait in a bounded line."""

import asyncio
from collections.abc import Iterator

import pytest

from hirewire.accounts.errors import BadPassword, PasswordsBusy
from hirewire.accounts.passwords import Passwords
from hirewire.kit.entropy import SeededEntropy


@pytest.fixture
def passwords(entropy: SeededEntropy) -> Iterator[Passwords]:
    """One thread, and two who may wait for it."""
    passwords = Passwords(entropy, threads=1, most_waiting=2)
    yield passwords
    passwords.close()


class TestPasswords:
    async def test_verify_what_was_hashed(self, passwords: Passwords) -> None:
        """
        OWASP's argon2id parameters stand in the hash, and only the password matches it.
        """
        hashed = await passwords.hash("correct horse")

        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.verify(hashed, "correct horse")
        assert not await passwords.verify(hashed, "correct horses")

    async def test_are_salted(self, passwords: Passwords) -> None:
        """
        The same password is hashed differently each time.
        """
        first = await passwords.hash("correct horse")
        second = await passwords.hash("correct horse")

        assert first != second

    async def test_are_one_however_composed(self, passwords: Passwords) -> None:
        """
        An accent typed as one character or as two is the same accent.
        """
        hashed = await passwords.hash("caf\u00e9 au lait")

        assert await passwords.verify(hashed, "cafe\u0301 au lait")

    @pytest.mark.parametrize("stored", [None, "", "$argon2id$broken"])
    async def test_of_nobody_never_match(
        self, passwords: Passwords, stored: str | None
    ) -> None:
        """
        An unknown person has no password, not even the empty one.
        """
        assert not await passwords.verify(stored, "")
        assert not await passwords.verify(stored, "password")

    @pytest.mark.parametrize("password", ["", "seven77", "x" * 1001])
    async def test_have_a_length(self, passwords: Passwords, password: str) -> None:
        """
        Short ones are guessed, endless ones only cost.
        """
        with pytest.raises(BadPassword):
            await passwords.hash(password)

    async def test_refuse_when_too_many_wait(self, passwords: Passwords) -> None:
        """
        The fourth of four at once is refused; once the line is gone there is room again.
        """
        answers = await asyncio.gather(
            *(passwords.verify(None, "password") for _ in range(4)), return_exceptions=True
        )

        assert answers[:3] == [False, False, False]
        assert isinstance(answers[3], PasswordsBusy)
        assert answers[3].waiting == 3
        assert await passwords.verify(None, "password") is False
