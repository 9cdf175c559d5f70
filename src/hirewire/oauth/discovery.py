"""
What clients read before anything else: where the endpoints are, and what they are able to.

One document serves OpenID Connect Discovery 1.0 and RFC 8414 alike. Where a module does what
a list says, the list comes from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hirewire.accounts.model import GrantType
from hirewire.oauth.assertions import ASSERTION_ALGORITHMS
from hirewire.oauth.authorize.request import Prompt
from hirewire.oauth.model import RS256
from hirewire.oauth.scopes import KNOWN
from hirewire.web.dpop import ALGORITHMS as PROOF_ALGORITHMS

OPENID: Final = "/.well-known/openid-configuration"
OAUTH: Final = "/.well-known/oauth-authorization-server"
FRESH_FOR: Final = timedelta(minutes=5)

ENDPOINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization_endpoint": "/oauth/v2/authorize",
        "token_endpoint": "/oauth/v2/tokens",
        "pushed_authorization_request_endpoint": "/oauth/v2/par",
        "introspection_endpoint": "/oauth/v2/introspect",
        "revocation_endpoint": "/oauth/v2/revoke",
        "userinfo_endpoint": "/v2/api/userinfo",
        "jwks_uri": "/.well-known/keys",
    }
)
"""The member that names each endpoint, and the endpoint's path."""

_AUTHENTICATED: Final = ("token", "introspection", "revocation")
_TAKE_ASSERTIONS: Final = (
    *("token_endpoint", "pushed_authorization_request_endpoint"),
    *("introspection_endpoint", "revocation_endpoint"),
)
_PROOFS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt")
_CLAIMS: Final = (
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"),
    *("email", "email_verified", "employer", "employers"),
)


def metadata(issuer: str, base_url: str) -> dict[str, object]:
    """Describe the authorization server *issuer*, whose endpoints are below *base_url*."""
    return (
        {"issuer": issuer}
        | {member: f"{base_url}{path}" for member, path in ENDPOINTS.items()}
        | _authentication()
        | {
            "scopes_supported": sorted(KNOWN),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [grant.value for grant in GrantType],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "require_pushed_authorization_requests": False,
            "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [RS256],
            "prompt_values_supported": [prompt.value for prompt in Prompt],
            "claims_supported": list(_CLAIMS),
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["en"],
        }
    )


def assertion_endpoints(base_url: str) -> frozenset[str]:
    """
    List the endpoints that client assertions may be addressed to, beside the issuer.

    The token endpoint by OpenID Connect Core, section 9, and each that takes assertions by RFC
    9126, section 2.
    """
    return frozenset(f"{base_url}{ENDPOINTS[member]}" for member in _TAKE_ASSERTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The document as it is sent; caches may keep it for five minutes."""

    body: bytes
    headers: Mapping[str, str]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, issuer: str, base_url: str) -> Self:
        """Describe a server whose addresses are known."""
        body = msgspec.json.encode(metadata(issuer, base_url))
        headers = {
            "cache-control": f"public, max-age={FRESH_FOR // timedelta(seconds=1)}",
            "access-control-allow-origin": "*",
            "etag": f'"{sha256(body).hexdigest()[:32]}"',
        }
        return cls(body=body, headers=headers, paths=_paths(issuer))

    async def answer(self, request: Request) -> Response:
        """Answer with the document, or that it is still the same (RFC 9110, section 13.1.2)."""
        known = request.headers.get("if-none-match", "")
        if self.headers["etag"] in {tag.strip() for tag in known.split(",")}:
            return Response(status_code=304, headers=self.headers)
        return Response(self.body, 200, self.headers, "application/json")

    def routes(self) -> list[Route]:
        """List the routes."""
        return [Route(path, self.answer, methods=["GET"]) for path in self.paths]


def _paths(issuer: str) -> tuple[str, ...]:
    """
    List where clients look for the document.

    Below an issuer's path by OpenID Connect Discovery, section 4, and in front of it by RFC
    8414, section 3.1; and without it, as a proxy may take the path away.
    """
    path = urlsplit(issuer).path.rstrip("/")
    names = (OPENID, OAUTH)
    around = [spelled for name in names for spelled in (f"{path}{name}", f"{name}{path}")]
    return tuple(dict.fromkeys([*names, *around]))


def _authentication() -> dict[str, object]:
    """List how apps authenticate at each endpoint; a public app has nothing to do it with."""
    found: dict[str, object] = {}
    for endpoint in _AUTHENTICATED:
        public = [] if endpoint == "introspection" else ["none"]
        found[f"{endpoint}_endpoint_auth_methods_supported"] = [*_PROOFS, *public]
        found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(
            ASSERTION_ALGORITHMS
        )
    return found
