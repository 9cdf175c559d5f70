"""`POST /graphql`: one request in, one operation run, one answer out (plain ASGI)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol

from graphql import GraphQLSchema
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.kit.node_ids import NodeIds
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import Database, DatabaseAway, Reader
from hirewire.web.answers import Answer
from hirewire.web.graphql.answers import encode, refuse
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.deadline import Deadlines
from hirewire.web.graphql.documents import Documents, Operation
from hirewire.web.graphql.errors import (
    BodyTooLarge,
    MethodNotAllowed,
    NotGraphQL,
    NotJson,
    NotUtf8,
    UnknownEncoding,
)
from hirewire.web.graphql.execution import Executor
from hirewire.web.graphql.explorer import EXPLORER_HEADERS, read_page
from hirewire.web.graphql.limits import Limits, check_values
from hirewire.web.graphql.requests import Head, Request, read_request
from hirewire.web.origins import Preflights, UntrustedOrigin, is_own, raw, shared_with

_STATUS: Final[Mapping[type[HirewireError], HTTPStatus]] = {
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    NotGraphQL: HTTPStatus.BAD_REQUEST,
    NotJson: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    NotUtf8: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UnknownEncoding: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UntrustedOrigin: HTTPStatus.FORBIDDEN,
}
_PREFLIGHTS: Final = Preflights("POST", "Authorization, Content-Type, DPoP")

Headers = list[tuple[bytes, bytes]]
Identity = Caller | HirewireError


class Verifier(Protocol):
    """Who knows access tokens."""

    def identify(
        self, headers: Sequence[tuple[bytes, bytes]], method: str, path: str
    ) -> Caller:
        """
        Say who calls *path* with the access token among *headers*.

        Raises:
            Unauthenticated: there is none, or it is expired, malformed or not ours.
        """


Trusts = Callable[[Reader, str | None, str], Awaitable[bool]]
"""Whether an app, or any where it is not known, trusts the pages of a web origin."""


async def trust_nobody(reader: Reader, client_id: str | None, origin: str) -> bool:
    """Share answers with no page."""
    return False


class Log(Protocol):
    """Where faults are told."""

    def error(self, event: str, **fields: Any) -> Any:
        """Tell that *event* went wrong."""


@dataclass(slots=True, kw_only=True)
class GraphQLEndpoint:
    """
    Answers GraphQL over HTTP.

    Whatever the operation came to is HTTP 200 (contract 3.1); other statuses say that the
    request was none. With *explorer*, a browser that opens the address gets a page.
    *fell_back* is told why graphql-core had to complete a root field.
    """

    schema: GraphQLSchema
    database: Database
    verifier: Verifier
    parts: Mapping[type, object]
    node_ids: NodeIds
    clock: Clock
    log: Log
    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    explorer: bool = False
    fell_back: Callable[[str], object] = lambda reason: None
    trusts: Trusts = trust_nobody
    documents: Documents = field(init=False)
    deadlines: Deadlines = field(init=False)
    executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        self.documents = Documents(self.schema, self.limits, introspection=self.introspection)
        self.deadlines = Deadlines(self.clock, self.limits.deadline_s)
        self.executor = Executor(self.schema, self.database, self.fell_back)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head.of(scope["headers"])
        answer: ASGIApp | None
        if head.origin is None or is_own(head.origin, scope["headers"]):
            answer = await self._answer_to(scope, receive, head)
        else:
            origin = head.origin.decode("latin-1")
            answer = await self._answer_to_page(scope, receive, head, origin)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer_to_page(
        self, scope: Scope, receive: Receive, head: Head, origin: str
    ) -> ASGIApp | None:
        """
        Make the answer for a page of *origin*, which may read it if the app trusts the page.

        Where the token is bad the app is not known: then any app's trust is enough. While the
        database is away nobody knows whom to trust.
        """
        who: Identity | None = self._identify(scope) if scope["method"] == "POST" else None
        app_id = who.app_id if isinstance(who, Caller) else None
        try:
            async with self.database.read() as reader:
                is_trusted = await self.trusts(reader, app_id, origin)
        except DatabaseAway as away:
            if scope["method"] != "POST":
                raise
            return await self._answer_to(scope, receive, head, away)
        if scope["method"] == "OPTIONS" and is_trusted:
            return _PREFLIGHTS.answer(origin)
        if scope["method"] == "OPTIONS":
            answer: Answer | None = _refused(UntrustedOrigin(origin))
        else:
            refused = app_id is not None and not is_trusted
            known = UntrustedOrigin(origin) if refused else who
            answer = await self._answer_to(scope, receive, head, known)
        if answer is not None:
            shared = raw(shared_with(origin if is_trusted else None))
            answer.headers = [*answer.headers, *shared]
        return answer

    async def _answer_to(
        self, scope: Scope, receive: Receive, head: Head, who: Identity | None = None
    ) -> Answer | None:
        """
        Make the answer; None where nobody waits for it any more.

        Who calls is found out when an operation is run, unless it is known already.
        """
        if scope["method"] != "POST":
            return self._answer_other_method(scope["method"], head.accept)
        try:
            head.check(self.limits.body_bytes)
            body = await self._body(receive)
            if body is None:
                return None
            request = read_request(body)
        except HirewireError as refusal:
            return _refused(refusal)
        answered = await self._answer(request, scope, len(body), who)
        return Answer(HTTPStatus.OK.value, _JSON_HEADERS, answered)

    async def _answer(
        self, request: Request, scope: Scope, size: int, who: Identity | None
    ) -> bytes:
        """Run what was asked for in *size* bytes; whatever comes of it is an answer."""
        unexpected = partial(self._report, scope)
        document = self.documents.get(request.query)
        if document.errors:
            return encode(None, document.errors, unexpected)
        try:
            if size > self.limits.values:  # A value takes a byte at least.
                check_values(request.variables, self.limits)
            operation = document.operation(request.operation_name)
            if operation.answer is not None:
                return operation.answer
            who = who or self._identify(scope)
            return await self._run(operation, request.variables, who, unexpected)
        except HirewireError as refusal:
            return refuse(refusal)

    async def _run(
        self,
        operation: Operation,
        variables: dict[str, Any] | None,
        who: Identity,
        unexpected: Callable[[Exception], None],
    ) -> bytes:
        context = Context(
            who,
            parts=self.parts,
            node_ids=self.node_ids,
            now=self.clock.now(),
        )
        deadline = self.deadlines.begin()
        data, errors = await self.executor.run(operation, variables, context, deadline)
        answer = encode(data, errors, unexpected)
        if not errors and operation.is_constant:
            self.documents.keep_answer(operation, answer)
        return answer

    def _identify(self, scope: Scope) -> Identity:
        try:
            return self.verifier.identify(scope["headers"], scope["method"], scope["path"])
        except HirewireError as refusal:
            return refusal

    async def _body(self, receive: Receive) -> bytes | None:
        """Read the body; None when the caller has gone."""
        limit = self.limits.body_bytes
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > limit:
                raise BodyTooLarge(limit=limit)
            if not message.get("more_body", False):
                return bytes(body)

    def _report(self, scope: Scope, error: Exception) -> None:
        """Tell the log of a fault; the answer only names the request."""
        request_id = scope.get("request_id", "")
        self.log.error("graphql.failed", request_id=request_id, exc_info=error)

    def _answer_other_method(self, method: str, accept: bytes) -> Answer:
        if self.explorer and method in {"GET", "HEAD"} and b"text/html" in accept:
            return Answer(HTTPStatus.OK.value, EXPLORER_HEADERS, read_page())
        return _refused(MethodNotAllowed(method=method))


_JSON_HEADERS: Final[Headers] = [
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
]
_HINTS: Final[Mapping[type[HirewireError], Headers]] = {
    MethodNotAllowed: [(b"allow", b"POST")],
    UnknownEncoding: [(b"accept-encoding", b"identity")],
}


def _refused(refusal: HirewireError) -> Answer:
    headers = [*_JSON_HEADERS, *_HINTS.get(type(refusal), ())]
    return Answer(_STATUS[type(refusal)].value, headers, refuse(refusal))
