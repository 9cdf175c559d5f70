"""A real mail server on loopback, which takes, refuses, defers, dawdles or hangs up."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hirewire.kit.clock import EPOCH

PASSWORD: Final = b"open sesame"
TAKEN: Final = "250 taken"


@dataclass(slots=True)
class Behaviour:
    """What the server answers to whom, and what it took."""

    rcpt: str = TAKEN
    data: str = TAKEN
    dawdles_s: float = 0.0
    hangs_up: bool = False
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    connections: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.rcpt == TAKEN:
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own name
        self, _: SMTP, __: Session, envelope: Envelope
    ) -> str:
        if self.dawdles_s:
            await asyncio.sleep(self.dawdles_s)
        if self.data == TAKEN:
            assert isinstance(envelope.content, bytes)
            sender = envelope.mail_from or ""
            self.taken.append((sender, list(envelope.rcpt_tos), envelope.content))
        return self.data


@asynccontextmanager
async def mail_server(
    behaviour: Behaviour,
    *,
    tls: ssl.SSLContext | None = None,
    is_tls_from_the_start: bool = False,
    takes_utf8: bool = True,
) -> AsyncIterator[int]:
    """
    Run one that does as *behaviour* says, and lend its port.

    With *tls* it insists on that, and on the password.
    """

    def connected() -> SMTP:
        behaviour.connections += 1
        with warnings.catch_warnings():
            # It does not know that a connection can be private from its first byte.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                behaviour,
                hostname="mail.example",
                enable_SMTPUTF8=takes_utf8,
                tls_context=None if is_tls_from_the_start else tls,
                require_starttls=tls is not None and not is_tls_from_the_start,
                auth_required=tls is not None,
                auth_require_tls=not is_tls_from_the_start,
                authenticator=_authenticate,
            )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connected, "127.0.0.1", 0, ssl=tls if is_tls_from_the_start else None
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def throw_away_certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1: what a server shows, and what a client trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(EPOCH)
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC) - timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    chain = folder / "certificate.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(chain)
    return shown, ssl.create_default_context(cafile=chain)


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data == LoginPassword(b"hirewire", PASSWORD)
    return AuthResult(success=is_right, handled=False)
