"""The page of live streams: who sees whose, and what the meters say."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from hirewire.accounts.model import App, AppTerms, GrantType
from hirewire.console.streams.ledger import Notes, quantiles_ms
from hirewire.console.streams.page import size
from hirewire.kit.clock import MovableClock
from hirewire.realtime.limits import Seat, Visitor
from hirewire.realtime.replays import Cause, Progress
from hirewire.web.streams.slot import Reason, StreamKind
from tests.conversations.pages.site import Site, running_site
from tests.web.streams.pipes import MemoryPipe

PAGE = "/console/streams"
KIND = StreamKind(name="message-update")


@pytest.fixture
async def site(database_url: str, clock: MovableClock) -> AsyncIterator[Site]:
    """A server on each kind of database in turn."""
    async with running_site(database_url, clock) as site:
        yield site


async def app_of(site: Site, employer: str) -> App:
    """Register an app that an employer owns."""
    terms = AppTerms(
        name=f"{employer} reader",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        scopes=frozenset({"conversations.read"}),
    )
    async with site.parts.db.unit() as uow:
        owner = site.employers[employer].id
        app, _ = await site.parts.accounts.apps.register(uow, owner, terms)
    return app


def open_stream(site: Site, app: App) -> Seat:
    """Open a stream of an app, in memory."""
    seat = site.parts.doors.seats.take(Visitor(app_id=app.id, address="192.0.2.1"))
    slot = site.parts.hub.open(MemoryPipe(), KIND, topics=(), on_close=seat)
    seat.opened(slot)
    return seat


def rows(page: str) -> list[str]:
    """Name the apps that a page lists."""
    return re.findall(r'data-label="App"><strong dir="auto">([^<]+)<', page)


class TestPage:
    @pytest.mark.fidelity("console.streams.own")
    async def test_shows_an_admin_their_own_apps(self, site: Site) -> None:
        """Nothing of another employer's apps, nor of the process; a recruiter sees none."""
        acme, globex = await app_of(site, "Acme"), await app_of(site, "Globex")
        for app in (acme, acme, globex):
            open_stream(site, app)

        pages = [await (await site.signed_in(each, PAGE)).page() for each in ("Ada", "Pat")]

        assert [rows(each) for each in pages] == [["Acme reader"], []]
        assert "Globex" not in pages[0]
        assert "Commit to socket" not in pages[0]
        assert re.search(r'data-label="Open">2<', pages[0])

    @pytest.mark.fidelity("console.streams.operator")
    async def test_shows_an_operator_all(self, site: Site) -> None:
        """By kind, why they ended, how soon updates left, and who came back."""
        acme, globex = await app_of(site, "Acme"), await app_of(site, "Globex")
        kept, lost = open_stream(site, acme), open_stream(site, globex)
        assert kept.slot is not None
        assert lost.slot is not None
        site.parts.hub.close(lost.slot, reason=Reason.REVOKED)
        site.parts.doors.ledger.notes.lag(0.004)
        replays = site.parts.streams.recoveries.replays
        replays.given_up[Cause.DATABASE_SLOW] += 1
        progress = Progress(since_s=site.parts.clock.monotonic() - 12.5)
        olga = await site.signed_in("Olga", PAGE)

        with replays.under_way(progress):
            page = await olga.page()

        assert rows(page) == ["Acme reader", "Globex reader"]
        assert "<dt>Wait for their readers</dt><dd>1</dd>" in page
        assert "<dt>Longest without headway</dt><dd>12.5 s</dd>" in page
        assert "<dt>Given up: the database was slow</dt><dd>1</dd>" in page
        assert "<dt>Real-time API</dt><dd>1</dd>" in page
        assert "<dt>Access was taken back</dt><dd>1</dd>" in page
        assert "<dt>p99</dt><dd>4.0 ms</dd>" in page

    @pytest.mark.fidelity("console.streams.operator")
    async def test_takes_nobody_for_an_operator_by_an_unverified_address(
        self, site: Site
    ) -> None:
        """To have signed up with an address is not to have it."""
        async with site.parts.db.unit() as uow:
            await uow.run(
                "UPDATE people SET email_verified = :no WHERE email = :email",
                no=False,
                email="olga@example.com",
            )
        olga = await site.signed_in("Olga", PAGE)

        page = await olga.page()

        assert "Commit to socket" not in page


class TestMeters:
    @pytest.mark.fidelity("metrics.streams")
    async def test_tell_of_streams_what_matters(self, site: Site) -> None:
        """By kind, by end, bytes, lag, replays, verdicts, and refusals by limit."""
        open_stream(site, await app_of(site, "Acme"))
        site.parts.streams.recoveries.verdicts["recovered"] += 2
        site.parts.streams.recoveries.replayed += 5
        for tell in site.parts.streams.announcer.on_sent:
            tell(0.004)
        guest = await site.browser()

        answer: httpx.Response = await guest.http.get("/metrics")

        said = set(answer.text.splitlines())
        assert {
            'hirewire_streams{kind="message-update"} 1.0',
            'hirewire_streams_closed_total{reason="slow"} 0.0',
            'hirewire_streams_resumed_total{verdict="recovered"} 2.0',
            "hirewire_streams_replayed_total 5.0",
            'hirewire_stream_lag_seconds_bucket{le="0.005"} 1.0',
            'hirewire_stream_lag_seconds_bucket{le="0.0025"} 0.0',
            "hirewire_stream_bytes_total 0.0",
            "hirewire_streams_unsent_bytes 0.0",
        } <= said

    def test_forget_the_app_that_was_longest_silent(self) -> None:
        """What is noted of apps is bounded."""
        notes = Notes()

        for number in range(10_001):
            notes.end(str(number), Reason.CLIENT)

        assert len(notes.ended) == 10_000
        assert "0" not in notes.ended

    def test_say_quantiles_of_the_latest(self) -> None:
        """Of none there is nothing to say."""
        notes = Notes()
        none = quantiles_ms(notes.lags_s)

        for number in range(101):
            notes.lag(number / 1000)

        assert none == {}
        assert quantiles_ms(notes.lags_s) == {
            "p50": 50.0,
            "p95": 95.0,
            "p99": 99.0,
            "worst": 100.0,
        }

    def test_say_sizes(self) -> None:
        """Bytes are whole, and what is larger has one digit behind the point."""
        assert [size(n) for n in (0, 1023, 1024, 5 * 1024**2, 3 * 1024**4)] == [
            "0 bytes",
            "1,023 bytes",
            "1.0 KiB",
            "5.0 MiB",
            "3.0 TiB",
        ]
