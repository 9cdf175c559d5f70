"""`POST /oauth/v2/par`: an app pushes its request ahead of the person (RFC 9126)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from hirewire.accounts.model import App
from hirewire.accounts.service import Accounts
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.authorize.checks import check
from hirewire.oauth.authorize.parameters import Parameters
from hirewire.oauth.authorize.pushed import LASTS, push
from hirewire.oauth.authorize.redirect_uri import prove
from hirewire.oauth.called import answer_app
from hirewire.oauth.errors import InvalidRequest
from hirewire.oauth.failures import Limited, unlimited
from hirewire.oauth.token.answers import answered
from hirewire.oauth.token.app import authenticate, reading
from hirewire.oauth.token.body import is_json, read_parameters
from hirewire.oauth.used_ids.service import use_once
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.bearer import VerifyingKey
from hirewire.web.dpop import BadProof, Proof, check_proof, one_proof
from hirewire.web.networks import network_of
from hirewire.web.rate_limits import RateLimit

PUSH_PATH: Final = "/oauth/v2/par"

_CREATED: Final = 201


class PushAnswer(msgspec.Struct, frozen=True):
    """What an app gets for its request, to send the person along with."""

    request_uri: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEndpoint:
    """
    Takes requests from apps that prove themselves; *url* is how they reach it.

    A public app has nothing to prove, so what it pushes is bounded by *beginnings*; *limited*
    counts the apps that do not prove themselves.
    """

    database: Database
    accounts: Accounts
    assertions: Assertions
    entropy: Entropy
    clock: Clock
    issuer: str
    url: str
    find_key: Callable[[str], VerifyingKey | None]
    beginnings: RateLimit
    limited: Limited = unlimited

    async def answer(self, request: Request) -> ASGIApp:
        """Keep the request, or say why not."""
        return await answer_app(
            request,
            self._push,
            endpoint="pushed authorization request",
            event="push_refused",
            limited=self.limited,
        )

    async def _push(self, request: Request) -> Response:
        if is_json(request):
            raise InvalidRequest(reason="A pushed request is a form.")
        given = await read_parameters(request)
        authorization = request.headers.getlist("authorization")
        async with reading(self.database, given) as reader:
            app = await authenticate(
                given, authorization, self.accounts, reader, self.assertions
            )
        if app.terms.is_public:
            self.beginnings.take(network_of(request))
        proof = self._proof(request)
        asked = check(self._asking(app, given, proof))
        async with self.database.unit() as uow:
            await _use(uow, proof)
            request_uri = await push(uow, self.entropy, asked)
        expires_in = int(LASTS.total_seconds())
        return answered(PushAnswer(request_uri, expires_in), status=_CREATED)

    def _proof(self, request: Request) -> Proof | None:
        text = one_proof(request.headers.getlist("dpop"))
        if text is None:
            return None
        return check_proof(text, method="POST", url=self.url, now=self.clock.now())

    def _asking(self, app: App, given: dict[str, str], proof: Proof | None) -> Asking:
        parameters = Parameters.of(given)
        if parameters.get("request_uri") is not None:
            # RFC 9126, section 2.1, step 2.
            raise InvalidRequest(reason="A pushed request has no request_uri.")
        return Asking(
            parameters=parameters,
            app=app,
            redirect_uri=prove(parameters.needs("redirect_uri"), app.redirect_uris),
            issuer=self.issuer,
            find_key=self.find_key,
            was_pushed=True,
            proof_key=None if proof is None else proof.key,
        )


async def _use(uow: UnitOfWork, proof: Proof | None) -> None:
    if proof is not None and not await use_once(uow, proof.digest, proof.until):
        raise BadProof(reason="The DPoP proof was used before.")
