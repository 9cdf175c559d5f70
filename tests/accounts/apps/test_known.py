"""What is kept in memory of apps, and when it is forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hirewire.accounts.apps.known import KEPT_FOR, KnownApps
from hirewire.accounts.facts import AppChanged, AppSecretRemoved
from hirewire.accounts.model import App, AppTerms, GrantType
from hirewire.kit.clock import MovableClock

OWNER = UUID(int=1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON, frozen=True)


@pytest.fixture
def known(clock: MovableClock) -> KnownApps:
    return KnownApps(clock, most=2)


def an_app(client_id: str) -> App:
    terms = AppTerms(name="App", grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}))
    return App(id=client_id, owner_employer_id=OWNER, terms=terms, created_at=NOON)


def kept(known: KnownApps, *client_ids: str) -> None:
    for client_id in client_ids:
        known.keep(an_app(client_id), (b"digest",), read_at=known.changes)


def found(known: KnownApps, client_id: str) -> tuple[App, tuple[bytes, ...]] | None:
    entry = known.find(client_id)
    return None if entry is None else (entry.app, entry.digests)


class TestKnownApps:
    def test_finds_what_was_kept(self, known: KnownApps) -> None:
        """
        An app comes back with its digests; another one is not known.
        """
        kept(known, "a")

        assert found(known, "a") == (an_app("a"), (b"digest",))
        assert found(known, "b") is None

    async def test_lasts_half_a_minute(self, known: KnownApps, clock: MovableClock) -> None:
        """
        What nobody confirmed for as long is read again.
        """
        kept(known, "a")

        await clock.advance(KEPT_FOR - timedelta(microseconds=1))
        assert found(known, "a") is not None
        await clock.advance(timedelta(microseconds=1))
        assert found(known, "a") is None

    def test_forgets_an_app_that_changed(self, known: KnownApps) -> None:
        """
        A fact about an app takes that one away, and no other.
        """
        kept(known, "a", "b")

        known.hear(AppSecretRemoved(employer_id=OWNER, app_id="a", secret_id=UUID(int=2)))

        assert found(known, "a") is None
        assert found(known, "b") is not None

    def test_keeps_nothing_that_was_read_before_a_change(self, known: KnownApps) -> None:
        """
        Who read an app while it changed may have read the old one.
        """
        before = known.changes
        known.hear(AppChanged(employer_id=OWNER, app_id="a"))

        known.keep(an_app("a"), (b"old",), read_at=before)

        assert found(known, "a") is None

    def test_gives_way_to_newer_ones(self, known: KnownApps) -> None:
        """
        Of three the one that was longest not asked for is gone.
        """
        kept(known, "a", "b")
        known.find("a")

        kept(known, "c")

        assert [each for each in "abc" if known.find(each)] == ["a", "c"]

    def test_forgets_everything(self, known: KnownApps) -> None:
        """
        Also what is being read at that moment.
        """
        before = known.changes
        kept(known, "a")

        known.forget()
        known.keep(an_app("b"), (), read_at=before)

        assert (known.find("a"), known.find("b")) == (None, None)
