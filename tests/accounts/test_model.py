"""The rules of accounts, without a database."""

import pytest

from hirewire.accounts.addresses import email_key, parse_email
from hirewire.accounts.errors import (
    BadEmail,
    BadLegacyId,
    BadName,
    BadRedirectUri,
    BadScopeName,
    BadTrustedDomain,
    TooManyRedirectUris,
    TooManyTrustedDomains,
    UnknownCountry,
    UnknownCurrency,
    UnknownTimeZone,
)
from hirewire.accounts.model import PERMISSIONS, Permission, Role, parse_legacy_id, parse_name
from hirewire.accounts.places import parse_country, parse_currency, parse_time_zone
from hirewire.accounts.web_addresses import parse_origin, parse_origins, parse_redirect_uris
from tests.accounts.world import an_app


class TestPermissions:
    @pytest.mark.fidelity("accounts.permissions.hosted-job")
    def test_have_the_names_of_the_error_message(self) -> None:
        """
        They read as in seed 002's "You are missing permissions for this action".
        """
        assert [permission.value for permission in Permission] == [
            "Hosted_Job Create",
            "Hosted_Job Update",
            "Hosted_Job Read",
        ]

    @pytest.mark.fidelity("accounts.roles")
    def test_follow_from_the_role(self) -> None:
        """
        Admins and recruiters may do all, viewers read, members nothing.
        """
        allowed = {role: len(PERMISSIONS[role]) for role in Role}

        assert allowed == {Role.ADMIN: 3, Role.RECRUITER: 3, Role.VIEWER: 1, Role.MEMBER: 0}


class TestEmail:
    @pytest.mark.parametrize(
        "text", ["a@example.com", "a+b@example.test", "jörg@exämple.com", "O'Hara@example.org"]
    )
    def test_is_taken_by_syntax_only(self, text: str) -> None:
        """
        Nothing is asked of the network, and reserved test domains are good.
        """
        assert parse_email(text).partition("@")[0] == text.partition("@")[0]

    @pytest.mark.parametrize(
        "text", ["", "a", "@example.com", "a@", "a b@example.com", "a@b@c.com", "a" * 300]
    )
    def test_is_refused_when_it_is_none(self, text: str) -> None:
        """
        A text that no mail can go to is no address.
        """
        with pytest.raises(BadEmail) as refusal:
            parse_email(text)

        assert refusal.value.email == text[:254]

    def test_is_one_in_any_case(self) -> None:
        """
        Addresses are looked up without regard to case.
        """
        assert email_key("Ann@Example.com") == email_key("aNN@example.COM")


class TestPlaces:
    def test_are_spelled_in_capitals(self) -> None:
        """
        Codes are taken in any case; zones exactly.
        """
        found = parse_country("ie"), parse_currency("eur"), parse_time_zone("Asia/Tokyo")

        assert found == ("IE", "EUR", "Asia/Tokyo")

    @pytest.mark.parametrize("text", ["", "XX", "IRL", "I E", "İE", "ß"])
    def test_refuse_an_unknown_country(self, text: str) -> None:
        """
        Only ISO 3166-1 alpha-2 codes are countries.
        """
        with pytest.raises(UnknownCountry):
            parse_country(text)

    @pytest.mark.parametrize("text", ["", "XXX", "EURO", "€", "\u0131nr"])
    def test_refuse_an_unknown_currency(self, text: str) -> None:
        """
        Only ISO 4217 codes are currencies.
        """
        with pytest.raises(UnknownCurrency):
            parse_currency(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "Europe", "Mars/Base", "../etc/passwd", "europe/dublin"),
            *("Factory", "localtime", "posixrules", "posix/UTC", "right/UTC"),
        ],
    )
    def test_refuse_an_unknown_zone(self, text: str) -> None:
        """
        Only names of the IANA database are zones.
        """
        with pytest.raises(UnknownTimeZone):
            parse_time_zone(text)


