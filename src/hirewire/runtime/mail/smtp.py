"""
Mail over SMTP (RFC 5321), one connection for each mail.

What the recipient's address or the mail itself is refused for with a reply of the 500s will
not change: that mail has bounced. Whatever else goes wrong, be it the connection, our
credentials or our own address, time or a setting can mend: that mail is tried again.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from hirewire.kit.lines import storable
from hirewire.runtime.mail.errors import MailRefused, MailServerUnusable
from hirewire.runtime.mail.model import Address, Mail
from hirewire.runtime.mail.spelling import ascii_address, spell

TIMEOUT_S: Final = 15.0
LONGEST_REASON: Final = 300
_PERMANENT: Final = 500


class Security(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


DEFAULT_PORTS: Final = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """
    The server that takes our mail, and how we come to it.

    *timeout_s* is for each step of the conversation.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands mail from *sender* to *server*; certificates are checked against *trust*."""

    server: SmtpServer
    sender: Address
    trust: ssl.SSLContext | None = None

    async def send(self, mail: Mail) -> None:
        try:
            async with self._connected() as client:
                await self._hand_over(client, mail)
        except (SMTPException, OSError, ValueError) as error:
            raise _for_now(error) from error

    async def check(self) -> str:
        try:
            async with self._connected() as client:
                await client.noop()
        except (SMTPException, OSError, ValueError) as error:
            raise MailServerUnusable(server=str(self.server), reason=_reason(error)) from error
        return f"{self.server}, as {self.sender.email}"

    async def _hand_over(self, client: SMTP, mail: Mail) -> None:
        raw = spell(mail, self.sender)
        to, sender = ascii_address(mail.to.email), ascii_address(self.sender.email)
        options = [] if (to + sender).isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
        try:
            await client.sendmail(sender, [to], raw, mail_options=options)
        except SMTPRecipientsRefused as refusals:
            raise _refused(refusals.recipients[0]) from refusals
        except SMTPDataError as refusal:
            raise _refused(refusal) from refusal
        except SMTPNotSupported as refusal:
            raise MailRefused(
                is_permanent=True, reply=None, reason="the mail server takes no such address"
            ) from refusal

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        client = self._client()
        try:
            await client.connect()
            yield client
        finally:
            with suppress(SMTPException, OSError):
                if client.is_connected:
                    await client.quit(timeout=self.server.timeout_s)
            client.close()

    def _client(self) -> SMTP:
        server = self.server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=ascii_address(self.sender.email).rpartition("@")[2],
            timeout=server.timeout_s,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self.trust,
        )


def _refused(refusal: SMTPResponseException) -> MailRefused:
    return MailRefused(
        is_permanent=refusal.code >= _PERMANENT,
        reply=refusal.code,
        reason=_reason(refusal),
    )


def _for_now(error: Exception) -> MailRefused:
    reply = error.code if isinstance(error, SMTPResponseException) else None
    return MailRefused(is_permanent=False, reply=reply, reason=_reason(error))


def _reason(error: Exception) -> str:
    """Say in one line what went wrong, and why; servers answer in several, in any charset."""
    said = error.message if isinstance(error, SMTPException) else str(error)
    cause = "" if error.__cause__ is None else f" ({type(error.__cause__).__name__})"
    line = storable(" ".join(said.split())) or type(error).__name__
    return line[:LONGEST_REASON] + cause
