"""Mail by the settings: which server, and what would be a mistake."""

import pytest

from hirewire.runtime.mail import Address, Security
from hirewire.server.mailing import sender_of, smtp_mailer
from hirewire.server.settings import BadSetting, Settings

SENDER = "Kestrel <hiring@kestrel.example>"


class TestSettings:
    def test_without_a_server_nothing_sends(self) -> None:
        """Mails wait where no server is set, and would be from this very host."""
        settings = Settings().at("127.0.0.1", 8000)

        assert smtp_mailer(settings) is None
        assert sender_of(settings) == Address("no-reply@127.0.0.1", "Hirewire")

    @pytest.mark.parametrize(
        ("mail", "security", "place"),
        [
            ("smtp://mail.example", "starttls", ("mail.example", 587)),
            ("smtp://mail.example", "tls", ("mail.example", 465)),
            ("smtp://mail.example", "none", ("mail.example", 25)),
            ("smtp://mail.example:2525", "none", ("mail.example", 2525)),
            ("smtp://[::1]:2525", "none", ("::1", 2525)),
        ],
    )
    def test_name_the_server(self, mail: str, security: str, place: tuple[str, int]) -> None:
        """The port follows from the security, unless it is said."""
        settings = Settings(mail=mail, mail_security=security, mail_sender=SENDER)

        mailer = smtp_mailer(settings)

        assert mailer is not None
        assert (mailer.server.host, mailer.server.port) == place
        assert mailer.server.security is Security(security)
        assert mailer.sender == Address("hiring@kestrel.example", "Kestrel")

    def test_a_server_needs_a_sender(self) -> None:
        """Nobody takes mail from nobody."""
        with pytest.raises(BadSetting) as refusal:
            Settings(mail="smtp://mail.example")

        assert str(refusal.value) == "HIREWIRE_MAIL_SENDER must be set where mail is."

    def test_a_password_does_not_travel_in_the_clear(self) -> None:
        """Only to a server on this machine may one sign in without TLS; none is printed."""
        near = Settings(
            mail="smtp://127.0.0.1",
            mail_security="none",
            mail_user="hirewire",
            mail_password="open sesame",
            mail_sender=SENDER,
        )

        with pytest.raises(BadSetting) as refusal:
            Settings(
                mail="smtp://mail.example",
                mail_security="none",
                mail_user="hirewire",
                mail_sender=SENDER,
            )

        assert refusal.value.name == "mail_security"
        assert "sesame" not in repr(near)