class TestNames:
    def test_are_cleaned(self) -> None:
        """
        Spaces around and doubled inside go.
        """
        assert parse_name("  Acme   Inc. ") == "Acme Inc."

    @pytest.mark.parametrize("text", ["", "   ", "a\0b", "x" * 201, "a\u202eb"])
    def test_are_refused_when_nobody_can_read_them(self, text: str) -> None:
        """
        Empty, endless and invisible names are none.
        """
        with pytest.raises(BadName):
            parse_name(text)

    @pytest.mark.parametrize("text", ["", "0", "012", "12a", "-1", "१२", "1" * 20])
    def test_of_older_apis_are_numbers(self, text: str) -> None:
        """
        A legacy advertiser id has decimal digits and no leading zero.
        """
        with pytest.raises(BadLegacyId):
            parse_legacy_id(text)


class TestRedirectUris:
    def test_are_kept_to_the_character(self) -> None:
        """
        What is registered is compared exactly, so nothing is changed in it.
        """
        uris = (
            "https://app.example.com/cb",
            "https://app.example.com/cb?Env=Prod",
            "http://127.0.0.1:3000/oauth-callback",
            "http://localhost:3000/oauth-callback",
            "http://[::1]/cb",
        )

        assert parse_redirect_uris([*uris, uris[0]]) == uris

    @pytest.mark.parametrize(
        "uri",
        [
            "",
            "/cb",
            "http://app.example.com/cb",
            "http://localhost.example.com/cb",
            "https://app.example.com/cb#here",
            "https://app.example.com/cb#",
            "https://user@app.example.com/cb",
            "https://",
            "https://app.example.com:99999/",
            "https://app.example.com/a b",
            "https://app.example.com\\@evil.example/",
            "https://*.example.com/cb",
            "javascript:alert(1)",
            "https://app.example.com/" + "a" * 2000,
        ],
    )
    def test_are_refused_where_codes_could_leak(self, uri: str) -> None:
        """
        Only https, or http on this machine, without fragment and user.
        """
        with pytest.raises(BadRedirectUri):
            parse_redirect_uris([uri])

    @pytest.mark.fidelity("accounts.apps.five-redirect-uris")
    def test_are_five_at_most(self) -> None:
        """
        A sixth one is refused.
        """
        uris = [f"https://app.example.com/{n}" for n in range(6)]

        with pytest.raises(TooManyRedirectUris) as refusal:
            parse_redirect_uris(uris)

        assert (refusal.value.asked, refusal.value.limit) == (6, 5)


class TestTrustedDomains:
    @pytest.mark.parametrize(
        ("domain", "origin"),
        [
            ("https://App.Example.com", "https://app.example.com"),
            ("https://app.example.com:443/", "https://app.example.com"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ],
    )
    def test_are_spelled_as_browsers_do(self, domain: str, origin: str) -> None:
        """
        They compare equal to the `Origin` header.
        """
        assert parse_origin(domain) == origin

    @pytest.mark.parametrize(
        "domain",
        ["", "example.com", "http://example.com", "https://a.example/x", "https://a.example?"],
    )
    def test_are_refused_when_they_are_no_origin(self, domain: str) -> None:
        """
        An origin has a scheme and a host, and nothing behind them.
        """
        with pytest.raises(BadTrustedDomain):
            parse_origin(domain)

    def test_are_twenty_at_most(self) -> None:
        """
        One more is refused.
        """
        with pytest.raises(TooManyTrustedDomains):
            parse_origins(f"https://a{n}.example" for n in range(21))


class TestScopes:
    @pytest.mark.parametrize("scope", ["", "a b", 'a"', "a\\b", "ä", "a\n"])
    def test_are_refused_when_no_token_can_hold_them(self, scope: str) -> None:
        """
        A scope is visible ASCII without quote and backslash (RFC 6749, section 3.3).
        """
        with pytest.raises(BadScopeName):
            an_app(scopes=frozenset({scope})).parsed()
