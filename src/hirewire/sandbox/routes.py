"""The sandbox over HTTP, under `/_sandbox`."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hirewire.kit.clock import MovableClock
from hirewire.kit.node_ids import BadNodeId, NodeIds
from hirewire.kit.refusals import HirewireError
from hirewire.sandbox.documents import demo_document
from hirewire.sandbox.errors import LargeBody, UnknownConversation
from hirewire.sandbox.guard import Guard
from hirewire.sandbox.mailbox_pages import MailboxPages
from hirewire.sandbox.orders import explained, read_clock_order
from hirewire.sandbox.service import Sandbox
from hirewire.web import errors

LARGEST_BODY: Final = 65_536

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class CandidateMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What the candidate writes."""

    text: str


def sandbox_routes(sandbox: Sandbox, *, base_url: str, node_ids: NodeIds) -> list[Route]:
    """Mount *sandbox*, which is reached at *base_url* and names things by *node_ids*."""
    guard = Guard.of(base_url)
    clock = sandbox.clock

    async def demo(request: Request) -> Response:
        return _json(demo_document(sandbox.builder.world, base_url, node_ids))

    async def read_or_move_clock(request: Request) -> Response:
        if request.method == "POST":
            await sandbox.obey(read_clock_order(await _body(request)))
        return _json(_spell_clock(clock))

    async def reset(request: Request) -> Response:
        await sandbox.reset()
        return _json(_spell_clock(clock))

    async def write(request: Request) -> Response:
        conversation = _conversation_id(request, node_ids)
        asked = _candidate_message(await _body(request))
        sent = await sandbox.write_as_candidate(conversation, asked.text)
        answer = {
            "id": node_ids.mint("ConversationMessage", sent.id),
            "conversation": node_ids.mint("Conversation", sent.conversation_id),
            "text": sent.text,
            "sent_at": sent.sent_at,
        }
        return _json(answer, status=201)

    return [
        Route("/_sandbox/demo", _guarded(guard, demo), methods=["GET"]),
        Route("/_sandbox/clock", _guarded(guard, read_or_move_clock), methods=["GET", "POST"]),
        *(
            Route(path, _guarded(guard, endpoint), methods=["GET"])
            for path, endpoint in MailboxPages(sandbox.mailbox).endpoints.items()
        ),
        Route("/_sandbox/reset", _guarded(guard, reset), methods=["POST"]),
        Route(
            "/_sandbox/conversations/{id}/messages", _guarded(guard, write), methods=["POST"]
        ),
    ]


def _guarded(guard: Guard, endpoint: Endpoint) -> Endpoint:
    """Let *endpoint* answer whom the guard lets in, and spell what it refuses."""

    async def answer(request: Request) -> Response:
        try:
            guard.check(request.headers)
            return await endpoint(request)
        except HirewireError as refusal:
            return _json(
                errors.live(refusal),
                status=errors.status(refusal),
                headers=errors.come_back(refusal),
            )
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise LargeBody(limit=LARGEST_BODY)
    return body


def _candidate_message(body: bytes) -> CandidateMessage:
    try:
        return msgspec.json.decode(body, type=CandidateMessage)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise explained(body, error) from None


def _conversation_id(request: Request, node_ids: NodeIds) -> UUID:
    text = request.path_params["id"]
    try:
        return node_ids.read("Conversation", text)
    except BadNodeId as bad:
        raise UnknownConversation(conversation=bad.id) from None


def _spell_clock(clock: MovableClock) -> dict[str, object]:
    return {"now": clock.now(), "frozen": clock.frozen, "rate": clock.rate}


def _json(
    document: object, *, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    return Response(
        msgspec.json.encode(document),
        status,
        headers={"cache-control": "no-store", **headers},
        media_type="application/json",
    )
