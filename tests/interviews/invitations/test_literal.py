"""Calendar items of hostile titles and names: they hold the texts as written, and no more."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from hirewire.interviews.invitations.calendar import Item, calendar_part
from hirewire.interviews.invitations.details import Details, Named
from hirewire.interviews.model import MediaType
from hirewire.kit.lines import is_line
from hirewire.runtime.mail import Address, spell
from tests.fixtures.database import MORNING
from tests.interviews.invitations.post import SENDER, START, Post

PIECES = [
    "\\",
    "\\n",
    "^n",
    "^'",
    '"',
    ";",
    ":",
    ",",
    "=",
    "=?utf-8?q?=0D=0A?=",
    "ATTENDEE",
    "é",
]
LINES = (
    st.one_of(
        st.text(min_size=1, max_size=200),
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join),
    )
    .map(str.strip)
    .filter(is_line)
)
# The reader takes a backslash in a parameter for an escape, which RFC 5545 knows none of there.
NAMES = LINES.map(lambda text: text.replace("\\", "/"))
PROPERTIES = [
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "DESCRIPTION",
    "URL",
    "LOCATION",
    "STATUS",
    "TRANSP",
    "ORGANIZER",
    "ATTENDEE",
]
SPOOF = "=?utf-8?q?Paid=0D=0ABcc:_evil@x.example=0D=0A=0D=0A<h1>hi</h1>?="


def item(title: str, name: str, described: str) -> Item:
    """Describe an interview with one interviewer."""
    details = Details(
        uid="1@hire.example",
        title=title,
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        zone="America/Los_Angeles",
        media_type=MediaType.VIDEO,
        interviewers=(Named("ada@kestrel.example", name),),
        interviewee=None,
    )
    return Item(
        details=details,
        sequence=0,
        written_at=MORNING,
        is_canceled=False,
        url="https://hire.example/lobby/1",
        described=described,
    )


class TestItem:
    @pytest.mark.fidelity("invitations.calendar-literal")
    @given(title=LINES, name=NAMES, organizer=NAMES)
    @example(title=SPOOF, name=SPOOF, organizer=SPOOF)
    @example(title="a\\nATTENDEE:b", name='x";ROLE=CHAIR:mailto:y', organizer="^n ^^n ^'")
    def test_holds_any_text_as_it_is(self, title: str, name: str, organizer: str) -> None:
        """Titles and names come back letter for letter, and add no property or parameter."""
        described = f"{title}\n{name}"
        asked = item(title, name, described)

        part = calendar_part(asked, Address("no-reply@hire.example", organizer))

        (event,) = Calendar.from_ical(part.body).events
        assert set(event) == set(PROPERTIES)
        assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (title, described)
        (attendee,) = event.attendees
        assert str(attendee) == "mailto:ada@kestrel.example"
        assert set(attendee.params) == {"CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP"}
        assert (attendee.params["CN"], attendee.params["ROLE"]) == (name, "REQ-PARTICIPANT")
        assert event["ORGANIZER"].params["CN"] == organizer


class TestMail:
    @pytest.mark.fidelity("mail.literal")
    async def test_of_a_hostile_title_is_one_mail(self, post: Post) -> None:
        """From the title of an interview no field gets into the mails about it."""
        await post.schedule(title=SPOOF)

        head = spell(post.sink.mails[0], SENDER).partition(b"\r\n\r\n")[0]

        assert [
            line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] != b" "
        ] == [
            b"From",
            b"To",
            b"Subject",
            b"Date",
            b"Message-ID",
            b"Content-Language",
            b"Auto-Submitted",
            b"MIME-Version",
            b"Content-Type",
        ]
        assert SPOOF in post.sink.mails[0].subject
