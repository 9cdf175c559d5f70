"""Mails as bytes: whatever people write is shown as they wrote it, and is nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.errors import BadEmail
from hirewire.kit.lines import is_line
from hirewire.runtime.mail import Address, Mail, MailRefused, spell

SENDER = Address("no-reply@hire.example", "Hirewire")
ADA = Address("ada@kestrel.example", "Ada")
FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]
SPOOF = (
    "=?utf-8?q?N=0D=0ASubject:_You_won=0D=0AContent-Type:_text/html=0D=0A=0D=0A<h1>hi</h1>?="
)
COPY = "=?utf-8?q?Paid=0D=0ABcc:_evil@x.example?="
HOSTILE = (
    SPOOF,
    COPY,
    "=?utf-8?b?AAAA?=",
    "Interview =?utf-8?q?=0D=0A?= and =?iso-8859-1?q?=00?=",
    '"Doe, Jane" <evil@x.example>',
    "Doe; group: a@x.example, b@x.example;",
    "Zoë (a comment) \\",
    "two  spaces, and =?half",
    "面接 " * 60,
    "long " * 39 + "words",
    "=" * 200,
)


def _texts() -> Iterator[st.SearchStrategy[str]]:
    yield st.text(min_size=1, max_size=200)
    pieces = ["=?", "?=", "utf-8", "?q?", "?b?", "=0D=0A", "=00", "a", " ", '"', "<", ",", "é"]
    yield st.lists(st.sampled_from(pieces), min_size=1, max_size=40).map("".join)


LINES = st.one_of(*_texts()).map(str.strip).filter(is_line)


def mail(subject: str = "Hello", to: Address = ADA) -> Mail:
    return Mail(
        message_id="<1@hire.example>",
        to=to,
        written_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        language="en",
        subject=subject,
        text="Hello Ada",
        html="<p>Hello Ada</p>",
    )


def bodies(message: object) -> list[str]:
    assert isinstance(message, EmailMessage)
    return [part.get_content().strip() for part in message.iter_parts()]


def check(raw: bytes, *, subject: str, name: str, sender: str) -> None:
    """Two parsers find the fields that there should be, and in them the literal texts."""
    new, old = message_from_bytes(raw, policy=policy.default), message_from_bytes(raw)

    assert new.keys() == old.keys() == FIELDS
    assert new["Subject"] == str(make_header(decode_header(old["Subject"]))) == subject
    for field, shown in (("To", name), ("From", sender)):
        (mailbox,) = new[field].addresses
        phrase, email = parseaddr(old[field])
        assert mailbox.addr_spec == email
        assert str(make_header(decode_header(phrase))) == shown
        # That parser leaves the space between encoded words (RFC 2047, section 6.2) there.
        assert mailbox.display_name.replace(" ", "") == shown.replace(" ", "")
    assert bodies(new) == ["Hello Ada", "<p>Hello Ada</p>"]


class TestHead:
    @pytest.mark.fidelity("mail.literal")
    @pytest.mark.parametrize("text", HOSTILE)
    def test_shows_what_people_wrote(self, text: str) -> None:
        """A title or a name that looks like an encoded word, or a head, is shown as it is."""
        raw = spell(mail(text, Address("ada@kestrel.example", text)), SENDER)

        check(raw, subject=text, name=text, sender="Hirewire")
        assert max(map(len, raw.split(b"\r\n"))) <= 78

    @pytest.mark.fidelity("mail.literal")
    @given(subject=LINES, name=LINES, sender=LINES)
    @example(subject=COPY, name=SPOOF, sender=SPOOF)
    def test_shows_any_text(self, subject: str, name: str, sender: str) -> None:
        """No text that is accepted anywhere adds a field, takes one, or changes on its way."""
        to, platform = Address("ada@kestrel.example", name), Address(SENDER.email, sender)

        raw = spell(mail(subject, to), platform)

        check(raw, subject=subject, name=name, sender=sender)

    @given(local=st.text(min_size=1, max_size=20))
    @example(local="o'hara+interviews")
    @example(local="jörg.müller")
    def test_spells_any_address(self, local: str) -> None:
        """Whatever is accepted as an address is the one recipient."""
        try:
            email = parse_email(f"{local}@kestrel.example")
        except BadEmail:
            assume(condition=False)

        raw = spell(mail(to=Address(email, "Ada")), SENDER)

        message = message_from_string(raw.decode(), policy=policy.default)
        assert message.keys() == FIELDS
        assert [each.addr_spec for each in message["To"].addresses] == [email]

    def test_leaves_plain_text_plain(self) -> None:
        """What needs no encoding can be read without a program."""
        raw = spell(
            mail("Interview: Ada & Bo", Address("ada@kestrel.example", "A. Bo")), SENDER
        )

        assert b"\r\nSubject: Interview: Ada & Bo\r\n" in raw
        assert raw.startswith(
            b'From: Hirewire <no-reply@hire.example>\r\nTo: "A. Bo" <ada@kestrel.example>\r\n'
        )


class TestUnspellable:
    @pytest.mark.fidelity("mail.unspellable")
    @pytest.mark.parametrize("end", ["\r", "\n", "\r\nBcc: evil@x.example", "\0"])
    def test_refuses_a_break_in_a_field(self, end: str) -> None:
        """Where a break got as far as the head, the mail is refused for good."""
        with pytest.raises(MailRefused) as refusal:
            spell(mail(to=Address(f"ada@kestrel.example{end}")), SENDER)

        assert (refusal.value.is_permanent, refusal.value.reply) == (True, None)
        assert refusal.value.reason == "it cannot be spelled, there is a break in its To"

    @pytest.mark.fidelity("mail.unspellable")
    def test_refuses_what_is_no_text(self) -> None:
        """A lone surrogate has no bytes, and will never have any."""
        with pytest.raises(MailRefused) as refusal:
            spell(mail("\ud800"), SENDER)

        assert refusal.value.is_permanent
        assert refusal.value.reason == "it cannot be spelled, UnicodeEncodeError"

    @pytest.mark.fidelity("mail.unspellable")
    def test_refuses_what_the_library_does_not_write(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A library that looks at the lines it writes, as later ones do, may refuse one."""

        class HeaderWriteError(MessageError):
            """As Python has it from 3.12.5 on."""

        def refuse(_: MIMEPart) -> bytes:
            raise HeaderWriteError

        monkeypatch.setattr(MIMEPart, "as_bytes", refuse)

        with pytest.raises(MailRefused) as refusal:
            spell(mail(), SENDER)

        assert refusal.value.is_permanent
        assert refusal.value.reason == "it cannot be spelled, HeaderWriteError"
