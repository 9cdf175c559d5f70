"""Dates and times in words: across the nights when clocks change, and in each language."""

from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale

from hirewire.interviews.invitations.formats import Moments

AMERICAN = Locale("en", "US")
LOS_ANGELES = "America/Los_Angeles"
LONDON = "Europe/London"
LORD_HOWE = "Australia/Lord_Howe"
SAO_PAULO = "America/Sao_Paulo"


def moments(zone: str, utc: str, locale: Locale = AMERICAN) -> Moments:
    """Three quarters of an hour from *utc*."""
    starts_at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    return Moments(starts_at, starts_at + timedelta(minutes=45), zone, locale)


def read(lines: tuple[str, str]) -> str:
    """Join *lines*, with plain spaces and dashes."""
    return " | ".join(lines).replace("\u00a0", " ").replace("\u2013", "-")


class TestLocalTime:
    @pytest.mark.fidelity("invitations.local-time")
    @pytest.mark.parametrize(
        ("zone", "utc", "shown", "called"),
        [
            (
                LOS_ANGELES,
                "2026-03-08T09:00",
                "Sunday, March 8, 2026 | 1:00 AM - 1:45 AM",
                "Pacific Standard Time (GMT-08:00), America/Los Angeles",
            ),
            (
                LOS_ANGELES,
                "2026-03-08T10:30",
                "Sunday, March 8, 2026 | 3:30 AM - 4:15 AM",
                "Pacific Daylight Time (GMT-07:00), America/Los Angeles",
            ),
            (
                LOS_ANGELES,
                "2026-11-01T09:30",
                "Sunday, November 1, 2026 | 1:30 AM - 2:15 AM",
                "Pacific Standard Time (GMT-08:00), America/Los Angeles",
            ),
            (
                LONDON,
                "2026-03-29T01:30",
                "Sunday, March 29, 2026 | 2:30 AM - 3:15 AM",
                "British Summer Time (GMT+01:00), Europe/London",
            ),
            (
                LONDON,
                "2026-10-25T01:30",
                "Sunday, October 25, 2026 | 1:30 AM - 2:15 AM",
                "Greenwich Mean Time (GMT+00:00), Europe/London",
            ),
            (
                LORD_HOWE,
                "2026-04-04T15:30",
                "Sunday, April 5, 2026 | 2:00 AM - 2:45 AM",
                "Lord Howe Standard Time (GMT+10:30), Australia/Lord Howe",
            ),
            (
                LORD_HOWE,
                "2026-10-03T16:00",
                "Sunday, October 4, 2026 | 3:00 AM - 3:45 AM",
                "Lord Howe Daylight Time (GMT+11:00), Australia/Lord Howe",
            ),
            (
                SAO_PAULO,
                "2018-11-04T03:30",
                "Sunday, November 4, 2018 | 1:30 AM - 2:15 AM",
                "Brasilia Summer Time (GMT-02:00), America/Sao Paulo",
            ),
            (
                SAO_PAULO,
                "2026-11-04T03:30",
                "Wednesday, November 4, 2026 | 12:30 AM - 1:15 AM",
                "Brasilia Standard Time (GMT-03:00), America/Sao Paulo",
            ),
            (
                "Asia/Kathmandu",
                "2026-01-15T10:00",
                "Thursday, January 15, 2026 | 3:45 PM - 4:30 PM",
                "GMT+05:45, Asia/Kathmandu",
            ),
        ],
    )
    def test_is_that_of_the_zone_on_that_day(
        self, zone: str, utc: str, shown: str, called: str
    ) -> None:
        """The clock on the wall there and then is shown, with what people call its zone."""
        found = moments(zone, utc)

        assert (read(found.lines), found.zone_line) == (shown, called)

    @pytest.mark.parametrize(
        ("zone", "utc", "shown"),
        [
            (
                LOS_ANGELES,
                "2026-11-01T08:30",
                (
                    "Sunday, November 1, 2026, 1:30 AM (GMT-07:00) - | "
                    "Sunday, November 1, 2026, 1:15 AM (GMT-08:00)"
                ),
            ),
            (
                LORD_HOWE,
                "2026-04-04T14:30",
                (
                    "Sunday, April 5, 2026, 1:30 AM (GMT+11:00) - | "
                    "Sunday, April 5, 2026, 1:45 AM (GMT+10:30)"
                ),
            ),
            (
                SAO_PAULO,
                "2018-11-04T02:30",
                (
                    "Saturday, November 3, 2018, 11:30 PM (GMT-03:00) - | "
                    "Sunday, November 4, 2018, 1:15 AM (GMT-02:00)"
                ),
            ),
        ],
    )
    def test_is_exact_where_clocks_change_meanwhile(
        self, zone: str, utc: str, shown: str
    ) -> None:
        """What ends before it began, by the wall, says how far each is from UTC."""
        assert read(moments(zone, utc).lines) == shown

    def test_names_both_days_of_a_night(self) -> None:
        """What ends on another day says so."""
        found = moments(LONDON, "2026-06-01T22:30")

        assert read(found.lines) == (
            "Monday, June 1, 2026, 11:30 PM - | Tuesday, June 2, 2026, 12:15 AM"
        )

    @pytest.mark.parametrize(
        ("locale", "shown"),
        [
            (Locale("en", "GB"), "Tuesday, 18 August 2026 | 15:30 - 16:15"),
            (Locale("fr", "CA"), "mardi 18 août 2026 | 15 h 30 - 16 h 15"),
            (Locale("de", "DE"), "Dienstag, 18. August 2026 | 15:30 - 16:15"),
            (Locale("es", "ES"), "martes, 18 de agosto de 2026 | 15:30 - 16:15"),
            (Locale("ja", "JP"), "2026年8月18日火曜日 | 15:30 - 16:15"),
        ],
    )
    def test_is_written_as_the_country_writes_it(self, locale: Locale, shown: str) -> None:
        """The order of a date, and the hours of a day, are those of language and country."""
        assert read(moments(LOS_ANGELES, "2026-08-18T22:30", locale).lines) == shown
