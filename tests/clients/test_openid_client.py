"""npm openid-client drives the authorization server, as it drives the control."""

import pytest

from tests.clients.driver import Driver
from tests.clients.servers import Server
from tests.clients.trial import Trial

RUI: str = "rui@alpenblick.example"
ALPENBLICK: str = "019b76daafd076a6bef499bbf4dca4f2"
ANYTOWN: str = "019b76dabb8875f1b69f39d86441e5bd"
ALL: list[str] = ["email", "offline_access", "openid"]
NO_GRANT: dict[str, object] = {"status": 400, "error": "invalid_grant"}
NO_TOKEN: dict[str, object] = {"status": 401, "error": "invalid_token", "scheme": "bearer"}


@pytest.fixture
def trial(node: Driver, control: Server, hirewire: Server) -> Trial:
    return Trial("openid_client", node, (control, hirewire))


@pytest.fixture
def trial_of_time(node: Driver, control: Server, fresh_hirewire: Server) -> Trial:
    """A trial in which time passes."""
    return Trial("openid_client", node, (control, fresh_hirewire))


class TestDiscovery:
    def test_finds_all_that_the_client_uses(self, trial: Trial) -> None:
        """One address is all that a client is told; what it needs is in the metadata."""
        for server, found in trial.of("discovery"):
            assert found == dict.fromkeys(found, True), server


class TestClientCredentials:
    def test_gives_a_token(self, trial: Trial) -> None:
        """An app gets a token for itself, for an hour, and none to refresh it with."""
        for server, found in trial.of("clientCredentials"):
            assert found == {
                "token_type": "bearer",
                "expires_in": 3600,
                "scope": ["interviews.schedule"],
                "refresh_token": False,
            }, server

    def test_takes_the_secret_in_the_body_too(self, trial: Trial) -> None:
        """`client_secret_post` works as well as `client_secret_basic`."""
        for server, found in trial.of("clientCredentialsInTheBody"):
            assert found == {"token_type": "bearer", "scope": ["interviews.schedule"]}, server


class TestCode:
    @pytest.mark.parametrize(
        "scenario", ["codeOfASecretApp", "codeOfAPublicApp", "codeByPushedRequest"]
    )
    def test_signs_somebody_in(self, trial: Trial, scenario: str) -> None:
        """With PKCE, state and nonce; the ID token's signature and claims are right."""
        for server, found in trial.of(scenario):
            assert found == {
                "token_type": "bearer",
                "expires_in": 3600,
                "scope": ALL,
                "refresh_token": True,
                "audience": True,
                "email": RUI,
                "email_verified": True,
            }, server

    def test_gives_no_refresh_token_unasked(self, trial: Trial) -> None:
        """Without `offline_access` the hour of the access token is all that there is."""
        for server, found in trial.of("codeWithoutOfflineAccess"):
            assert (found["refresh_token"], found["scope"]) == (False, ["email", "openid"]), (
                server
            )

    @pytest.mark.fidelity("clients.id-token-without-openid")
    def test_gives_an_id_token_without_openid(self, trial: Trial) -> None:
        """Ours sends an ID token that the client finds right; the standard asks for none."""
        for server, found in trial.of("codeWithoutOpenid"):
            is_there = {"control": None, "hirewire": True}[server]
            assert (found["scope"], found.get("audience")) == (["email"], is_there), server

    def test_is_redeemed_once(self, trial: Trial) -> None:
        """A code that comes twice is refused, and the token of the first time is dead."""
        for server, found in trial.of("codeTwice"):
            assert found == {"second": NO_GRANT, "first_token_active": False}, server

    def test_is_redeemed_by_who_asked_for_it(self, trial: Trial) -> None:
        """Another PKCE verifier does not open it."""
        for server, found in trial.of("wrongVerifier"):
            assert found == NO_GRANT, server

    def test_comes_with_the_issuer(self, trial: Trial) -> None:
        """The client knows a response of another server (RFC 9207)."""
        for server, found in trial.of("issuerInTheResponse"):
            assert found == {
                "iss": True,
                "mixed_up": 'unexpected "iss" (issuer) response parameter value',
            }, server

    def test_of_one_who_refuses_is_an_error(self, trial: Trial) -> None:
        """Who declines is sent back with `access_denied`."""
        for server, found in trial.of("consentRefused", refuses=True):
            assert found["error"] == "access_denied", server


class TestPrompt:
    def test_none_refuses_a_stranger(self, trial: Trial) -> None:
        """Nobody is signed in, and no page may be shown."""
        for server, found in trial.of("nobodySignedIn"):
            assert found == {"error": "login_required"}, server

    def test_none_lets_in_who_is_known(self, trial: Trial) -> None:
        """The second time no page is shown; the person and their sign-in are the same."""
        for server, found in trial.of("somebodySignedIn"):
            assert found == [True, True], server

    @pytest.mark.fidelity("clients.select-employer", "clients.employer-in-the-id-token")
    def test_select_employer_lets_somebody_pick(self, trial: Trial) -> None:
        """The picked employer comes in the callback and in the ID token; userinfo has all."""
        expected = {
            "control": {"callback": None, "id_token": None, "userinfo": None},
            "hirewire": {
                "callback": ALPENBLICK,
                "id_token": ALPENBLICK,
                "userinfo": [ALPENBLICK, ANYTOWN],
            },
        }
        for server, found in trial.of("selectEmployer", picks=ALPENBLICK):
            assert found == expected[server], server


