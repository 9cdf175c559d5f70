"""The settings: defaults, the environment, and what is refused."""

import pytest

from hirewire.server.settings import BadSetting, Settings, UnknownSettings


class TestFromEnv:
    def test_takes_defaults_for_what_is_not_set(self) -> None:
        """
        Other programs' variables are none of our business.
        """
        assert Settings.from_env({"PATH": "/bin", "HOME": "/root"}) == Settings()

    def test_reads_each_kind_of_value(self) -> None:
        """
        Text, whole numbers, numbers and truth values are read as what they are.
        """
        settings = Settings.from_env(
            {
                "HIREWIRE_DATABASE": "sqlite:/srv/a.db",
                "HIREWIRE_PORT": "9000",
                "HIREWIRE_HEARTBEAT_S": "2.5",
                "HIREWIRE_INTROSPECTION": "No",
            }
        )

        assert (settings.database, settings.port) == ("sqlite:/srv/a.db", 9000)
        assert (settings.heartbeat_s, settings.introspection) == (2.5, False)

    def test_refuses_a_name_that_means_nothing(self) -> None:
        """
        A misspelt setting stops the start, named, rather than being ignored.
        """
        with pytest.raises(UnknownSettings) as refusal:
            Settings.from_env({"HIREWIRE_PROT": "9000", "HIREWIRE_BUZ": "memory:"})

        assert str(refusal.value) == (
            "No such setting: HIREWIRE_BUZ, HIREWIRE_PROT. See docs/settings.md."
        )

    @pytest.mark.parametrize(
        ("name", "value", "wanted"),
        [
            ("PORT", "http", "a whole number"),
            ("HEARTBEAT_S", "soon", "a number"),
            ("INTROSPECTION", "maybe", "true or false"),
            ("LOG_FORMAT", "xml", "one of json, pretty"),
            ("ACCESS_LOG", "some", "one of all, errors, none"),
            ("SECRET_KEY", "too short", "at least 32 characters"),
            ("PORT", "70000", "from 0 to 65535"),
            ("PORT", "-1", "from 0 to 65535"),
            ("HEARTBEAT_S", "0", "from 0.5 to 3600.0"),
            ("HEARTBEAT_S", "nan", "from 0.5 to 3600.0"),
            ("SHUTDOWN_GRACE_S", "inf", "from 0.0 to 3600.0"),
            ("LARGEST_BODY_BYTES", "-1", "from 1024 to 1073741824"),
            ("BASE_URL", "foo", "a web address, such as https://HOST"),
            ("BASE_URL", "https://u:p@host", "a web address, such as https://HOST"),
            ("BASE_URL", "https://[::1", "a web address, such as https://HOST"),
            ("BASE_URL", "https://host:65536", "a web address, such as https://HOST"),
            ("MAIL", "mail.example", "smtp://HOST or smtp://HOST:PORT"),
            ("MAIL", "smtp://u:p@mail.example", "smtp://HOST or smtp://HOST:PORT"),
            ("MAIL", "smtp://mail.example/inbox", "smtp://HOST or smtp://HOST:PORT"),
            ("MAIL", "smtp://mail.example:smtp", "smtp://HOST or smtp://HOST:PORT"),
            ("MAIL_SENDER", "Kestrel", "NAME <ADDRESS>, or an address alone"),
            ("MAIL_SECURITY", "ssl", "one of starttls, tls, none"),
            ("REMINDER_LEAD_MIN", "0", "from 1.0 to 1440.0"),
            (
                "TRUSTED_PROXIES",
                "10.0.0.1/8",
                "addresses and networks, separated by commas",
            ),
            ("STREAMS_PER_PERSON", "0", "from 1 to 1000000"),
            ("ISSUER", "id.example", "an https address without a query"),
            ("ISSUER", "http://id.example", "an https address without a query"),
            ("ISSUER", "https://id.example?", "an https address without a query"),
            ("ISSUER", "https://id.example/#", "an https address without a query"),
            ("ISSUER", "https://id.example/{a}", "an https address without a query"),
            ("ISSUER", "https://u@id.example", "an https address without a query"),
            ("ISSUER", "https://[id.example", "an https address without a query"),
        ],
    )
    def test_refuses_a_value_of_the_wrong_kind(
        self, name: str, value: str, wanted: str
    ) -> None:
        """
        The refusal names the setting and what it takes, never the value.
        """
        with pytest.raises(BadSetting) as refusal:
            Settings.from_env({f"HIREWIRE_{name}": value})

        assert str(refusal.value) == f"HIREWIRE_{name} must be {wanted}."

    def test_never_shows_what_is_secret(self) -> None:
        """
        Printing the settings cannot leak the key, nor the passwords in addresses.
        """
        settings = Settings(
            secret_key="k" * 32,
            database="postgresql://eve:kkkk@db.example/jobs",
            bus="nats://eve:kkkk@bus.example:4222",
        )

        assert "kkkk" not in repr(settings)


class TestIssuer:
    @pytest.mark.parametrize(
        "issuer",
        ["https://id.example", "https://id.example:8443/hiring", "http://localhost:8000"],
    )
    def test_may_be_another_address(self, issuer: str) -> None:
        """
        The issuer may have a path, and may be without TLS on one's own machine.
        """
        assert Settings(issuer=issuer).issuer == issuer

    def test_may_be_the_base_url_whatever_that_is(self) -> None:
        """
        A server that is reached without TLS, in a network of its own, starts.
        """
        placed = Settings(base_url="http://jobs.internal").at("127.0.0.1", 8000)

        assert placed.issuer == "http://jobs.internal"


class TestAt:
    def test_derives_the_urls_from_the_address(self) -> None:
        """
        Without a base URL callers reach the server where it listens.
        """
        settings = Settings().at("::1", 8123)

        assert settings.base_url == "http://[::1]:8123"
        assert settings.issuer == "http://[::1]:8123"

    def test_keeps_what_was_given(self) -> None:
        """
        Behind a proxy the given base URL counts, without its trailing slash.
        """
        settings = Settings(base_url="https://jobs.example/", issuer="https://id.example")

        placed = settings.at("127.0.0.1", 8000)

        assert placed.base_url == "https://jobs.example"
        assert placed.issuer == "https://id.example"
