"""The headers that carry access tokens: how they are read, and remembered as a whole."""

from datetime import timedelta

import pytest

from hirewire.kit.caller import Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.web.bearer import TokenVerifier, read_credentials
from tests.web.test_bearer import ISSUER, Keys, claims, signed


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def verifier(keys: Keys, clock: MovableClock) -> TokenVerifier:
    return TokenVerifier(keys, ISSUER, clock)


class TestHeader:
    @pytest.mark.fidelity("bearer.header")
    @pytest.mark.parametrize(
        "header", ["Bearer abc.d-e_f~+/==", "bearer abc.d-e_f~+/==", "BEARER  abc.d-e_f~+/=="]
    )
    def test_carries_the_token(self, header: str) -> None:
        """
        The scheme's name is taken in any case.
        """
        token = read_credentials([header]).token

        assert token == "abc.d-e_f~+/=="

    @pytest.mark.parametrize(
        "given_headers",
        [
            ["Bearer"],
            ["Bearer "],
            ["Bearer a b"],
            ["Bearer a,b"],
            ["Bearer é"],
            ["Basic abc"],
            ["abc"],
            [""],
            ["Bearer a", "Bearer a"],
            ["Bearer a", "Basic b"],
        ],
    )
    def test_of_another_form_is_refused(self, given_headers: list[str]) -> None:
        """
        One header with one token, or none at all.
        """
        with pytest.raises(Unauthenticated) as refusal:
            read_credentials(given_headers)

        assert str(refusal.value) == (
            "The Authorization header is not one access token: use `Bearer <token>`."
        )

    def test_has_to_be_there(self) -> None:
        """
        Nothing at all is said to be nothing.
        """
        with pytest.raises(Unauthenticated) as refusal:
            read_credentials([])

        assert str(refusal.value) == "The request carries no access token."


class TestIdentifying:
    def test_remembers_the_header_as_a_whole(
        self, verifier: TokenVerifier, keys: Keys, clock: MovableClock
    ) -> None:
        """
        A header that was good needs no second look until its minute has passed.
        """
        headers = [(b"host", b"x"), (b"authorization", b"bearer  " + signed_bytes(clock))]

        first = verifier.identify(headers, "POST", "/graphql")
        again = verifier.identify(headers, "POST", "/graphql")

        assert first is again
        assert keys.looked == 1

    async def test_forgets_what_expired(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        A header is good for as long as its token is.
        """
        headers = [(b"authorization", b"Bearer " + signed_bytes(clock))]
        verifier.identify(headers, "POST", "/graphql")

        await clock.advance(timedelta(hours=1))

        with pytest.raises(Unauthenticated) as refusal:
            verifier.identify(headers, "POST", "/graphql")
        assert str(refusal.value) == "The access token has expired."

    def test_forgets_when_told_to(
        self, verifier: TokenVerifier, keys: Keys, clock: MovableClock
    ) -> None:
        """
        After a revocation every header is looked at again.
        """
        headers = [(b"authorization", b"Bearer " + signed_bytes(clock))]
        verifier.identify(headers, "POST", "/graphql")

        verifier.forget()
        verifier.identify(headers, "POST", "/graphql")

        assert keys.looked == 2

    @pytest.mark.parametrize(
        "values",
        [[], [b"Basic eA=="], [b"Bearer"], [b"Bearer a b"], [b"Bearer \xff"], [b"Bearer x"]],
    )
    def test_refuses_what_is_no_token(
        self, verifier: TokenVerifier, values: list[bytes]
    ) -> None:
        """
        Nothing is remembered of what was refused.
        """
        for _ in range(2):
            with pytest.raises(Unauthenticated):
                verifier.identify([(b"authorization", value) for value in values], "GET", "/")

    def test_refuses_two_headers_that_were_good_alone(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        Which of two tokens is meant cannot be known.
        """
        header = (b"authorization", b"Bearer " + signed_bytes(clock))
        verifier.identify([header], "GET", "/")

        with pytest.raises(Unauthenticated):
            verifier.identify([header, header], "GET", "/")


def signed_bytes(clock: MovableClock) -> bytes:
    """A good token, as it comes."""
    return signed(claims(clock)).encode()
