"""Tests of GraphQL over HTTP: what is a request, what is refused, and how faults are masked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart, Limits
from tests.web.graphql.api import Api, serve

SDL: Final = """
extend type Query {
  "Say what was said."
  echo(text: String!, times: Int = 1): String
  note: Note
  notes(first: Int = 10): [Note!]
  fault: String
  slow: String
}
extend type Mutation {
  "Write, and fail where asked to."
  write(key: String!, fail: Boolean = false): Note
}
type Note { text: String! size: Int slowly: String other: Note }
"""


class Note:
    """A thing with attributes, some of which break."""

    text = "hello"
    size = 5
    other = None


class Silent(Note):
    """A note without the text that it must have."""

    text = None  # type: ignore[assignment]


async def echo(ctx: Context, text: str, times: int) -> str:
    return text * times


async def note(ctx: Context) -> Note:
    return Silent()


async def notes(ctx: Context, first: int) -> list[Note]:
    return [Note()] * first


async def fault(ctx: Context) -> str:
    msg = "the password is hunter2"
    raise RuntimeError(msg)


async def slow(ctx: Context) -> str:
    await asyncio.Event().wait()
    return "never"


async def write(ctx: Context, key: str, fail: bool) -> Note:  # noqa: FBT001 - an argument
    await ctx.uow.run("INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)", name=key)
    return Silent() if fail else Note()


async def slowly(source: Note, ctx: Context) -> str:
    await asyncio.sleep(0)
    return source.text


PART: Final = GraphQLPart(
    sdl=SDL,
    queries={"echo": echo, "note": note, "notes": notes, "fault": fault, "slow": slow},
    mutations={"write": write},
    fields={"Note": {"slowly": slowly}},
)


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """An endpoint with small limits and the page for people."""
    limits = Limits(body_bytes=2000, deadline_s=5.0)
    found = serve([PART], sqlite_database, clock, {}, limits=limits, explorer=True)
    yield found
    await found.client.aclose()


async def written(database: Database) -> list[str]:
    """Read what the mutation wrote."""
    async with database.read() as reader:
        return await reader.all(str, "SELECT name FROM listeners ORDER BY name")


def error_of(response: httpx.Response) -> tuple[int, str, str]:
    """Sum up the one error: status, code, message."""
    body = response.json()
    (error,) = body["errors"]
    assert body["data"] is None
    assert error["extensions"]["message"] == error["message"]
    return response.status_code, error["extensions"]["code"], error["message"]


class TestRequests:
    @pytest.mark.fidelity("graphql.request.members")
    async def test_carry_query_variables_and_operation(self, api: Api) -> None:
        """All members of the documented body are understood."""
        query = 'query A($t: String!) { echo(text: $t) } query B { echo(text: "b") }'
        token = api.signer.token("any")

        response = await api.send(query, {"t": "a"}, token=token, operation="A")

        assert response.json() == {"data": {"echo": "a"}}
        assert response.headers["content-type"] == "application/json; charset=utf-8"

    @pytest.mark.fidelity("graphql.request.post-only")
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
    async def test_are_posts(self, api: Api, method: str) -> None:
        """Every other method is 405, says which is allowed, and in the form of an error."""
        response = await api.client.request(method, "/graphql?query={__typename}")

        assert error_of(response) == (
            405,
            "BAD_REQUEST",
            f"Use the POST method for all queries and mutations, not {method}.",
        )
        assert response.headers["allow"] == "POST"

    @pytest.mark.parametrize("given", ["text/plain", "application/graphql", ""])
    async def test_are_json(self, api: Api, given: str) -> None:
        """Another content type is 415, also because a form could send it across sites."""
        response = await api.client.post(
            "/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": given}
        )

        assert error_of(response)[:2] == (415, "BAD_REQUEST")

    async def test_may_name_their_charset(self, api: Api) -> None:
        """Parameters of the content type are no hindrance."""
        response = await api.client.post(
            "/graphql",
            content=b'{"query": "{ __typename }"}',
            headers={"content-type": "Application/JSON; charset=utf-8"},
        )

        assert response.json() == {"data": {"__typename": "Query"}}

    @pytest.mark.fidelity("graphql.request.malformed")
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b'"{ __typename }"',
            b"{}",
            b'{"query": null}',
            b'{"query": 1}',
            b'{"query": "{ __typename }", "variables": []}',
            b'{"query": "{ __typename }", "operationName": 3}',
            b'{"query": "{ __typename }", "extensions": "x"}',
        ],
    )
    async def test_that_are_none_are_400(self, api: Api, body: bytes) -> None:
        """A body of another shape is no request."""
        response = await api.client.post(
            "/graphql", content=body, headers={"content-type": "application/json"}
        )

        assert error_of(response)[:2] == (400, "BAD_REQUEST")

    async def test_do_not_come_in_batches(self, api: Api) -> None:
        """A list of requests is refused in so many words."""
        response = await api.client.post("/graphql", json=[{"query": "{ __typename }"}])

        assert error_of(response) == (
            400,
            "BAD_REQUEST",
            "Batches are not supported: send one operation.",
        )

    async def test_are_bounded(self, api: Api) -> None:
        """A body over the limit is 413, one of just the limit is read."""
        query = {"query": "{ __typename }", "x": ""}
        room = 2000 - len(httpx.Request("POST", "http://x", json=query).content)

        most = await api.client.post("/graphql", json=query | {"x": "x" * room})
        over = await api.client.post("/graphql", json=query | {"x": "x" * (room + 1)})

        assert most.status_code == 200
        assert error_of(over)[:2] == (413, "BAD_REQUEST")

    async def test_are_bounded_before_they_come(self, api: Api) -> None:
        """A body that is declared to be over the limit is 413 before any of it is read."""
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json"), (b"content-length", b"2001")]
        await api.endpoint({"method": "POST", "headers": headers}, receive, send)

        assert sent[0]["status"] == 413

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            (
                "content-type",
                "application/json; charset=latin-1",
                "JSON is UTF-8: the charset 'latin-1' is not taken.",
            ),
            (
                "content-type",
                'application/json;charset="UTF-16"',
                "JSON is UTF-8: the charset 'UTF-16' is not taken.",
            ),
            (
                "content-encoding",
                "gzip",
                "The Content-Encoding 'gzip' is not taken: send the body as it is.",
            ),
        ],
    )
    async def test_are_utf_8_as_it_is(
        self, api: Api, name: str, value: str, message: str
    ) -> None:
        """Another charset, and anything compressed, is 415."""
        headers = {"content-type": "application/json"} | {name: value}

        response = await api.client.post(
            "/graphql", content=b'{"query": "{ __typename }"}', headers=headers
        )

        assert error_of(response) == (415, "BAD_REQUEST", message)
        assert ("accept-encoding" in response.headers) == (name == "content-encoding")

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            (b'{"query": "\\ud800"}', "it has a surrogate, \\ud800 to \\udfff, alone."),
            (b'{"query": "{ x }", "variables": {"a": "\\udc00"}}', "it has a surrogate,"),
            (b'{"query": "\xff"}', "it is not UTF-8."),
        ],
    )
    async def test_are_whole_characters(self, api: Api, body: bytes, wrong: str) -> None:
        """Half of a character is named as what it is."""
        response = await api.client.post(
            "/graphql", content=body, headers={"content-type": "application/json"}
        )

        status, code, message = error_of(response)
        assert (status, code) == (400, "BAD_REQUEST")
        assert message.startswith(f"The body is no GraphQL request: {wrong}")


class TestDocuments:
    @pytest.mark.fidelity("graphql.errors.parse-failed")
    async def test_that_do_not_parse(self, api: Api) -> None:
        """A syntax error is GRAPHQL_PARSE_FAILED, with its place, each time."""
        for _ in range(2):
            response = await api.send("query { echo(", token=api.signer.token())

            assert error_of(response)[:2] == (200, "GRAPHQL_PARSE_FAILED")
            assert response.json()["errors"][0]["locations"] == [{"line": 1, "column": 14}]

    async def test_that_do_not_fit_the_schema(self, api: Api) -> None:
        """A field that does not exist is GRAPHQL_VALIDATION_FAILED."""
        response = await api.send("{ shout }", token=api.signer.token())

        assert error_of(response) == (
            200,
            "GRAPHQL_VALIDATION_FAILED",
            "Cannot query field 'shout' on type 'Query'. Did you mean 'slow'?",
        )

    @pytest.mark.parametrize(
        "query",
        [
            "{ %s }",
            "{ echo(%s: 1) }",
            '{ echo(text: "a", times: "%s") }',
            "query A($a: %s) { __typename }",
            "%s",
            "{ note { ...%s } }",
            '{ note { text @include(if: """%s""") } }',
        ],
    )
    async def test_are_repeated_in_short(self, api: Api, query: str) -> None:
        """Messages show the beginning of what is long."""
        response = await api.send(query % ("x" * 1500), token=api.signer.token())

        messages = [error["message"] for error in response.json()["errors"]]
        assert any("x" * 96 in message for message in messages)
        assert not any("x" * 101 in message for message in messages)

    @pytest.mark.parametrize(
        ("query", "operation", "message"),
        [
            ("query A { __typename }", "B", "Unknown operation named 'B'."),
            (
                "query A { __typename } query B { __typename }",
                None,
                "Must provide operation name if query contains multiple operations.",
            ),
        ],
    )
    async def test_without_the_operation(
        self, api: Api, query: str, operation: str | None, message: str
    ) -> None:
        """Which operation to run must be clear."""
        response = await api.send(query, operation=operation)

        assert error_of(response) == (200, "BAD_USER_INPUT", message)

    async def test_that_subscribe(self, api: Api) -> None:
        """There are no subscriptions here."""
        response = await api.send("subscription { echo }", token=api.signer.token())

        assert error_of(response) == (200, "BAD_REQUEST", "There are no subscriptions here.")

    async def test_with_directives_choose_anew_each_time(self, api: Api) -> None:
        """What one run skipped, the next one may include."""
        query = 'query ($x: Boolean!) { a: echo(text: "a") @skip(if: $x) b: __typename }'
        token = api.signer.token()

        seen = [await api.ask(query, {"x": x}, token=token) for x in (True, False, True)]

        assert [answer["data"] for answer in seen] == [
            {"b": "Query"},
            {"a": "a", "b": "Query"},
            {"b": "Query"},
        ]

    async def test_introspect_without_a_token(self, api: Api) -> None:
        """The schema is no secret, and its answer is made once."""
        query = "{ __schema { queryType { name fields { name description } } } }"

        first = await api.ask(query)
        again = await api.ask(query)

        names = [field["name"] for field in first["data"]["__schema"]["queryType"]["fields"]]
        assert names == ["echo", "note", "notes", "fault", "slow"]
        assert again == first

    async def test_introspect_only_where_allowed(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """The setting closes the schema."""
        api = serve([PART], sqlite_database, clock, {}, introspection=False)

        response = await api.send("{ __schema { queryType { name } } }")

        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {
            "GRAPHQL_VALIDATION_FAILED"
        }


class TestFaults:
    @pytest.mark.fidelity("graphql.errors.masked")
    async def test_are_masked_and_told_to_the_log(self, api: Api) -> None:
        """The caller learns that something broke, the log learns what."""
        answer = await api.ask('{ fault echo(text: "x") }', token=api.signer.token())

        (error,) = answer["errors"]
        assert answer["data"] == {"fault": None, "echo": "x"}
        assert error["path"] == ["fault"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "hunter2" not in str(answer)
        ((event, fields),) = api.faults.told
        assert event == "graphql.failed"
        assert "hunter2" in str(fields["exc_info"])

    async def test_of_a_null_that_must_not_be_climb(self, api: Api) -> None:
        """The nearest field that may be null is, and the error says where it began."""
        answer = await api.ask("{ note { text } }", token=api.signer.token())

        assert answer["data"] == {"note": None}
        assert answer["errors"][0]["path"] == ["note", "text"]
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"

    @pytest.mark.fidelity("graphql.deadline")
    async def test_of_time_end_the_operation(
        self, api: Api, clock: MovableClock, run_beside: Callable[..., Any]
    ) -> None:
        """An operation that takes too long is ended and answered."""
        asked = run_beside(api.send("{ slow }", token=api.signer.token()))

        await clock.advance(timedelta(seconds=5))

        assert error_of(await asked) == (
            200,
            "INTERNAL_SERVER_ERROR",
            "The operation took longer than 5 seconds. Try it again.",
        )


class TestMutations:
    async def test_leave_what_they_did(self, api: Api, sqlite_database: Database) -> None:
        """Each root field is a unit of work of its own, in their order."""
        query = 'mutation { a: write(key: "a") { text } b: write(key: "b") { slowly } }'

        answer = await api.ask(query, token=api.signer.token())

        assert answer == {"data": {"a": {"text": "hello"}, "b": {"slowly": "hello"}}}
        assert await written(sqlite_database) == ["a", "b"]

    @pytest.mark.fidelity("graphql.mutations.rolled-back")
    @pytest.mark.parametrize("selection", ["text", "slowly text", "size text"])
    async def test_that_fail_leave_nothing(
        self, api: Api, sqlite_database: Database, selection: str
    ) -> None:
        """A field that ends as null by an error is undone; its neighbours stay."""
        query = f"""mutation {{
            a: write(key: "a") {{ text }}
            b: write(key: "b", fail: true) {{ {selection} }}
            a2: write(key: "a") {{ text }}
            c: write(key: "c") {{ text }}
        }}"""

        answer = await api.ask(query, token=api.signer.token())

        text = {"text": "hello"}
        assert answer["data"] == {"a": text, "b": None, "a2": None, "c": text}
        assert await written(sqlite_database) == ["a", "c"]

    async def test_need_a_caller_before_anything_opens(
        self, api: Api, sqlite_database: Database
    ) -> None:
        """Nobody keeps the writer busy without a token."""
        answer = await api.ask('mutation { write(key: "a") { text } }')

        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await written(sqlite_database) == []


class TestPage:
    async def test_greets_a_browser(self, api: Api) -> None:
        """A person who opens the address gets a page that runs nothing from elsewhere."""
        response = await api.client.get("/graphql", headers={"accept": "text/html"})

        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in response.headers["content-security-policy"]
        assert 'src="graphql/explorer.js"' in response.text

    async def test_is_not_there_in_production(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """Without the setting a browser is told to POST."""
        api = serve([PART], sqlite_database, clock, {})

        response = await api.client.get("/graphql", headers={"accept": "text/html"})

        assert error_of(response)[0] == 405


@pytest.fixture
async def run_beside() -> AsyncIterator[Callable[[Awaitable[Any]], Awaitable[Any]]]:
    """Run something while the test goes on."""
    async with asyncio.TaskGroup() as group:
        yield lambda work: group.create_task(_await(work))


async def _await(work: Awaitable[Any]) -> Any:
    return await work
