"""Threads through `POST /graphql`: lists, changes, and how many statements they cost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database, Reader
from tests.conversations.acts import hear, mark, say, start
from tests.conversations.conversing import NODE_IDS, Api, codes, conversation_id, serve
from tests.conversations.world import World

START: Final = """
    mutation Start($input: StartConversationInput!) {
      startConversation(input: $input) {
        conversation { id subject postingId unreadCount candidateReadUpTo lastActivityAt
          candidate { name email } participants { name email role readUpTo }
          messages { totalCount } }
        message { text attachments { name url mediaType sizeBytes } }
      }
    }
"""
EDIT: Final = """
    mutation Edit($input: EditConversationMessageInput!) {
      editConversationMessage(input: $input) {
        message { id text revision editedAt deletedAt }
      }
    }
"""
DELETE: Final = """
    mutation Delete($input: DeleteConversationMessageInput!) {
      deleteConversationMessage(input: $input) {
        message { id text revision deletedAt attachments { name } }
      }
    }
"""
MARK: Final = """
    mutation Mark($input: MarkConversationReadInput!) {
      markConversationRead(input: $input) { conversation { id unreadCount } }
    }
"""
ADD: Final = """
    mutation Add($input: AddConversationParticipantInput!) {
      addConversationParticipant(input: $input) {
        conversation { participants { id name role } }
      }
    }
"""
REMOVE: Final = """
    mutation Remove($input: RemoveConversationParticipantInput!) {
      removeConversationParticipant(input: $input) { conversation { participants { id } } }
    }
"""
LIST: Final = """
    query List($first: Int, $after: String, $filter: ConversationsFilterInput) {
      conversations(first: $first, after: $after, filter: $filter) {
        conversations {
          id subject unreadCount candidateReadUpTo candidate { name }
          participants { name role readUpTo }
          newest: messages(last: 1) { messages { id text } pageInfo { hasPreviousPage } }
          messages(first: 2) { messages { text sender { name } } totalCount }
        }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      }
    }
"""
BACK: Final = """
    query Back($id: ID!, $last: Int, $before: String, $first: Int, $after: String) {
      conversation(id: $id) {
        messages(last: $last, before: $before, first: $first, after: $after) {
          messages { text } pageInfo { startCursor hasNextPage hasPreviousPage }
        }
      }
    }
"""
PDF: Final = {
    "name": "offer.pdf",
    "url": "https://files.example/offer.pdf",
    "mediaType": "application/pdf",
    "sizeBytes": 2048,
}


@pytest.fixture
async def api(fast_world: World, clock: MovableClock) -> AsyncIterator[Api]:
    """The slice's part alone behind the real transport."""
    async with serve(fast_world, clock) as found:
        yield found


