"""A GraphQL endpoint to call over HTTP, and access tokens to call it with."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
from joserfc import jws
from joserfc.jwk import ECKey

from hirewire.kit.clock import EPOCH, Clock, MovableClock
from hirewire.kit.node_ids import NodeIds
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import TokenVerifier, VerifyingKey
from hirewire.web.graphql import GraphQLEndpoint, GraphQLPart, Limits, build_schema
from hirewire.web.graphql.endpoint import Trusts, trust_nobody

BASE: Final = "http://api.test"
HOST: Final = "api.test"
NODE_IDS: Final = NodeIds(HOST)


class Signer:
    """Mints access tokens as contract 5 has them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = ECKey.generate_key("P-256", {"kid": "k1"})

    @property
    def verifier(self) -> TokenVerifier:
        """Who believes these tokens."""
        key = VerifyingKey("ES256", self._key)
        return TokenVerifier(lambda kid: key if kid == "k1" else None, BASE, self._clock)

    def token(
        self,
        *scopes: str,
        employer: UUID | None = None,
        person: UUID | None = None,
        lasts: timedelta = timedelta(hours=1),
    ) -> str:
        """Sign a token: for a *person*, or for the app itself."""
        issued_at = (self._clock.now() - EPOCH) // timedelta(seconds=1)
        claims: dict[str, object] = {
            "iss": BASE,
            "sub": f"user:{person}" if person else "app:client-1",
            "azp": "client-1",
            "scope": " ".join(scopes),
            "iat": issued_at,
            "exp": issued_at + int(lasts.total_seconds()),
            "jti": UUID(int=1).hex,
        }
        if employer is not None:
            claims["emp"] = employer.hex
        header = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
        return jws.serialize_compact(header, msgspec.json.encode(claims), self._key)


@dataclass(slots=True)
class Faults:
    """A log that remembers what went wrong."""

    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def error(self, event: str, **fields: Any) -> None:
        self.told.append((event, fields))


@dataclass(slots=True, repr=False)
class Api:
    """The endpoint, and a client of it."""

    endpoint: GraphQLEndpoint
    client: httpx.AsyncClient
    signer: Signer
    faults: Faults

    async def send(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        operation: str | None = None,
    ) -> httpx.Response:
        """Send one request."""
        body = {"query": query, "variables": variables, "operationName": operation}
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.client.post("/graphql", json=body, headers=headers)

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
    ) -> dict[str, Any]:
        """Send one request that is answered with status 200, and return the answer."""
        response = await self.send(query, variables, token=token)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def serve(
    parts: Iterable[GraphQLPart],
    database: Database,
    clock: MovableClock,
    services: Mapping[type, object],
    *,
    limits: Limits | None = None,
    introspection: bool = True,
    explorer: bool = False,
    trusts: Trusts = trust_nobody,
) -> Api:
    """Put up an endpoint for *parts*."""
    signer = Signer(clock)
    faults = Faults()
    endpoint = GraphQLEndpoint(
        schema=build_schema(parts),
        database=database,
        verifier=signer.verifier,
        parts=services,
        node_ids=NODE_IDS,
        clock=clock,
        log=faults,
        limits=limits or Limits(),
        introspection=introspection,
        explorer=explorer,
        trusts=trusts,
    )
    transport = httpx.ASGITransport(app=endpoint)
    return Api(endpoint, httpx.AsyncClient(transport=transport, base_url=BASE), signer, faults)


def event_id(id: UUID | str) -> str:
    """Spell a node id without the program's own speller."""
    iri = f"iri://{HOST}/VirtualInterviewEvent/{id}"
    return base64.b64encode(iri.encode()).decode()
