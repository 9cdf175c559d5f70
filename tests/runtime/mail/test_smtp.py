"""Mail over SMTP, to a real server on loopback that behaves well, and badly."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from hirewire.runtime.mail import (
    Address,
    CalendarPart,
    Mail,
    MailRefused,
    MailServerUnusable,
    Security,
    SmtpMailer,
    SmtpServer,
    spell,
)
from tests.runtime.mail.sink import PASSWORD, Behaviour, mail_server, throw_away_certificate

SENDER = Address("no-reply@hire.example", "Hirewire")
MAIL = Mail(
    message_id="<1@hire.example>",
    to=Address("ada@kestrel.example", "Ada"),
    written_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    language="en",
    subject="Hello",
    text="Hello Ada\n.\nthe dot above is no end",
    html="<p>Hello Ada</p>",
    calendar=CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
)


def mailer(port: int, timeout_s: float = 5.0) -> SmtpMailer:
    server = SmtpServer(
        host="127.0.0.1", port=port, security=Security.NONE, timeout_s=timeout_s
    )
    return SmtpMailer(server, SENDER)


async def refused(behaviour: Behaviour, timeout_s: float = 5.0) -> MailRefused:
    """Send a mail that is refused, and return why."""
    async with mail_server(behaviour) as port:
        with pytest.raises(MailRefused) as refusal:
            await mailer(port, timeout_s).send(MAIL)
    return refusal.value


class TestSend:
    @pytest.mark.fidelity("mail.smtp")
    async def test_hands_over_every_byte(self) -> None:
        """What the server has is what was spelled, dots at the beginning of lines included."""
        behaviour = Behaviour()

        async with mail_server(behaviour) as port:
            await mailer(port).send(MAIL)

        ((sender, recipients, raw),) = behaviour.taken
        assert (sender, recipients) == ("no-reply@hire.example", ["ada@kestrel.example"])
        assert raw == spell(MAIL, SENDER)
        assert message_from_bytes(raw, policy=default)["Message-ID"] == "<1@hire.example>"

    @pytest.mark.fidelity("mail.bounces")
    @pytest.mark.parametrize(
        "behaviour",
        [
            Behaviour(rcpt="550 5.1.1 no such person"),
            Behaviour(data="550 5.1.1 no such person"),
        ],
        ids=["recipient", "content"],
    )
    async def test_tells_a_refusal_for_good(self, behaviour: Behaviour) -> None:
        """A reply of the 500s, to the address or to the mail, is final."""
        refusal = await refused(behaviour)

        assert (refusal.is_permanent, refusal.reply) == (True, 550)
        assert "no such person" in refusal.reason
        assert behaviour.taken == []

    @pytest.mark.fidelity("mail.retries")
    @pytest.mark.parametrize(
        "behaviour",
        [Behaviour(rcpt="450 try later"), Behaviour(data="451 try later")],
        ids=["recipient", "content"],
    )
    async def test_tells_a_refusal_for_now(self, behaviour: Behaviour) -> None:
        """A reply of the 400s is worth another try."""
        refusal = await refused(behaviour)

        assert (refusal.is_permanent, refusal.reason) == (False, "try later")

    async def test_tells_a_refusal_in_any_charset(self) -> None:
        """What a server says is kept, its bytes that are no UTF-8 escaped."""
        has_ended = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example\r\n")
            while line := await reader.readline():
                is_to = line.startswith(b"RCPT")
                writer.write(b"550 Empf\xe4nger unbekannt\r\n" if is_to else b"250 ok\r\n")
            writer.close()
            await writer.wait_closed()
            has_ended.set()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            with pytest.raises(MailRefused) as refusal:
                await mailer(server.sockets[0].getsockname()[1]).send(MAIL)
            await has_ended.wait()

        assert (refusal.value.is_permanent, refusal.value.reply) == (True, 550)
        assert refusal.value.reason == r"Empf\udce4nger unbekannt"

    async def test_tries_again_after_a_connection_that_dropped(self) -> None:
        """A server that hangs up in the middle refused nothing."""
        refusal = await refused(Behaviour(hangs_up=True))

        assert (refusal.is_permanent, refusal.reply) == (False, None)

    async def test_waits_for_no_server_for_ever(self) -> None:
        """One that does not answer in time is tried again."""
        refusal = await refused(Behaviour(dawdles_s=5.0), timeout_s=0.2)

        assert refusal.is_permanent is False

    async def test_tries_again_where_nobody_listens(self) -> None:
        """No server is no refusal."""
        async with mail_server(Behaviour()) as port:
            pass

        with pytest.raises(MailRefused) as refusal:
            await mailer(port).send(MAIL)

        assert refusal.value.is_permanent is False

    async def test_spells_an_address_in_any_script(self) -> None:
        """A domain goes as ASCII; a local part that cannot needs a server that takes UTF-8."""
        mail = Mail(
            message_id=MAIL.message_id,
            to=Address("jörg@bücher.example"),
            written_at=MAIL.written_at,
            language="de",
            subject="Grüße",
            text="Hallo",
            html="<p>Hallo</p>",
        )
        able, unable = Behaviour(), Behaviour()

        async with mail_server(able) as port:
            await mailer(port).send(mail)
        async with mail_server(unable, takes_utf8=False) as port:
            with pytest.raises(MailRefused) as refusal:
                await mailer(port).send(mail)

        assert able.taken[0][1] == ["jörg@xn--bcher-kva.example"]
        assert (refusal.value.is_permanent, unable.taken) == (True, [])


class TestPrivate:
    @pytest.mark.fidelity("mail.private")
    @pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
    async def test_signs_in_over_tls(self, tmp_path: Path, security: Security) -> None:
        """By STARTTLS or from the first byte, the password goes encrypted, and does it."""
        shown, trust = throw_away_certificate(tmp_path)
        behaviour = Behaviour()

        async with mail_server(
            behaviour, tls=shown, is_tls_from_the_start=security is Security.TLS
        ) as port:
            server = SmtpServer(
                host="127.0.0.1",
                port=port,
                security=security,
                user="hirewire",
                password=PASSWORD.decode(),
            )
            said = await SmtpMailer(server, SENDER, trust).check()
            await SmtpMailer(server, SENDER, trust).send(MAIL)

        assert said == f"127.0.0.1:{port}, as no-reply@hire.example"
        assert len(behaviour.taken) == 1
        assert PASSWORD.decode() not in repr(server)

    async def test_does_not_talk_to_a_stranger(self, tmp_path: Path) -> None:
        """A certificate that nobody trusts ends the conversation; time may mend it."""
        shown, _ = throw_away_certificate(tmp_path)
        behaviour = Behaviour()

        async with mail_server(behaviour, tls=shown) as port:
            mailer = SmtpMailer(SmtpServer(host="127.0.0.1", port=port), SENDER)
            with pytest.raises(MailRefused) as refusal:
                await mailer.send(MAIL)
            with pytest.raises(MailServerUnusable):
                await mailer.check()

        assert (refusal.value.is_permanent, behaviour.taken) == (False, [])

    async def test_does_not_go_on_in_the_clear(self) -> None:
        """Where STARTTLS is asked for and not offered, nothing is sent."""
        behaviour = Behaviour()

        async with mail_server(behaviour) as port:
            mailer = SmtpMailer(SmtpServer(host="127.0.0.1", port=port), SENDER)
            with pytest.raises(MailRefused) as refusal:
                await mailer.send(MAIL)

        assert (refusal.value.is_permanent, behaviour.taken) == (False, [])

    async def test_tries_again_with_a_wrong_password(self, tmp_path: Path) -> None:
        """Our own credentials are no fault of the recipient's: that mail has not bounced."""
        shown, trust = throw_away_certificate(tmp_path)

        async with mail_server(Behaviour(), tls=shown) as port:
            server = SmtpServer(host="127.0.0.1", port=port, user="hirewire", password="wrong")
            with pytest.raises(MailRefused) as refusal:
                await SmtpMailer(server, SENDER, trust).send(MAIL)

        assert (refusal.value.is_permanent, refusal.value.reply) == (False, 535)
        assert "wrong" not in str(refusal.value)