class TestStart:
    @pytest.mark.fidelity("conversations.start", "conversations.attachments")
    async def test_answers_the_thread(self, api: Api, fast_world: World) -> None:
        """
        With everything that was given, and no link by which one could speak for the candidate.
        """
        pat = fast_world.caller(person=fast_world.pat, employer=fast_world.acme)

        answer = await api.ask(
            pat,
            START,
            input={
                "candidate": {"name": "Robin Reyes", "email": "robin@example.org"},
                "subject": "Baker",
                "postingId": 1001,
                "message": {"text": "Hello", "attachments": [PDF]},
            },
        )

        started = answer["data"]["startConversation"]
        assert NODE_IDS.read("Conversation", started["conversation"].pop("id")).version == 7
        assert started == {
            "conversation": {
                "subject": "Baker",
                "postingId": "1001",
                "unreadCount": 0,
                "candidateReadUpTo": None,
                "lastActivityAt": "2026-03-02T09:00:00+00:00",
                "candidate": {"name": "Robin Reyes", "email": "robin@example.org"},
                "participants": [
                    {
                        "name": "Pat Doe",
                        "email": "pat@example.com",
                        "role": "OWNER",
                        "readUpTo": None,
                    }
                ],
                "messages": {"totalCount": 1},
            },
            "message": {"text": "Hello", "attachments": [PDF]},
        }

    async def test_takes_literals(self, api: Api, fast_world: World) -> None:
        """
        What variables say can be written into the document, too.
        """
        answer = await api.ask(
            fast_world.acme_caller,
            """mutation { startConversation(input: {
              candidate: {name: "Kim", email: "kim@example.org"}, postingId: "job 7",
              message: {text: "Hi", attachments: {name: "a", url: "https://x.example/a",
                mediaType: "text/plain", sizeBytes: 1}}, idempotencyKey: "k"
            }) { conversation { postingId } message { attachments { sizeBytes } } } }""",
        )

        assert answer["data"]["startConversation"] == {
            "conversation": {"postingId": "job 7"},
            "message": {"attachments": [{"sizeBytes": 1}]},
        }

    @pytest.mark.parametrize(
        "changes",
        [
            {"candidate": {"name": "", "email": "kim@example.org"}},
            {"candidate": {"name": "Kim", "email": "kim"}},
            {"subject": "a\nb"},
            {"postingId": ""},
            {"message": {"text": " "}},
            {"message": {"text": "x", "attachments": [{**PDF, "url": "http://x.example/"}]}},
            {"message": {"text": "x", "attachments": [PDF] * 11}},
            {"idempotencyKey": ""},
        ],
    )
    @pytest.mark.fidelity("conversations.start.limits")
    async def test_refuses_nonsense(
        self, api: Api, fast_world: World, changes: dict[str, object]
    ) -> None:
        """
        Nothing is kept and nobody is told.
        """
        good: dict[str, object] = {"candidate": {"name": "Kim", "email": "kim@example.org"}}

        answer = await api.ask(fast_world.acme_caller, START, input=good | changes)

        assert codes(answer) == [("BAD_USER_INPUT", ["startConversation"])]
        assert await fast_world.told() == []


class TestChange:
    async def test_edits_deletes_and_marks(self, api: Api, fast_world: World) -> None:
        """
        Each answers with what it changed.
        """
        thread = conversation_id(fast_world.thread.id)
        heard = await hear(fast_world, fast_world.thread.id)
        sent = await say(fast_world, fast_world.acme_caller, fast_world.thread.id, "Helo")
        node_id = NODE_IDS.mint("ConversationMessage", sent.id)

        async def ask(query: str, **input: object) -> Any:
            return (await api.ask(fast_world.acme_caller, query, input=input))["data"]

        edited = await ask(EDIT, id=node_id, text="Hello")
        deleted = await ask(DELETE, id=str(sent.id))
        upto = NODE_IDS.mint("ConversationMessage", heard.id)
        marked = await ask(MARK, conversationId=thread, upToMessageId=upto)

        now = "2026-03-02T09:00:00+00:00"
        assert edited["editConversationMessage"]["message"] == {
            "id": node_id,
            "text": "Hello",
            "revision": 1,
            "editedAt": now,
            "deletedAt": None,
        }
        assert deleted["deleteConversationMessage"]["message"] == {
            "id": node_id,
            "text": None,
            "revision": 1,
            "deletedAt": now,
            "attachments": [],
        }
        assert marked["markConversationRead"]["conversation"] == {
            "id": thread,
            "unreadCount": 0,
        }

    async def test_adds_and_removes_participants(self, api: Api, fast_world: World) -> None:
        """
        By address, and by the id that the participant is answered with; an owner stays one.
        """
        thread = conversation_id(fast_world.thread.id)
        pat = {"conversationId": thread, "email": "pat@example.com", "role": "owner"}

        added = await api.ask(fast_world.acme_caller, ADD, input=pat)
        shown = added["data"]["addConversationParticipant"]["conversation"]["participants"]
        del pat["role"]
        again = await api.ask(fast_world.acme_caller, ADD, input=pat)
        gone = {"conversationId": thread, "participantId": shown[0]["id"]}
        removed = await api.ask(fast_world.acme_caller, REMOVE, input=gone)

        assert [(each["name"], each["role"]) for each in shown] == [("Pat Doe", "OWNER")]
        assert again == added
        assert removed["data"]["removeConversationParticipant"] == {
            "conversation": {"participants": []}
        }

    @pytest.mark.fidelity("conversations.messages.unknown-is-forbidden")
    async def test_foreign_and_unknown_are_alike(self, api: Api, fast_world: World) -> None:
        """
        For every operation that takes an id.
        """
        foreign = await hear(fast_world, fast_world.globex_thread.id)
        told = await fast_world.told()
        answers = []

        for thread, message in (
            (fast_world.globex_thread.id, foreign.id),
            (UUID(int=9), UUID(int=8)),
        ):
            there, that = str(thread), str(message)
            for query, asked in (
                (EDIT, {"id": that, "text": "x"}),
                (DELETE, {"id": that}),
                (MARK, {"conversationId": there}),
                (MARK, {"conversationId": str(fast_world.thread.id), "upToMessageId": that}),
                (ADD, {"conversationId": there, "email": "pat@example.com"}),
                (REMOVE, {"conversationId": there, "participantId": that}),
            ):
                answers.append(await api.ask(fast_world.acme_caller, query, input=asked))

        assert answers[:6] == answers[6:]
        assert {each[0] for answer in answers for each in codes(answer)} == {"FORBIDDEN"}
        assert await fast_world.told() == told


