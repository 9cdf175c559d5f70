"""Authorization requests: what is refused, where, and in which words."""

from urllib.parse import urlencode

import httpx
import pytest

from hirewire.accounts.model import GrantType
from tests.oauth.authorize.world import (
    AUTHORIZE,
    BASE,
    CALLBACK,
    CHALLENGE,
    SCOPES,
    Office,
    answered,
    asking,
    shown,
)


async def check_told(office: Office, response: httpx.Response, error: str, said: str) -> None:
    """Expect a refusal at the redirect URI, word for word, and nothing begun."""
    told = answered(response)
    assert told == {
        "error": error,
        "error_description": said,
        "state": "xyz",
        "iss": BASE,
    }
    assert (await office.codes(), await office.waiting()) == ([], 0)


class TestShown:
    @pytest.mark.fidelity("authorize.shown-before-proven")
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"client_id": ""}, "The parameter client_id is missing."),
            ({"client_id": "nobody"}, "The client_id names no app."),
            ({"redirect_uri": ""}, "The parameter redirect_uri is missing."),
            (
                {"redirect_uri": "https://evil.example/callback"},
                "The redirect_uri is not one of those that the app registered.",
            ),
            ({"redirect_uri": "https://a.example/" + "x" * 2048}, "is longer than 2048 bytes."),
            ({"login_hint": "x" * 17_000}, "The request is larger than 16384 bytes."),
        ],
    )
    async def test_until_the_redirect_uri_is_proven(
        self, office: Office, changes: dict[str, str], said: str
    ) -> None:
        """
        What cannot be told at a proven redirect URI is told to the person.
        """
        visitor = await office.signed_in()

        response = await visitor.ask(**changes)

        shown(response, 400, said)
        assert (await office.codes(), await office.waiting()) == ([], 0)

    @pytest.mark.fidelity("authorize.shown-before-proven")
    @pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
    async def test_when_it_is_said_twice_who_asks(self, office: Office, name: str) -> None:
        """
        Two apps, or two places to go, are none.
        """
        visitor = await office.signed_in()
        pairs = [*asking(office.app).items(), (name, asking(office.app)[name])]

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(pairs)}")

        shown(response, 400, f"{name} was sent more than once.")

    @pytest.mark.parametrize("query", ["%", "state=%zz", "state=%ff", "state=%00"])
    async def test_when_the_query_is_malformed(self, office: Office, query: str) -> None:
        """
        Half a character, NUL and a broken escape are nobody's request.
        """
        visitor = await office.signed_in()
        known = urlencode(asking(office.app, state=""))

        response = await visitor.go(f"{AUTHORIZE}?{known}&{query}")

        shown(response, 400, "The parameters are malformed.")

    async def test_with_sixty_five_parameters(self, office: Office) -> None:
        """
        A request has a bounded number of parameters.
        """
        visitor = await office.signed_in()
        pairs = [*asking(office.app).items(), *((f"x{i}", "1") for i in range(60))]

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(pairs)}")

        shown(response, 400, "The parameters are malformed.")


