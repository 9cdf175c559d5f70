"""Whatever the discovery document names, the whole server answers at."""

from urllib.parse import urlsplit

import pytest

from hirewire.oauth.discovery import ENDPOINTS, OAUTH, OPENID
from tests.conformance.world import BASE, Provider


class TestDiscovered:
    @pytest.mark.fidelity("oauth.discovery.document")
    @pytest.mark.parametrize("path", [OPENID, OAUTH])
    async def test_endpoints_are_there(self, provider: Provider, path: str) -> None:
        """
        Each endpoint is below the base URL, and is an endpoint.
        """
        document = (await provider.http.get(path)).json()

        statuses = {
            member: (await provider.http.get(urlsplit(document[member]).path)).status_code
            for member in ENDPOINTS
        }

        assert document["issuer"] == BASE
        assert all(document[member].startswith(f"{BASE}/") for member in ENDPOINTS)
        assert statuses == {
            "authorization_endpoint": 400,
            "token_endpoint": 405,
            "pushed_authorization_request_endpoint": 405,
            "introspection_endpoint": 405,
            "revocation_endpoint": 405,
            "userinfo_endpoint": 401,
            "jwks_uri": 200,
        }
