"""npm oauth4webapi reads what is refused: the same shapes as the control's, by the RFCs."""

import pytest

from tests.clients.driver import Driver
from tests.clients.servers import Server
from tests.clients.trial import Trial


@pytest.fixture
def trial(node: Driver, control: Server, hirewire: Server) -> Trial:
    return Trial("oauth4webapi", node, (control, hirewire))


class TestTokenEndpoint:
    @pytest.mark.fidelity("clients.rfc-errors")
    def test_challenges_who_fails_to_authenticate(self, trial: Trial) -> None:
        """A client that used the Authorization header gets 401 and is told how to."""
        for server, found in trial.of("wrongSecret"):
            assert found == {
                "status": 401,
                "error": "invalid_client",
                "described": True,
                "json": True,
                "stored": False,
                "challenge": "Basic",
                "read": "WWWAuthenticateChallengeError",
            }, server

    @pytest.mark.parametrize("scenario", ["wrongSecretInTheBody", "noSecret"])
    def test_refuses_who_fails_in_the_body(self, trial: Trial, scenario: str) -> None:
        """Elsewhere than in the header a wrong secret is 401 as well."""
        for server, found in trial.of(scenario):
            assert (found["status"], found["error"]) == (401, "invalid_client"), server

    @pytest.mark.parametrize(
        ("scenario", "error"),
        [
            ("unknownCode", "invalid_grant"),
            ("unknownRefreshToken", "invalid_grant"),
            ("unknownGrant", "unsupported_grant_type"),
            ("noRefreshToken", "invalid_request"),
        ],
    )
    def test_names_what_is_wrong(self, trial: Trial, scenario: str, error: str) -> None:
        """Everything else is 400 with the code of RFC 6749, section 5.2."""
        for server, found in trial.of(scenario):
            assert found == {
                "status": 400,
                "error": error,
                "described": True,
                "json": True,
                "stored": False,
                "read": "ResponseBodyError",
            }, server


class TestOtherEndpoints:
    @pytest.mark.parametrize("scenario", ["introspectionByAStranger", "revocationByAStranger"])
    def test_authenticate_as_the_token_endpoint_does(self, trial: Trial, scenario: str) -> None:
        """Introspection and revocation refuse a wrong secret in the same shape."""
        for server, found in trial.of(scenario):
            assert found == {
                "status": 401,
                "error": "invalid_client",
                "described": True,
                "json": True,
                "challenge": "Basic",
            }, server

    def test_a_pushed_request_is_checked_when_it_comes(self, trial: Trial) -> None:
        """A redirect URI that is not the app's is refused before anybody sees a page."""
        for server, found in trial.of("pushedWithAnUnknownRedirectUri"):
            assert (found["status"], found["error"]) == (400, "invalid_request"), server

    @pytest.mark.parametrize(
        "scenario", ["protectedCallWithoutToken", "protectedCallWithNonsense"]
    )
    def test_a_protected_call_asks_for_a_token(self, trial: Trial, scenario: str) -> None:
        """What is no token is refused with 401 and the scheme (RFC 6750, section 3)."""
        for server, found in trial.of(scenario):
            assert (found["status"], found["challenge"]) == (401, "Bearer"), server

    def test_both_metadata_documents_agree(self, trial: Trial) -> None:
        """OpenID Connect's and RFC 8414's say the same, and the keys are public ones."""
        for server, found in trial.of("documents"):
            assert found == {"issuers": [True, True], "differing": [], "keys": True}, server