class TestTold:
    @pytest.mark.fidelity("authorize.errors", "authorize.iss", "authorize.codes-only")
    @pytest.mark.parametrize(
        ("changes", "error", "said"),
        [
            (
                {"response_type": ""},
                "invalid_request",
                "The parameter response_type is missing.",
            ),
            ({"response_type": "token"}, "unsupported_response_type", "is not code."),
            ({"response_type": "code id_token"}, "unsupported_response_type", "is not code."),
            ({"response_type": "code code"}, "unsupported_response_type", "is not code."),
            ({"response_mode": "fragment"}, "invalid_request", "is not query."),
            ({"response_mode": "form_post"}, "invalid_request", "is not query."),
            ({"scope": ""}, "invalid_scope", "The parameter scope is missing."),
            ({"scope": "  "}, "invalid_scope", "The parameter scope is missing."),
            ({"scope": "email nonsense"}, "invalid_scope", "nonsense does not exist."),
            ({"scope": 'e"mail'}, "invalid_scope", "The scope asked for does not exist."),
            ({"scope": "conversations"}, "invalid_scope", "is not allowed for this app."),
            ({"request": "ey"}, "request_not_supported", "request parameter is not supported."),
            ({"request_uri": "https://a.example/r"}, "request_uri_not_supported", "is not one"),
            ({"code_challenge_method": "S256"}, "invalid_request", "code_challenge is missing"),
            ({"code_challenge": CHALLENGE}, "invalid_request", "method is not S256."),
            (
                {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
                "invalid_request",
                "method is not S256.",
            ),
            (
                {"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"},
                "invalid_request",
                "not 43 characters of base64url.",
            ),
            (
                {"code_challenge": CHALLENGE[:-1] + "=", "code_challenge_method": "S256"},
                "invalid_request",
                "not 43 characters of base64url.",
            ),
            ({"dpop_jkt": "short"}, "invalid_request", "not 43 characters of base64url."),
            ({"prompt": "dance"}, "invalid_request", "The prompt is none of none, login"),
            ({"prompt": "none login"}, "invalid_request", "none goes with no other."),
            ({"prompt": "none select_employer"}, "invalid_request", "goes with no other."),
            ({"max_age": "-1"}, "invalid_request", "is not a number of seconds."),
            ({"max_age": "1.5"}, "invalid_request", "is not a number of seconds."),
            ({"max_age": "٣"}, "invalid_request", "is not a number of seconds."),
            ({"max_age": "9" * 40}, "invalid_request", "is not a number of seconds."),
            ({"nonce": "n" * 2049}, "invalid_request", "nonce is longer than 2048 bytes."),
            ({"id_token_hint": "x.y.z"}, "invalid_request", "is not an ID token of this app."),
        ],
    )
    async def test_at_the_redirect_uri(
        self, office: Office, changes: dict[str, str], error: str, said: str
    ) -> None:
        """
        Once the redirect URI is proven, the app hears what is wrong.
        """
        visitor = await office.signed_in()

        response = await visitor.ask(**changes)

        description = answered(response)["error_description"]
        assert said in description
        await check_told(office, response, error, description)

    @pytest.mark.fidelity("authorize.no-duplicates")
    @pytest.mark.parametrize(
        "name", ["response_type", "scope", "nonce", "prompt", "code_challenge", "max_age"]
    )
    async def test_that_a_parameter_came_twice(self, office: Office, name: str) -> None:
        """
        A parameter is sent once (RFC 6749, section 3.1).
        """
        visitor = await office.signed_in()
        given = asking(office.app, nonce="n", prompt="login", max_age="1")
        given |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        pairs = [*given.items(), (name, given[name])]

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(pairs)}")

        await check_told(
            office, response, "invalid_request", f"{name} was sent more than once."
        )

    @pytest.mark.parametrize(
        "pairs", [[("state", "a"), ("state", "b")], [("state", "s" * 2049)]]
    )
    async def test_without_a_state_that_is_none(
        self, office: Office, pairs: list[tuple[str, str]]
    ) -> None:
        """
        Two states, or one that is too long, are not repeated.
        """
        visitor = await office.signed_in()
        given = [*asking(office.app, state="").items(), *pairs]

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(given)}")

        told = answered(response)
        assert (told["error"], "state" in told) == ("invalid_request", False)

    @pytest.mark.fidelity("authorize.code-grant-disabled")
    async def test_that_the_grant_is_switched_off(self, office: Office) -> None:
        """
        An app without the authorization code grant asks nobody.
        """
        await office.change_app(grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}))
        visitor = await office.signed_in()

        response = await visitor.ask()

        said = "The app is not allowed this grant type."
        await check_told(office, response, "unauthorized_client", said)

    @pytest.mark.fidelity("authorize.public-needs-pkce")
    async def test_that_a_public_app_needs_a_challenge(self, office: Office) -> None:
        """
        An app that keeps no secret proves with PKCE that it began what it ends.
        """
        app = await office.register(is_public=True, grant_types=_OF_PUBLIC)
        visitor = await office.signed_in()

        without = await visitor.go(f"{AUTHORIZE}?{urlencode(asking(app))}")
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        with_one = await visitor.go(f"{AUTHORIZE}?{urlencode(asking(app) | challenge)}")

        await_told = answered(without)
        assert await_told["error"] == "invalid_request"
        assert await_told["error_description"] == "A public app sends a code_challenge."
        assert with_one.headers["location"].startswith(AUTHORIZE + "/")

    @pytest.mark.fidelity("authorize.only-pushed")
    async def test_that_requests_have_to_be_pushed(self, office: Office) -> None:
        """
        An app that swore to push its requests sends nobody here without.
        """
        await office.change_app(requires_pushed_requests=True)
        visitor = await office.signed_in()

        response = await visitor.ask()

        said = "This app has to push its authorization requests."
        await check_told(office, response, "invalid_request", said)


