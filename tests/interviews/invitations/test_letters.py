"""What a mail looks like in parts: nothing of anybody's is markup, and text reads as text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import msgspec
import pytest

from hirewire.interviews.invitations.details import Details, Named
from hirewire.interviews.invitations.letters import Matter, letter
from hirewire.interviews.invitations.planning import MailKind
from hirewire.interviews.invitations.speech import LANGUAGES, Speech
from hirewire.interviews.model import MediaType
from hirewire.runtime.mail import Address

EVIL = '<img src=x onerror="alert(1)"> & "Co"'
START = datetime(2026, 8, 18, 22, 30, tzinfo=UTC)
DETAILS = Details(
    uid="1@hire.example",
    title=EVIL,
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    zone="America/Los_Angeles",
    media_type=MediaType.VIDEO,
    interviewers=(Named("ada@kestrel.example", EVIL),),
    interviewee=EVIL,
)
MATTER = Matter(
    kind=MailKind.INVITATION,
    to=Address("ada@kestrel.example", EVIL),
    details=DETAILS,
    before=None,
    employer=EVIL,
    ats=EVIL,
    url="https://hire.example/lobby/token",
)


class Tags(HTMLParser):
    """Collects the tags of a page, and checks that what opens is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestHtml:
    @pytest.mark.fidelity("invitations.escaped")
    @pytest.mark.parametrize("kind", list(MailKind))
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_holds_no_markup_of_anybodys(self, kind: MailKind, language: str) -> None:
        """Titles and names are shown as they were typed, in every kind and language."""
        before = replace_title(DETAILS) if kind is MailKind.UPDATE else None
        matter = replace(MATTER, kind=kind, before=before)

        written = letter(matter, Speech.of(language, None))
        text, html = written.text(), written.html()

        tags = Tags()
        tags.feed(html)
        assert (tags.open, "img" in tags.seen, "script" in tags.seen) == ([], False, False)
        assert "&lt;img src=x onerror=" in html
        assert EVIL in text

    def test_fits_a_mail_program(self) -> None:
        """It is 600 pixels wide, styled inline, and loads nothing from anywhere."""
        html = letter(MATTER, Speech.of("en", "US")).html()

        assert 'width="600"' in html
        assert html.count('style="') > 20
        assert " src=" not in html.replace("&lt;img src=", "")
        assert "prefers-color-scheme: dark" in html


class TestText:
    def test_reads_as_text(self) -> None:
        """The plain text says everything, in lines that a person can read."""
        plain = msgspec.structs.replace(
            DETAILS,
            title="First talk",
            interviewers=(Named("ada@kestrel.example", "Ada"),),
            interviewee="Jordan",
        )
        matter = replace(
            MATTER,
            details=plain,
            to=Address("ada@kestrel.example", "Ada"),
            employer="Kestrel",
            ats="ExampleATS",
        )

        text = letter(matter, Speech.of("en", "US")).text()

        assert text.replace("\u00a0", " ").replace("\u2013", "-") == (
            "Hello Ada,\n"
            "\n"
            "You are invited to interview\n"
            "Kestrel put an interview on your calendar.\n"
            "\n"
            "Interview:\n"
            "  First talk\n"
            "When:\n"
            "  Tuesday, August 18, 2026\n"
            "  3:30 PM - 4:30 PM\n"
            "  Pacific Daylight Time (GMT-07:00), America/Los Angeles\n"
            "How:\n"
            "  By video\n"
            "Candidate:\n"
            "  Jordan\n"
            "Interviewers:\n"
            "  Ada (ada@kestrel.example)\n"
            "\n"
            "Open the lobby:\n"
            "  https://hire.example/lobby/token\n"
            "\n"
            "The lobby opens 15 minutes before the start.\n"
            "Sign in there with ada@kestrel.example; if you have no account yet, create one "
            "with that address.\n"
            "\n"
            "-- \n"
            "You get this mail because you were named as an interviewer in ExampleATS.\n"
        )


def replace_title(details: Details) -> Details:
    """The same interview under another title."""
    return msgspec.structs.replace(details, title="Before")
