"""Tests of where randomness comes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.entropy import Entropy, SeededEntropy, SystemEntropy


@pytest.mark.parametrize("entropy", [SystemEntropy(), SeededEntropy(7)], ids=["system", "seed"])
class TestEntropy:
    @pytest.mark.parametrize("size", [0, 1, 32])
    def test_a_token_has_the_size_asked_for(self, entropy: Entropy, size: int) -> None:
        """A token is as long as it was asked to be."""
        assert len(entropy.token(size)) == size

    def test_tokens_differ(self, entropy: Entropy) -> None:
        """A thousand tokens of 128 bits are a thousand tokens."""
        assert len({entropy.token(16) for _ in range(1000)}) == 1000

    def test_a_fraction_is_below_one(self, entropy: Entropy) -> None:
        """Fractions are from 0 up to, and without, 1, on both sides of the middle."""
        drawn = [entropy.fraction() for _ in range(1000)]

        assert all(0 <= fraction < 1 for fraction in drawn)
        assert min(drawn) < 0.5 < max(drawn)


class TestSeeded:
    @given(seed=st.integers())
    def test_draws_the_same_for_the_same_seed(self, seed: int) -> None:
        """Two of one seed draw alike, token for token."""
        one, other = SeededEntropy(seed), SeededEntropy(seed)

        assert [one.token(8), one.fraction()] == [other.token(8), other.fraction()]

    def test_draws_the_same_in_every_release(self) -> None:
        """What a seed gives is a constant: the demo world's ids hang on it."""
        assert SeededEntropy(1).token(8).hex() == "f5b165224a58b791"
