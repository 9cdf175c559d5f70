"""The rules for what is said."""

import pytest

from hirewire.conversations.errors import BadIdempotencyKey, BadMessageText
from hirewire.conversations.model import Draft


class TestDraft:
    @pytest.mark.parametrize("text", ["a", "x" * 10_000, "💬" * 10_000, " a\n\tb "])
    def test_takes_text(self, text: str) -> None:
        """
        One to 10,000 characters, kept as they are.
        """
        assert Draft(text=text).text == text

    @pytest.mark.fidelity("conversations.send.text-length")
    @pytest.mark.parametrize(
        "text", ["", " ", "\n\t ", "x" * 10_001, "a\0b", "a\ud800", "\udfff", "\u200b\ufeff"]
    )
    def test_refuses_what_is_no_text(self, text: str) -> None:
        """
        Nothing, too much, and what no database or wire can carry.
        """
        with pytest.raises(BadMessageText) as refusal:
            Draft(text=text)

        assert (refusal.value.length, refusal.value.limit) == (len(text), 10_000)

    @pytest.mark.parametrize("key", ["", "k" * 256, "k\0", "k\ud83d"])
    def test_refuses_bad_keys(self, key: str) -> None:
        """
        A key has 1 to 255 characters that can be kept, and the refusal says so.
        """
        with pytest.raises(BadIdempotencyKey) as refusal:
            Draft(text="a", idempotency_key=key)

        assert str(refusal.value) == (
            "An idempotency key has 1 to 255 characters, no NUL and no lone surrogate; "
            f"got {len(key)} characters."
        )