_OF_PUBLIC = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})


class TestTaken:
    @pytest.mark.fidelity("authorize.unknown-ignored")
    async def test_what_nobody_knows_is_ignored(self, office: Office) -> None:
        """
        Unknown parameters, and those that only ask nicely, change nothing, also twice.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        nicely = {"display": "popup", "ui_locales": "de", "claims_locales": "de"}
        nicely |= {"acr_values": "1", "claims": "{}", "audience": "x", "resource": "y"}
        pairs = [*asking(office.app).items(), *nicely.items(), *nicely.items()]

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(pairs)}")

        assert set(answered(response)) == {"code", "state", "iss"}

    @pytest.mark.fidelity("authorize.state-exact")
    @pytest.mark.parametrize(
        "state", ["s" * 2048, "a b+c&d=e#f?%41", "ü→😀", "\r\nSet-Cookie: a=b", "'\"<>\\"]
    )
    async def test_the_state_comes_back_as_it_was(self, office: Office, state: str) -> None:
        """
        Whatever the state is, the app gets the same bytes.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await visitor.ask(state=state)

        assert answered(response)["state"] == state

    async def test_without_a_state_there_is_none(self, office: Office) -> None:
        """
        No state, and an empty one, is not answered with one.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await visitor.go(
            f"{AUTHORIZE}?{urlencode(asking(office.app, state=''))}&state="
        )

        assert set(answered(response)) == {"code", "iss"}

    @pytest.mark.fidelity("authorize.post")
    async def test_a_form_is_as_good_as_a_query(self, office: Office) -> None:
        """
        A posted request goes on as a query, with which the browser sends its cookies again.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        stranger = office.visitor()

        posted = await stranger.http.post(AUTHORIZE, data=asking(office.app, state="a b&ü"))
        response = await visitor.go(posted.headers["location"])

        assert posted.status_code == 303
        assert posted.headers["location"].startswith(AUTHORIZE + "?client_id=")
        assert "set-cookie" not in posted.headers
        assert answered(response)["state"] == "a b&ü"

    async def test_a_form_that_is_none_is_refused(self, office: Office) -> None:
        """
        A body of another type is nobody's request, and neither is one that is too large.
        """
        visitor = office.visitor()

        json = await visitor.http.post(AUTHORIZE, json=asking(office.app))
        large = await visitor.http.post(AUTHORIZE, data={"state": "x" * 17_000})

        shown(json, 400, "takes forms only")
        shown(large, 413, "16384 bytes")

    async def test_a_look_at_the_headers_begins_nothing(self, office: Office) -> None:
        """
        HEAD is not answered: asking has effects.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await visitor.http.head(AUTHORIZE, params=asking(office.app))

        assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
        assert await office.codes() == []

    @pytest.mark.fidelity("authorize.redirect-uri.required")
    async def test_the_only_redirect_uri_has_to_be_named_too(self, office: Office) -> None:
        """
        An app with one redirect URI names it all the same (contract 5).
        """
        visitor = await office.signed_in()

        response = await visitor.ask(redirect_uri="")

        assert office.app.redirect_uris == (CALLBACK,)
        shown(response, 400, "The parameter redirect_uri is missing.")
