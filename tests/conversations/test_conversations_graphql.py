"""Conversations through `POST /graphql`, as an integrator meets them."""

from base64 import b64encode
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.cursors import Cursor
from tests.conversations.conversing import NODE_IDS, Api, codes, conversation_id, serve
from tests.conversations.world import World

SEND = """
    mutation Send($input: SendConversationMessageInput!) {
      sendConversationMessage(input: $input) {
        message { id text sentAt sender { side name } }
      }
    }
"""
READ = """
    query Read($id: ID!, $first: Int, $after: String) {
      conversation(id: $id) {
        id
        candidate { name email }
        subject
        createdAt
        messages(first: $first, after: $after) {
          messages { id text sentAt sender { side name } }
          pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
          totalCount
        }
      }
    }
"""


@pytest.fixture
async def api(fast_world: World, clock: MovableClock) -> AsyncIterator[Api]:
    """The slice's part alone behind the real transport."""
    async with serve(fast_world, clock) as found:
        yield found


class TestSend:
    @pytest.mark.fidelity("conversations.send")
    async def test_answers_with_the_message(self, api: Api, fast_world: World) -> None:
        """
        The mutation returns the message as every reader will see it.
        """
        thread = conversation_id(fast_world.thread.id)

        answer = await api.ask(
            fast_world.acme_caller, SEND, input={"conversationId": thread, "text": "Hello"}
        )

        message = answer["data"]["sendConversationMessage"]["message"]
        assert NODE_IDS.read("ConversationMessage", message.pop("id")).version == 7
        assert message == {
            "text": "Hello",
            "sentAt": "2026-03-02T09:00:00+00:00",
            "sender": {"side": "EMPLOYER", "name": "Acme ATS"},
        }

    @pytest.mark.fidelity("conversations.send.idempotency-key")
    async def test_an_idempotency_key_sends_once(self, api: Api, fast_world: World) -> None:
        """
        The same key and text bring the same message back, another text is refused.
        """
        asked = {
            "conversationId": str(fast_world.thread.id),
            "text": "Hello",
            "idempotencyKey": "k1",
        }
        first = await api.ask(fast_world.acme_caller, SEND, input=asked)

        again = await api.ask(fast_world.acme_caller, SEND, input=asked)
        other = await api.ask(fast_world.acme_caller, SEND, input=asked | {"text": "Bye"})

        assert again == first
        assert codes(other) == [("BAD_USER_INPUT", ["sendConversationMessage"])]
        assert other["data"] == {"sendConversationMessage": None}
        assert await fast_world.texts(fast_world.thread.id) == ["Hello"]

    @pytest.mark.fidelity("conversations.send.text-length")
    @pytest.mark.parametrize("text", ["", " ", "x" * 10_001, "a\0b"])
    async def test_refuses_bad_text(self, api: Api, fast_world: World, text: str) -> None:
        """
        Nothing is kept and nobody is told.
        """
        thread = conversation_id(fast_world.thread.id)

        answer = await api.ask(
            fast_world.acme_caller, SEND, input={"conversationId": thread, "text": text}
        )

        assert codes(answer) == [("BAD_USER_INPUT", ["sendConversationMessage"])]
        assert (await fast_world.texts(fast_world.thread.id), await fast_world.facts()) == (
            [],
            [],
        )


