"""Tests of e-mail addresses: what is read at a glance is what the validator would say."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.errors import BadEmail

PIECES = (
    *("a", "B", "z9", ".", "-", "--", "_", "+", "@", "example", "com", "xn--", "ex--ample"),
    *("local", "localhost", "test", "arpa", "onion", "invalid", "1", "\u00e9", " ", "\n"),
    *("x" * 62, "x" * 63, "x" * 64, "y" * 120, "co.uk", "!", "'", "\u0130", "\uff0e"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
likely = st.builds("{}@{}.{}".format, texts, texts, st.sampled_from(PIECES))


def slowly(text: str) -> str | None:
    """Ask the validator alone."""
    if len(text) > 254:
        return None
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized


def quickly(text: str) -> str | None:
    """Ask us."""
    try:
        return parse_email(text)
    except BadEmail:
        return None


class TestParseEmail:
    @settings(max_examples=1_500)
    @given(text=likely | texts)
    def test_says_what_the_validator_says(self, text: str) -> None:
        """There is no address of which the short way thinks otherwise."""
        assert quickly(text) == slowly(text)

    @pytest.mark.parametrize(
        "text",
        [
            "ada@example.com",
            "Ada.Love-lace+jobs_1@mail.ex-ample.co.uk",
            f"{'x' * 64}@{'y' * 63}.example.com",
            f"{'x' * 65}@example.com",
            f"ada@{'y' * 64}.com",
            "ada@example.com\n",
            "ada@ex--ample.com",
            "ada@xn--bcher-kva.example",
            "ada@Example.com",
            "ada@example.test",
            "ada@localhost",
            "ada@1.2.3.4",
            ".ada@example.com",
            "ada..l@example.com",
            "ada@-example.com",
            "ada@example-.com",
            f"ada@{'y' * 60}.{'y' * 60}.{'y' * 60}.{'y' * 60}.example.com",
        ],
    )
    def test_agrees_at_the_edges(self, text: str) -> None:
        """Lengths, hyphens, special names and line ends."""
        assert quickly(text) == slowly(text)
