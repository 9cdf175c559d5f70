"""Calendar items, read back by two libraries that are strangers to each other."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types
from icalendar import Calendar

from hirewire.interviews.model import MediaType
from hirewire.runtime.mail import Mail, spell
from tests.interviews.invitations.post import SENDER, START, Post, item_of


def parsed(mail: Mail) -> EmailMessage:
    """Read *mail* as a mail program would."""
    found = message_from_bytes(spell(mail, SENDER), policy=default)
    assert isinstance(found, EmailMessage)
    return found


class TestItem:
    @pytest.mark.fidelity("invitations.calendar-item")
    async def test_is_read_alike_by_two_libraries(self, post: Post) -> None:
        """Both see one event with the same UID, SEQUENCE, times, people and link."""
        interview = await post.schedule(title="Zoë, Léa; 面接 " + "long " * 30)
        mail = post.sink.mails[0]
        assert mail.calendar is not None

        ours = item_of(mail)
        theirs = vobject.readOne(mail.calendar.body.decode())

        event, other = ours.events[0], theirs.vevent
        assert str(ours["method"]) == theirs.method.value == "REQUEST"
        assert event["uid"] == other.uid.value == f"{interview.id}@hire.example"
        assert event["sequence"] == int(other.sequence.value) == 0
        assert event.start == other.dtstart.value == START
        assert event.end == other.dtend.value == START + timedelta(hours=1)
        assert str(event["summary"]) == other.summary.value == interview.title
        assert str(event["status"]) == other.status.value == "CONFIRMED"
        assert str(event["url"]) == other.url.value
        assert [str(each) for each in event.attendees] == [
            each.value for each in other.attendee_list
        ]
        assert str(event["organizer"]) == other.organizer.value == f"mailto:{SENDER.email}"

    @pytest.mark.fidelity("invitations.calendar-attendees")
    async def test_asks_each_interviewer(self, post: Post) -> None:
        """Every interviewer is an attendee whose answer is asked for; the candidate is none."""
        await post.schedule()

        attendees = item_of(post.sink.mails[0]).events[0].attendees

        assert [str(each) for each in attendees] == [
            "mailto:ada@kestrel.example",
            "mailto:rui@kestrel.example",
        ]
        assert [
            (each.params["PARTSTAT"], each.params["RSVP"], each.params["CN"])
            for each in attendees
        ] == [
            ("NEEDS-ACTION", "TRUE", "Ada Berger"),
            ("NEEDS-ACTION", "TRUE", "rui@kestrel.example"),
        ]

    @pytest.mark.fidelity("invitations.calendar-wire")
    async def test_is_folded_and_ends_its_lines_as_the_rfc_has_it(self, post: Post) -> None:
        """No line is longer than 75 octets, each ends with CRLF, and times are in UTC."""
        await post.schedule(title="Ä" * 200)
        mail = post.sink.mails[0]
        assert mail.calendar is not None

        body = mail.calendar.body

        assert body.count(b"\n") == body.count(b"\r\n")
        assert max(len(line) for line in body.split(b"\r\n")) <= 75
        assert b"DTSTART:20260305T140000Z\r\n" in body
        assert b"VTIMEZONE" not in body
        assert str(item_of(mail).events[0]["summary"]) == "Ä" * 200

    @pytest.mark.fidelity("invitations.local-time")
    @pytest.mark.parametrize(
        ("zone", "starts_at"),
        [
            ("America/Los_Angeles", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
            ("Europe/London", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 30, tzinfo=UTC)),
            ("America/Sao_Paulo", datetime(2026, 11, 4, 3, 30, tzinfo=UTC)),
            ("Asia/Kathmandu", datetime(2026, 3, 15, 10, 0, tzinfo=UTC)),
        ],
    )
    async def test_keeps_the_moment_whatever_the_zone(
        self, post: Post, zone: str, starts_at: datetime
    ) -> None:
        """On the nights when clocks change, the item says the very moment, in UTC."""
        ends_at = starts_at + timedelta(hours=1)
        await post.schedule(zone=zone, starts_at=starts_at, ends_at=ends_at)
        mail = post.sink.mails[0]

        event = item_of(mail).events[0]

        assert (event.start, event.end) == (starts_at, ends_at)
        assert zone.replace("_", " ") in mail.text

    async def test_of_a_phone_call_has_no_place(self, post: Post) -> None:
        """Only a video interview takes place in the lobby."""
        await post.schedule(media_type=MediaType.PHONE)

        event = item_of(post.sink.mails[0]).events[0]

        assert "location" not in event
        assert "url" in event


class TestMime:
    @pytest.mark.fidelity("invitations.mime")
    @pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
    async def test_names_one_method_everywhere(self, post: Post, method: str) -> None:
        """The alternative's type, its item and the attached item agree; all are the same."""
        interview = await post.schedule()
        if method == "CANCEL":
            post.taken()
            await post.cancel(interview.id)

        message = parsed(post.sink.mails[0])

        assert message.get_content_type() == "multipart/mixed"
        alternatives, attached = message.iter_parts()
        assert [part.get_content_type() for part in alternatives.iter_parts()] == [
            "text/plain",
            "text/html",
            "text/calendar",
        ]
        item = list(alternatives.iter_parts())[2]
        assert item.get_param("method") == method
        assert item.get_content_charset() == "utf-8"
        assert attached.get_filename() == "invite.ics"
        assert attached.get_content() == item.get_content().encode()
        assert str(Calendar.from_ical(item.get_content())["method"]) == method
        assert method in item.get_content()

    async def test_says_who_and_that_a_program_wrote_it(self, post: Post) -> None:
        """Sender, recipient, id and subject are in the head, and no robot should answer."""
        await post.schedule(language="fr", country="CA")

        message = parsed(post.sink.mails[0])

        assert message["From"] == "Hirewire <no-reply@hire.example>"
        assert message["To"] == "Ada Berger <ada@kestrel.example>"
        assert message["Subject"] == "Invitation : Interview with Candidate, 5 mars 2026"
        assert message["Content-Language"] == "fr-CA"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"] == post.sink.mails[0].message_id