class TestPushedRequest:
    def test_leaves_nothing_but_its_name_in_the_address(self, trial: Trial) -> None:
        """The browser carries a name that works once (RFC 9126)."""
        for server, found in trial.of("pushedRequest"):
            assert found == {
                "parameters": ["client_id", "request_uri"],
                "urn": True,
                "again": 400,
            }, server


class TestRefresh:
    @pytest.mark.fidelity("clients.refresh")
    def test_replaces_the_token(self, trial_of_time: Trial) -> None:
        """The one before is refused when it comes again later, and ends its successors."""
        for server, found in trial_of_time.of("refresh"):
            assert found == {
                "rotated": True,
                "access_token": True,
                "scope": ALL,
                "reused": NO_GRANT,
                "after": NO_GRANT,
            }, server

    def test_works_for_a_public_app(self, trial: Trial) -> None:
        """An app without a secret gets another token each time."""
        for server, found in trial.of("refreshOfAPublicApp"):
            assert found == {"rotated": True, "scope": ALL}, server

    def test_narrows_and_never_widens(self, trial: Trial) -> None:
        """Fewer scopes can be asked for, more cannot."""
        for server, found in trial.of("narrowed"):
            assert found == {
                "scope": ["openid"],
                "wider": {"status": 400, "error": "invalid_scope"},
            }, server


class TestDpop:
    def test_binds_tokens_to_a_key(self, trial: Trial) -> None:
        """The token works with proofs of its key, at each endpoint, and not without."""
        for server, found in trial.of("dpop"):
            assert found == {
                "token_type": "dpop",
                "email": RUI,
                "bearer": 401,
                "other": {"status": 401, "scheme": "dpop"},
                "refreshed": ["dpop", RUI],
                "bound": True,
            }, server

    def test_binds_the_refresh_token_of_a_public_app(self, trial: Trial) -> None:
        """Without a secret the key is what proves who refreshes (RFC 9449, section 5)."""
        for server, found in trial.of("dpopOfAPublicApp"):
            assert found == {"token_type": "dpop", "stolen": NO_GRANT}, server


class TestIntrospection:
    def test_tells_what_a_token_is(self, trial: Trial) -> None:
        """Access and refresh tokens are told of, and nothing of what is none (RFC 7662)."""
        for server, found in trial.of("introspection"):
            assert found == {
                "active": True,
                "client": True,
                "scope": ALL,
                "token_type": "Bearer",
                "subject": True,
                "lasts": 3600,
                "refresh_token": True,
                "nonsense": {"active": False},
            }, server


class TestRevocation:
    def test_of_a_refresh_token_ends_everything(self, trial: Trial) -> None:
        """The access tokens that came of it are dead as well (RFC 7009, section 2.1)."""
        for server, found in trial.of("revocation"):
            assert found == {"refreshed": NO_GRANT, "active": False, "user": NO_TOKEN}, server

    def test_of_an_access_token_ends_it(self, trial: Trial) -> None:
        """One access token is dead at once."""
        for server, found in trial.of("revocationOfAnAccessToken"):
            assert found == {"active": False}, server


class TestStrictApp:
    def test_proves_itself_with_a_key(self, trial: Trial) -> None:
        """`private_key_jwt` opens the token endpoint; the tokens need a proof key."""
        for server, found in trial.of("privateKeyJwt"):
            assert found == {
                "token_type": "dpop",
                "scope": ["interviews.schedule"],
                "bare": 400,
            }, server

    def test_signs_somebody_in_with_everything_on(self, trial: Trial) -> None:
        """Pushed request, PKCE, assertions and proofs at once; what is not pushed fails."""
        for server, found in trial.of("everythingStrict"):
            assert found == {
                "token_type": "dpop",
                "email": RUI,
                "refreshed": "dpop",
                "not_pushed": "invalid_request",
            }, server

    def test_redeems_with_the_key_that_it_began_with(self, trial: Trial) -> None:
        """A code is bound to the key of the pushed request (RFC 9449, section 10)."""
        for server, found in trial.of("codeBoundToItsKey"):
            assert found == NO_GRANT, server


class TestUserinfo:
    def test_tells_who_signed_in(self, trial: Trial) -> None:
        """The subject is that of the ID token; a token that is none is refused."""
        for server, found in trial.of("userinfo"):
            assert found == {"subject": True, "email": RUI, "unknown": NO_TOKEN}, server
