"""`POST /oauth/v2/tokens`: every documented refusal, and that it leaves no trace."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hirewire.accounts.model import GrantType
from hirewire.oauth.scopes import KNOWN
from tests.accounts.world import AGENCY_SCOPES, an_app, an_employer
from tests.oauth.world import INVALID_GRANT, TOKENS, AuthorizationServer, basic

ONE_WORLD: Final = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_DESCRIPTION: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


async def check_refused(
    server: AuthorizationServer, response: httpx.Response, error: str, description: str
) -> None:
    """Expect one refusal, word for word, and no token on record."""
    assert response.status_code == 400
    assert response.json() == {"error_description": description, "error": error}
    assert list(response.json()) == ["error_description", "error"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    assert _DESCRIPTION.fullmatch(description)
    assert await server.issued() == 0


class TestInvalidGrant:
    @pytest.mark.fidelity("oauth.errors.invalid-grant-body", "oauth.invalid-grant.client-id")
    @pytest.mark.parametrize("client_id", ["f" * 64, "nobody", "' OR 1=1 --", "ä"])
    async def test_for_a_wrong_client_id(
        self, server: AuthorizationServer, client_id: str
    ) -> None:
        """
        Nobody is told whether the id or the secret was wrong.
        """
        response = await server.ask(client_id=client_id)

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    @pytest.mark.fidelity("oauth.invalid-grant.client-secret")
    async def test_for_a_wrong_secret(self, server: AuthorizationServer) -> None:
        """
        One digit off is wrong, in the body and in the header.
        """
        secret = server.world.secret.text
        wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")

        responses = [
            await server.ask(client_secret=wrong),
            await server.post(
                "grant_type=client_credentials",
                {"Authorization": basic(server.world.app.id, wrong)},
            ),
        ]

        for response in responses:
            await check_refused(server, response, "invalid_grant", "Invalid grant")
            assert "www-authenticate" not in response.headers

    @pytest.mark.fidelity("oauth.invalid-grant.deleted-secret")
    async def test_for_a_deleted_secret(self, server: AuthorizationServer) -> None:
        """
        Once the old secret is deleted, stores that still hold it are refused.
        """
        world = server.world
        async with server.database.unit() as uow:
            await world.accounts.apps.add_secret(uow, world.app.id)
            await world.accounts.apps.remove_secret(uow, world.app.id, world.secret.id)

        response = await server.ask()

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    @pytest.mark.fidelity(
        "oauth.invalid-grant.client-credentials-disabled",
        "oauth.invalid-grant.authorization-code-disabled",
    )
    @pytest.mark.parametrize(
        ("allowed", "asked"),
        [
            (GrantType.AUTHORIZATION_CODE, GrantType.CLIENT_CREDENTIALS),
            (GrantType.CLIENT_CREDENTIALS, GrantType.AUTHORIZATION_CODE),
            (GrantType.CLIENT_CREDENTIALS, GrantType.REFRESH_TOKEN),
        ],
    )
    async def test_for_a_grant_type_that_is_switched_off(
        self, server: AuthorizationServer, allowed: GrantType, asked: GrantType
    ) -> None:
        """
        What is not among the app's allowed grant types reads "Invalid grant".
        """
        async with server.database.unit() as uow:
            app, secret = await server.world.accounts.apps.register(
                uow, server.world.master.id, an_app(grant_types=frozenset({allowed}))
            )

        response = await server.ask(
            grant_type=asked.value,
            client_id=app.id,
            client_secret=secret.text,
            code="c",
            refresh_token="r",
        )

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    async def test_looks_the_same_for_every_cause(self, server: AuthorizationServer) -> None:
        """
        Body and headers of the answers do not differ; the operator's log does.
        """
        with capture_logs() as logs:
            unknown = await server.ask(client_id="f" * 64)
            wrong = await server.ask(client_secret="0" * 64)
            switched_off = await server.ask(grant_type="authorization_code", code="c")

        assert unknown.content == wrong.content == switched_off.content
        assert unknown.headers == wrong.headers == switched_off.headers
        assert [entry["fault"] for entry in logs] == [
            "unknown_app_or_secret",
            "unknown_app_or_secret",
            "grant_type_not_allowed",
        ]
        assert server.world.secret.text not in repr(logs)


class TestInvalidRequest:
    @pytest.mark.fidelity("oauth.invalid-request.missing-parameter")
    @pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret"])
    async def test_for_a_missing_parameter(
        self, server: AuthorizationServer, name: str
    ) -> None:
        """
        The description names what is missing.
        """
        response = await server.ask(**{name: ""})

        await check_refused(
            server, response, "invalid_request", f"The parameter {name} is missing."
        )

    @pytest.mark.parametrize(
        ("grant_type", "name"),
        [("authorization_code", "code"), ("refresh_token", "refresh_token")],
    )
    async def test_for_a_missing_grant(
        self, server: AuthorizationServer, grant_type: str, name: str
    ) -> None:
        """
        A code grant needs its code, a refresh its refresh token.
        """
        async with server.database.unit() as uow:
            await server.world.accounts.apps.change(
                uow, server.world.app.id, an_app(grant_types=frozenset(GrantType))
            )

        response = await server.ask(grant_type=grant_type)

        await check_refused(
            server, response, "invalid_request", f"The parameter {name} is missing."
        )

    @pytest.mark.fidelity("oauth.invalid-request.query-string")
    @pytest.mark.parametrize("query", ["scope=employer_access", "x", "client_secret=abc"])
    async def test_for_parameters_in_the_query_string(
        self, server: AuthorizationServer, query: str
    ) -> None:
        """
        Whatever is in the URL is refused, also beside a good body.
        """
        response = await server.http.post(
            f"{TOKENS}?{query}",
            data={"grant_type": "client_credentials"} | server.credentials,
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "Parameters do not belong in the query string: send them in the body, as "
            "application/x-www-form-urlencoded.",
        )

    @pytest.mark.fidelity("oauth.invalid-request.employer-not-permitted")
    async def test_for_an_employer_of_somebody_else(self, server: AuthorizationServer) -> None:
        """
        A stranger's account, an unknown one, and one's own master are refused alike.
        """
        accounts, world = server.world.accounts, server.world
        async with server.database.unit() as uow:
            below, secret = await accounts.apps.register(uow, world.subaccount.id, an_app())
            theirs = await accounts.open_employer(
                uow, an_employer("201", master_id=world.stranger.id)
            )

        responses = [
            await server.ask(employer=world.stranger.id.hex),
            await server.ask(employer=theirs.id.hex),
            await server.ask(employer="0" * 32),
            await server.ask(
                employer=world.master.id.hex, client_id=below.id, client_secret=secret.text
            ),
        ]

        for response in responses:
            await check_refused(
                server,
                response,
                "invalid_request",
                "The employer parameter names no employer that this app may represent.",
            )

    @pytest.mark.fidelity("oauth.invalid-request.employer-not-an-id")
    @pytest.mark.parametrize("employer", ["100", "abc", "0" * 31, "0" * 33, "{0}", "g" * 32])
    async def test_for_an_employer_that_is_no_id(
        self, server: AuthorizationServer, employer: str
    ) -> None:
        """
        A legacy advertiser id, even a right one, is no employer id.
        """
        response = await server.ask(employer=employer)

        await check_refused(
            server,
            response,
            "invalid_request",
            "The employer parameter is not an employer ID: send 32 hexadecimal digits, not a "
            "legacy advertiser ID.",
        )

    @pytest.mark.fidelity("oauth.body.content-type")
    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded; q=1"],
    )
    async def test_for_another_content_type(
        self, server: AuthorizationServer, content_type: str
    ) -> None:
        """
        The parameters are a form.
        """
        response = await server.post(
            "grant_type=client_credentials", server.basic() | {"Content-Type": content_type}
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "The content type of a request to this endpoint is "
            "application/x-www-form-urlencoded.",
        )

    @pytest.mark.fidelity("oauth.invalid-request.content-encoding")
    async def test_for_a_compressed_body(self, server: AuthorizationServer) -> None:
        """
        The header is named, as nobody sees what is wrong with the body.
        """
        headers = server.basic() | {"Content-Type": "application/x-www-form-urlencoded"}
        form = "grant_type=client_credentials"

        response = await server.post(form, headers | {"Content-Encoding": "gzip"})

        await check_refused(
            server,
            response,
            "invalid_request",
            "The Content-Encoding is none that is read here: send the body as it is.",
        )
        plain = await server.post(form, headers | {"Content-Encoding": "identity"})
        assert plain.status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"grant_type=%zz",
            b"grant_type=client_credentials&x=%ff",
            b"grant_type=\xff",
            b"grant_type=client_credentials&client_id=a%00b",
            b"grant_type=client_credentials&a%00=b",
            b"&".join(b"p%d=1" % n for n in range(65)),
        ],
    )
    async def test_for_a_malformed_form(self, server: AuthorizationServer, body: bytes) -> None:
        """
        Broken escapes, other encodings, NULs and a flood of parameters are no form.
        """
        response = await server.post(body, server.basic())

        await check_refused(server, response, "invalid_request", "The body is malformed.")

    @pytest.mark.parametrize(
        ("body", "description"),
        [
            (b"", "The body is malformed."),
            (b"{", "The body is malformed."),
            (b"[]", "The body is malformed."),
            (b'"grant_type"', "The body is malformed."),
            (b'{"a":"\\u0000"}', "The body is malformed."),
            (b'{"a":"\\ud800"}', "The body is malformed."),
            (b"[" * 16_000, "The body is malformed."),
            (b'{"a":' * 3_000, "The body is malformed."),
            (b"{}", "The parameter grant_type is missing."),
            (b'{"grant_type":1}', "The parameters of a JSON body are strings."),
            (b'{"grant_type":null}', "The parameters of a JSON body are strings."),
            (b'{"scope":["a"]}', "The parameters of a JSON body are strings."),
            (b'{"scope":"a","scope":"b"}', "scope was sent more than once."),
        ],
    )
    async def test_for_malformed_json(
        self, server: AuthorizationServer, body: bytes, description: str
    ) -> None:
        """
        JSON is one flat object of strings, each said once.
        """
        response = await server.post(
            body, server.basic() | {"Content-Type": "application/json"}
        )

        await check_refused(server, response, "invalid_request", description)

    @pytest.mark.fidelity("oauth.body.said-twice")
    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ("grant_type=client_credentials&scope=a&scope=a", "scope"),
            ("grant_type=client_credentials&grant_type=refresh_token", "grant_type"),
            ("grant_type=client_credentials&zebra=1&zebra=2", "A parameter"),
        ],
    )
    async def test_for_a_parameter_said_twice(
        self, server: AuthorizationServer, body: str, shown: str
    ) -> None:
        """
        Which of two values counts is nobody's guess.
        """
        response = await server.post(body, server.basic())

        await check_refused(
            server, response, "invalid_request", f"{shown} was sent more than once."
        )

    @pytest.mark.parametrize("content_length", [True, False])
    async def test_for_an_oversized_body(
        self, server: AuthorizationServer, *, content_length: bool
    ) -> None:
        """
        Reading stops at 16 KiB, whether or not the size was announced.
        """
        body = b"grant_type=client_credentials&x=" + b"a" * 20_000

        response = await server.http.post(
            TOKENS,
            content=body if content_length else _chunks(body),
            headers=server.basic() | {"Content-Type": "application/x-www-form-urlencoded"},
        )

        await check_refused(
            server, response, "invalid_request", "The body is larger than 16384 bytes."
        )

    @pytest.mark.fidelity("oauth.app.one-authentication")
    async def test_for_authenticating_twice(self, server: AuthorizationServer) -> None:
        """
        Header and body are one too many, even when they agree.
        """
        response = await server.http.post(
            TOKENS,
            data={"grant_type": "client_credentials"} | server.credentials,
            headers=server.basic(),
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "The app authenticates twice: use the Authorization header or the body.",
        )

    async def test_for_two_client_ids(self, server: AuthorizationServer) -> None:
        """
        The id in the body is the one that authenticates.
        """
        response = await server.post(
            f"grant_type=client_credentials&client_id={'f' * 64}", server.basic()
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "The client_id is not the one that authenticates.",
        )

    @pytest.mark.parametrize(
        "header",
        [
            "Bearer abc",
            "Basic",
            "Basic !!!",
            "Basic YQ",
            "Basic YWJj",
            "Basic Og==",
            "Basic OmI=",
            "Basic /////w==",
            "Basic YQA6Yg==",
            basic("a%ff", "b"),
        ],
    )
    async def test_for_a_malformed_header(
        self, server: AuthorizationServer, header: str
    ) -> None:
        """
        Another scheme, broken base64 and half a pair are no HTTP Basic.
        """
        response = await server.post("grant_type=client_credentials", {"Authorization": header})

        await check_refused(
            server,
            response,
            "invalid_request",
            "The Authorization header is not well-formed HTTP Basic.",
        )

    async def test_for_two_headers(self, server: AuthorizationServer) -> None:
        """
        Which of two headers counts is nobody's guess.
        """
        header = ("Authorization", server.basic()["Authorization"])

        response = await server.http.post(
            TOKENS, data={"grant_type": "client_credentials"}, headers=[header, header]
        )

        await check_refused(
            server, response, "invalid_request", "There is more than one Authorization header."
        )


class TestUnsupportedGrantType:
    @pytest.mark.fidelity("oauth.unsupported-grant-type")
    @pytest.mark.parametrize("grant_type", ["password", "implicit", "CLIENT_CREDENTIALS", "ä"])
    async def test_for_any_other_grant(
        self, server: AuthorizationServer, grant_type: str
    ) -> None:
        """
        The description lists the ones that there are.
        """
        response = await server.ask(grant_type=grant_type)

        await check_refused(
            server,
            response,
            "unsupported_grant_type",
            "The grant_type is none of authorization_code, refresh_token, client_credentials.",
        )


class TestInvalidScope:
    @pytest.mark.fidelity("oauth.scope.refused")
    @pytest.mark.parametrize(
        ("scope", "description"),
        [
            ("nothing", "The scope nothing does not exist."),
            ("employer_access nothing", "The scope nothing does not exist."),
            ('sc"ope', "The scope asked for does not exist."),
            ("employer_access\tinterviews.schedule", "The scope asked for does not exist."),
            ("ä", "The scope asked for does not exist."),
            ("x" * 101, "The scope asked for does not exist."),
            (
                "employer.hosted_job",
                "The scope employer.hosted_job is not allowed for this app.",
            ),
            (
                "employer.advertising.account",
                "The scope employer.advertising.account is not allowed for this app.",
            ),
        ],
    )
    async def test_for_a_scope_that_the_app_cannot_have(
        self, server: AuthorizationServer, scope: str, description: str
    ) -> None:
        """
        Unknown and foreign scopes are refused, not dropped; to read does not allow to write.
        """
        response = await server.ask(scope=scope)

        await check_refused(server, response, "invalid_scope", description)

    @pytest.mark.fidelity("oauth.scope.of-a-person")
    @pytest.mark.parametrize("scope", ["openid", "email", "offline_access"])
    async def test_for_a_scope_of_a_person(
        self, server: AuthorizationServer, scope: str
    ) -> None:
        """
        Nobody signs in, so there is nobody to speak of, and nothing to refresh.
        """
        response = await server.ask(scope=scope)

        await check_refused(
            server,
            response,
            "invalid_scope",
            f"The scope {scope} needs a person who signs in.",
        )

    async def test_for_an_app_without_scopes(self, server: AuthorizationServer) -> None:
        """
        A token without any scope would open nothing.
        """
        async with server.database.unit() as uow:
            await server.world.accounts.apps.change(
                uow, server.world.app.id, an_app(scopes=frozenset({"offline_access"}))
            )

        response = await server.ask()

        await check_refused(
            server, response, "invalid_scope", "This app has no scope of its own."
        )


class TestMethod:
    @pytest.mark.fidelity("oauth.method")
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
    async def test_is_post(self, server: AuthorizationServer, method: str) -> None:
        """
        Another method is answered with 405 and what is allowed.
        """
        response = await server.http.request(method, TOKENS)

        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert await server.issued() == 0


class TestAnything:
    @ONE_WORLD
    @given(
        scopes=st.lists(
            st.sampled_from(sorted(KNOWN)) | st.text(max_size=12), min_size=1, max_size=6
        )
    )
    async def test_as_scopes_is_granted_sorted_or_refused(
        self, server: AuthorizationServer, scopes: list[str]
    ) -> None:
        """
        Whatever is asked for, the answer is a sorted list without doubles, or a refusal.
        """
        response = await server.http.post(
            TOKENS,
            json={"grant_type": "client_credentials", "scope": " ".join(scopes)}
            | server.credentials,
        )

        if response.status_code == 200:
            granted = response.json()["scope"].split(" ")
            asked = frozenset(" ".join(scopes).split(" ")) - {""}
            assert granted == sorted(asked or AGENCY_SCOPES - {"offline_access"})
        else:
            _check_error(response, {"invalid_scope", "invalid_request"})

    @ONE_WORLD
    @given(
        body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
        content_type=st.sampled_from(["application/x-www-form-urlencoded", "application/json"]),
    )
    async def test_as_a_body_is_refused(
        self, server: AuthorizationServer, body: bytes, content_type: str
    ) -> None:
        """
        Random bytes are a 400 with a description of the RFC's characters.
        """
        response = await server.post(body, {"Content-Type": content_type})

        _check_error(response, {"invalid_request", "unsupported_grant_type"})

    @ONE_WORLD
    @given(
        form=st.dictionaries(
            st.sampled_from(["grant_type", "client_id", "client_secret", "employer", "scope"]),
            st.text(max_size=40) | st.just("client_credentials"),
        )
    )
    async def test_as_parameters_is_refused(
        self, server: AuthorizationServer, form: Mapping[str, str]
    ) -> None:
        """
        Random values are a 400 too; none of them is a token, and none a failure of ours.
        """
        response = await server.http.post(TOKENS, json=dict(form))

        _check_error(response, {"invalid_request", "invalid_grant", "unsupported_grant_type"})
        if response.json()["error"] == "invalid_grant":
            assert response.json() == INVALID_GRANT


def _check_error(response: httpx.Response, errors: set[str]) -> None:
    assert response.status_code == 400
    answer = response.json()
    assert answer["error"] in errors
    assert _DESCRIPTION.fullmatch(answer["error_description"])


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]