class TestBack:
    @pytest.mark.fidelity("conversations.read.window")
    async def test_reads_from_the_end_backwards(self, api: Api, fast_world: World) -> None:
        """
        The last ones, those before them, and what lies between two cursors.
        """
        thread = str(fast_world.thread.id)
        for number in range(1, 6):
            await hear(fast_world, fast_world.thread.id, f"m{number}")

        async def read(**window: object) -> tuple[list[str], bool, bool, str]:
            answer = await api.ask(fast_world.acme_caller, BACK, id=thread, **window)
            page = answer["data"]["conversation"]["messages"]
            info = page["pageInfo"]
            texts = [each["text"] for each in page["messages"]]
            return texts, info["hasPreviousPage"], info["hasNextPage"], info["startCursor"]

        *newest, begin = await read(last=2)
        *older, earlier = await read(last=2, before=begin)
        *oldest, _ = await read(last=2, before=earlier)
        *between, _ = await read(first=5, after=earlier, before=begin)
        *nothing, _ = await read(after=begin, before=earlier)

        assert newest == [["m4", "m5"], True, False]
        assert older == [["m2", "m3"], True, True]
        assert oldest == [["m1"], False, True]
        assert between == [["m3"], True, True]
        assert nothing[0] == []

    @pytest.mark.parametrize(
        "window", [{"first": 1, "last": 1}, {"last": 0}, {"last": 101}, {"before": "x"}]
    )
    async def test_refuses_bad_windows(
        self, api: Api, fast_world: World, window: dict[str, object]
    ) -> None:
        """
        Both ends at once, no page, too long a page, no cursor.
        """
        thread = str(fast_world.thread.id)

        answer = await api.ask(fast_world.acme_caller, BACK, id=thread, **window)

        assert codes(answer) == [("BAD_USER_INPUT", ["conversation", "messages"])]


class CountingReader:
    """A reader that notes its statements in *said*."""

    def __init__(self, reader: Reader, said: list[str]) -> None:
        self._reader = reader
        self._said = said

    async def all(self, make: Any, sql: str, /, **params: object) -> list[Any]:
        self._said.append(sql)
        return await self._reader.all(make, sql, **params)

    async def one(self, make: Any, sql: str, /, **params: object) -> Any:
        self._said.append(sql)
        return await self._reader.one(make, sql, **params)

    async def value(self, sql: str, /, **params: object) -> Any:
        self._said.append(sql)
        return await self._reader.value(sql, **params)


