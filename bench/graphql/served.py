"""The interview API as the benchmarks call it: its endpoint, and a token for its employer."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.interviews.graphql import part
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.clock import EPOCH, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.node_ids import NodeIds
from hirewire.runtime.db import Database
from hirewire.web.bearer import TokenVerifier, VerifyingKey
from hirewire.web.graphql import GraphQLEndpoint, build_schema

EMPLOYER: Final = UUID("018f0000-0000-7000-8000-00000000e001")
ISSUER: Final = "http://127.0.0.1"
NODE_IDS: Final = NodeIds("127.0.0.1")


class Silent:
    """A log for what never happens in a benchmark."""

    def error(self, event: str, **fields: Any) -> None:
        print(event, fields, file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Served:
    """An endpoint, the service behind it, and a token that it takes for an hour."""

    endpoint: GraphQLEndpoint
    interviews: Interviews
    token: str = field(repr=False)


def serve(database: Database) -> Served:
    """Put up the endpoint on *database*."""
    clock, entropy = SystemClock(), SystemEntropy()
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    interviews = Interviews(Accounts(Apps(entropy)), entropy)
    endpoint = GraphQLEndpoint(
        schema=build_schema([part()]),
        database=database,
        verifier=TokenVerifier(lambda _: VerifyingKey("ES256", key), ISSUER, clock),
        parts={Interviews: interviews, LobbyUrls: LobbyUrls(ISSUER)},
        node_ids=NODE_IDS,
        clock=clock,
        log=Silent(),
    )
    return Served(endpoint, interviews, _token(key))


def _token(key: ECKey) -> str:
    issued_at = (datetime.now(UTC) - EPOCH) // timedelta(seconds=1)
    claims = {
        "iss": ISSUER,
        "sub": "app:bench",
        "azp": "bench",
        "scope": SCOPE,
        "iat": issued_at,
        "exp": issued_at + 3600,
        "jti": UUID(int=1).hex,
        "emp": EMPLOYER.hex,
    }
    header = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
    return jws.serialize_compact(header, msgspec.json.encode(claims), key)