class TestRead:
    @pytest.mark.fidelity("conversations.read", "conversations.ids")
    async def test_shows_thread_and_messages(self, api: Api, fast_world: World) -> None:
        """
        Ids are node ids, times are UTC, cursors are opaque, both sides have names.
        """
        async with fast_world.database.unit() as uow:
            sent = await fast_world.conversations.receive(
                uow, fast_world.thread.id, "Hello Acme"
            )
        place = str(Cursor(sent.id, 1))
        thread = conversation_id(fast_world.thread.id)

        answer = await api.ask(fast_world.acme_caller, READ, id=thread)

        assert answer == {
            "data": {
                "conversation": {
                    "id": thread,
                    "candidate": {"name": "Robin Reyes", "email": "robin@example.org"},
                    "subject": "Baker",
                    "createdAt": "2026-03-02T09:00:00+00:00",
                    "messages": {
                        "messages": [
                            {
                                "id": NODE_IDS.mint("ConversationMessage", sent.id),
                                "text": "Hello Acme",
                                "sentAt": "2026-03-02T09:00:00+00:00",
                                "sender": {"side": "CANDIDATE", "name": "Robin Reyes"},
                            }
                        ],
                        "pageInfo": {
                            "startCursor": place,
                            "endCursor": place,
                            "hasNextPage": False,
                            "hasPreviousPage": False,
                        },
                        "totalCount": 1,
                    },
                }
            }
        }

    async def test_an_empty_thread_has_no_cursors(self, api: Api, fast_world: World) -> None:
        """
        There is no place in a list of nothing.
        """
        answer = await api.ask(fast_world.acme_caller, READ, id=str(fast_world.thread.id))

        assert answer["data"]["conversation"]["messages"] == {
            "messages": [],
            "pageInfo": {
                "startCursor": None,
                "endCursor": None,
                "hasNextPage": False,
                "hasPreviousPage": False,
            },
            "totalCount": 0,
        }

    @pytest.mark.fidelity("conversations.read.messages-after")
    async def test_pages_are_followed_with_after(self, api: Api, fast_world: World) -> None:
        """
        50 messages by default, and the rest behind the last cursor.
        """
        for n in range(51):
            async with fast_world.database.unit() as uow:
                await fast_world.conversations.receive(
                    uow, fast_world.thread.id, f"message {n}"
                )
        thread = str(fast_world.thread.id)

        one = (await api.ask(fast_world.acme_caller, READ, id=thread))["data"]["conversation"]
        info = one["messages"]["pageInfo"]
        rest = await api.ask(fast_world.acme_caller, READ, id=thread, after=info["endCursor"])
        two = rest["data"]["conversation"]

        assert (len(one["messages"]["messages"]), info["hasNextPage"]) == (50, True)
        assert [m["text"] for m in two["messages"]["messages"]] == ["message 50"]
        assert two["messages"]["totalCount"] == 51

    @pytest.mark.parametrize(
        "arguments", [{"first": 0}, {"first": 101}, {"after": "1˙∆"}, {"after": ""}]
    )
    async def test_refuses_bad_pages(
        self, api: Api, fast_world: World, arguments: dict[str, object]
    ) -> None:
        """
        A page out of range, or behind no cursor, is bad input.
        """
        answer = await api.ask(
            fast_world.acme_caller, READ, id=str(fast_world.thread.id), **arguments
        )

        assert codes(answer) == [("BAD_USER_INPUT", ["conversation", "messages"])]
        assert answer["data"] == {"conversation": None}


class TestAccess:
    @pytest.mark.fidelity(
        "conversations.read.unknown-is-forbidden", "conversations.send.unknown-is-forbidden"
    )
    async def test_foreign_and_unknown_are_alike(self, api: Api, fast_world: World) -> None:
        """
        Nobody learns whether another employer's thread exists.
        """
        answers = []
        for thread_id in (fast_world.globex_thread.id, UUID(int=9)):
            node_id = conversation_id(thread_id)
            read = await api.ask(fast_world.acme_caller, READ, id=node_id)
            write = await api.ask(
                fast_world.acme_caller, SEND, input={"conversationId": node_id, "text": "x"}
            )
            answers.append((read, write))

        assert answers[0] == answers[1]
        assert codes(answers[0][0]) == [("FORBIDDEN", ["conversation"])]
        assert codes(answers[0][1]) == [("FORBIDDEN", ["sendConversationMessage"])]
        assert await fast_world.texts(fast_world.globex_thread.id) == []

    async def test_a_malformed_id_is_bad_input(self, api: Api, fast_world: World) -> None:
        """
        What is no id, or another type's, never was a secret.
        """
        other = NODE_IDS.mint("VirtualInterviewEvent", fast_world.thread.id)

        for bad in ("nonsense", other, b64encode(b"iri://x/Conversation/1").decode()):
            answer = await api.ask(fast_world.acme_caller, READ, id=bad)

            assert codes(answer) == [("BAD_USER_INPUT", ["conversation"])]

    @pytest.mark.fidelity("conversations.scopes")
    async def test_scopes(self, api: Api, fast_world: World) -> None:
        """
        Reading needs the read scope, writing the write scope.
        """
        nothing = fast_world.caller(employer=fast_world.acme, scopes=frozenset({"email"}))
        reader = fast_world.caller(
            employer=fast_world.acme, scopes=frozenset({"conversations.read"})
        )
        thread = str(fast_world.thread.id)
        message = {"conversationId": thread, "text": "Hello"}

        unread = await api.ask(nothing, READ, id=thread)
        unsent = await api.ask(reader, SEND, input=message)
        read = await api.ask(reader, READ, id=thread)

        assert codes(unread) == [("FORBIDDEN", ["conversation"])]
        assert unread["errors"][0]["message"] == "Required scopes missing: conversations.read"
        assert codes(unsent) == [("FORBIDDEN", ["sendConversationMessage"])]
        assert "errors" not in read
        assert await fast_world.texts(fast_world.thread.id) == []

    async def test_nobody_is_unauthenticated(self, api: Api, fast_world: World) -> None:
        """
        Without a token there is nothing to see.
        """
        answer = await api.ask(None, READ, id=str(fast_world.thread.id))

        assert codes(answer) == [("UNAUTHENTICATED", ["conversation"])]
        assert answer["data"] == {"conversation": None}
