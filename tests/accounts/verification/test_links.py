"""The signed links: whom they are good for, and until when."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from hirewire.accounts.model import Person
from hirewire.accounts.verification.links import LIFETIME, Links
from tests.fixtures.database import MORNING

LINKS = Links("https://hire.example", "a secret of at least thirty-two characters")
NOOR = Person(
    id=UUID("018f0000-0000-7000-8000-00000000aa01"),
    name="Noor",
    email="noor@people.example",
    password_hash=None,
    created_at=MORNING,
    email_verified=False,
)
SECOND = timedelta(seconds=1)


def token_for(person: Person, links: Links = LINKS) -> str:
    """Take the token out of the link to *person*."""
    url = urlsplit(links.url(person, MORNING))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://hire.example/verify-email"
    return parse_qs(url.query)["token"][0]


class TestIsGood:
    @pytest.mark.fidelity("verification.expires")
    def test_until_it_expires(self) -> None:
        """A link works for two days, and not at their end."""
        token = token_for(NOOR)

        assert LINKS.is_good(token, NOOR, MORNING + LIFETIME - SECOND)
        assert not LINKS.is_good(token, NOOR, MORNING + LIFETIME)

    @pytest.mark.fidelity("verification.signed")
    def test_for_nobody_and_nothing_else(self) -> None:
        """Another account, address or key, and any other byte, spoils it."""
        token = token_for(NOOR)
        other = replace(NOOR, id=UUID("018f0000-0000-7000-8000-00000000aa02"))
        moved = replace(NOOR, email="mallory@people.example")
        stranger = Links("https://hire.example", "another secret of thirty-two characters")

        assert not LINKS.is_good(token, other, MORNING)
        assert not LINKS.is_good(token, moved, MORNING)
        assert not stranger.is_good(token, NOOR, MORNING)
        for index in range(0, len(token) - 1, 5):
            spoiled = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
            assert not LINKS.is_good(spoiled, NOOR, MORNING)

    @pytest.mark.parametrize("token", ["", "A", "ü", "====", "A" * 200, "../../etc"])
    def test_never_for_what_is_no_token(self, token: str) -> None:
        """Nonsense is no link, and no error."""
        assert not LINKS.is_good(token, NOOR, MORNING)

    def test_without_showing_the_secret(self) -> None:
        """The key stands in no repr."""
        assert "secret" not in repr(LINKS)
