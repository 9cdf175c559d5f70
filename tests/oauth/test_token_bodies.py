"""`POST /oauth/v2/tokens` with a body that is none: forms, JSON, and where they stand."""

from collections.abc import AsyncIterator

import pytest

from tests.oauth.refused import check_refused
from tests.oauth.world import TOKENS, AuthorizationServer


class TestInvalidRequest:
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


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]