class CountingDatabase:
    """A database whose readers note their statements in *said*."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.said: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self._database.read() as reader:
            yield CountingReader(reader, self.said)


class TestLists:
    @pytest.mark.fidelity("conversations.list")
    async def test_shows_threads_and_what_is_in_them(self, api: Api, fast_world: World) -> None:
        """
        Each with its newest message, its people and what the caller has not read.
        """
        pat = fast_world.caller(person=fast_world.pat, employer=fast_world.acme)
        heard = await hear(fast_world, fast_world.thread.id, "Hello Acme")
        await say(fast_world, pat, fast_world.thread.id, "Hello Robin")
        await mark(fast_world, pat, fast_world.thread.id)
        await hear(fast_world, fast_world.thread.id, "Still there?")

        answer = await api.ask(pat, LIST, filter={"unreadOnly": True})

        shown = answer["data"]["conversations"]["conversations"]
        newest = shown[0]["newest"]["messages"][0]
        reads = shown[0]["participants"][0].pop("readUpTo")
        assert NODE_IDS.read("ConversationMessage", reads) != heard.id
        assert NODE_IDS.read("ConversationMessage", newest.pop("id")).version == 7
        assert shown == [
            {
                "id": conversation_id(fast_world.thread.id),
                "subject": "Baker",
                "unreadCount": 1,
                "candidateReadUpTo": None,
                "candidate": {"name": "Robin Reyes"},
                "participants": [{"name": "Pat Doe", "role": "MEMBER"}],
                "newest": {
                    "messages": [{"text": "Still there?"}],
                    "pageInfo": {"hasPreviousPage": True},
                },
                "messages": {
                    "messages": [
                        {"text": "Hello Acme", "sender": {"name": "Robin Reyes"}},
                        {"text": "Hello Robin", "sender": {"name": "Pat Doe"}},
                    ],
                    "totalCount": 3,
                },
            }
        ]

    async def test_pages_are_followed(self, api: Api, fast_world: World) -> None:
        """
        Behind the last cursor the list goes on; a cursor that is none is bad input.
        """
        for _ in range(2):
            await start(fast_world, fast_world.acme_caller)

        one = await api.ask(fast_world.acme_caller, LIST, first=2)
        info = one["data"]["conversations"]["pageInfo"]
        two = await api.ask(fast_world.acme_caller, LIST, first=2, after=info["endCursor"])
        bad = await api.ask(fast_world.acme_caller, LIST, after="x")

        assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
        rest = two["data"]["conversations"]
        assert [each["id"] for each in rest["conversations"]] == [
            conversation_id(fast_world.thread.id)
        ]
        assert rest["pageInfo"]["hasPreviousPage"]
        assert codes(bad) == [("BAD_USER_INPUT", ["conversations"])]

    @pytest.mark.fidelity("conversations.list.statements")
    async def test_costs_as_many_statements_for_many_as_for_one(
        self, fast_world: World, clock: MovableClock
    ) -> None:
        """
        The list, two pages of messages, marks, participants and people, and no more.
        """
        pat = fast_world.caller(person=fast_world.pat)
        for _ in range(7):
            thread = (
                await start(fast_world, pat_at_acme(fast_world), text="Hello")
            ).conversation
            await hear(fast_world, thread.id)
        counting = CountingDatabase(fast_world.database)
        world = replace(fast_world, database=counting)
        costs = []

        async with serve(world, clock) as api:
            for first in (1, 8):
                counting.said.clear()
                answer = await api.ask(pat, LIST, first=first)
                shown = answer["data"]["conversations"]["conversations"]
                costs.append((len(shown), len(counting.said)))

        assert costs == [(1, 7), (8, 7)]


def pat_at_acme(world: World) -> Any:
    """Pat, acting for Acme."""
    return world.caller(person=world.pat, employer=world.acme)
