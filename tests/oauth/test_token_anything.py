"""`POST /oauth/v2/tokens` with whatever one may think of: tokens or refusals, no failures."""

from collections.abc import Mapping
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hirewire.oauth.scopes import KNOWN
from tests.accounts.world import AGENCY_SCOPES
from tests.oauth.refused import check_error
from tests.oauth.world import INVALID_GRANT, TOKENS, AuthorizationServer

ONE_WORLD: Final = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


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
            check_error(response, {"invalid_scope", "invalid_request"})

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

        check_error(response, {"invalid_request", "unsupported_grant_type"})

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

        check_error(response, {"invalid_request", "invalid_grant", "unsupported_grant_type"})
        if response.json()["error"] == "invalid_grant":
            assert response.json() == INVALID_GRANT
