"""Randomness: the only place that draws it."""

import os
import random
from typing import Protocol


class Entropy(Protocol):
    """Where secrets, ids and jitter come from."""

    def token(self, size: int) -> bytes:
        """Draw *size* unpredictable bytes."""

    def fraction(self) -> float:
        """Draw a number from 0 up to, and without, 1."""


class SystemEntropy:
    """The operating system's randomness, fit for secrets."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)

    def fraction(self) -> float:
        return random.random()  # noqa: S311 - jitter, never a secret


class SeededEntropy:
    """The same draws for the same seed: for tests and the demo world, never for secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - deterministic on purpose

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def fraction(self) -> float:
        return self._random.random()
