"""Properties: whatever comes in, the answer is one, and never an internal error."""

from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interviews.test_authorization import GET
from tests.interviews.test_find import FIND
from tests.interviews.test_schedule import CREATE, wanted
from tests.interviews.world import World

patient = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

texts = st.text(max_size=30)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
NAMES: Final = ("query", "operationName", "variables", "extensions", "id")
bodies = st.binary(max_size=200) | st.dictionaries(
    st.sampled_from(NAMES) | texts, values | st.sampled_from([CREATE, GET, FIND]), max_size=5
)
WORDS: Final = (
    *("query", "mutation", "{", "}", "(", ")", "...", "on", "$a", ":", "[", "]", "!", '"'),
    *("virtualInterviewEvents", "findVirtualInterviewEvents", "input", "events", "id"),
    *("@skip", "if", "true", "fragment F on Query", "...F", "__typename", "1", "{}", "\\u"),
)
snippets = st.lists(st.sampled_from(WORDS) | texts, max_size=25)
SPOTS: Final = ("title", "startTime", "endTime", "timezone", "interviewers", "interviewee")
SPOTS_TOO: Final = ("requestMetadata", "languageCode", "countryCode", "mediaType", "x")


NASTY: Final = (
    b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    (
        b'{"query": "{ virtualInterviewEvents(input: {ids: [\\"\\\\ud800\\"]}) '
        b'{ events { id } } }"}'
    ),
    b'{"query": "' + b"{a" * 5000 + b'"}',
    b'{"query": "{ __typename }", "variables": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    (
        b'{"query": "query { findVirtualInterviewEvents(first: '
        + b"9" * 5000
        + b', input: {}) { totalCount } }"}'
    ),
    b'{"query": "\\u0000"}',
    b"\xff\xfe",
)


def check(response: httpx.Response, world: World) -> None:
    """See that *response* is a GraphQL answer that blames the caller or succeeds."""
    assert response.status_code in {200, 400}, response.text
    answer: dict[str, Any] = response.json()
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR", answer
        assert error["message"] == error["extensions"]["message"]
    assert world.api.faults.told == []


class TestAnything:
    @pytest.mark.fidelity("graphql.errors.never-internal")
    @patient
    @given(body=bodies)
    async def test_as_a_body_is_answered(self, world: World, body: object) -> None:
        """Random bytes and random JSON are refused in words, or answered."""
        headers = {
            "authorization": f"Bearer {world.token()}",
            "content-type": "application/json",
        }
        client = world.api.client

        if isinstance(body, bytes):
            response = await client.post("/graphql", content=body, headers=headers)
        else:
            response = await client.post("/graphql", json=body, headers=headers)

        check(response, world)

    @patient
    @given(parts=snippets)
    async def test_as_a_document_is_answered(self, world: World, parts: list[str]) -> None:
        """Random words of the language are refused in words, or answered."""
        response = await world.api.send(" ".join(parts), token=world.token())

        check(response, world)

    @patient
    @given(changes=st.dictionaries(st.sampled_from(SPOTS + SPOTS_TOO), values, max_size=3))
    async def test_as_an_input_is_answered(
        self, world: World, changes: dict[str, object]
    ) -> None:
        """Random values in the places of right ones schedule nothing, or something valid."""
        response = await world.api.send(CREATE, wanted(**changes), token=world.token())

        check(response, world)

    @patient
    @given(ids=values, input=values, first=values, after=values)
    async def test_as_variables_is_answered(
        self, world: World, ids: object, input: object, first: object, after: object
    ) -> None:
        """Random variables are refused in words, or answered."""
        find = {"input": input, "first": first, "after": after}

        for query, variables in ((GET, {"ids": ids}), (FIND, find)):
            check(await world.api.send(query, variables, token=world.token()), world)

    @pytest.mark.parametrize("body", NASTY)
    async def test_nasty_is_answered(self, world: World, body: bytes) -> None:
        """Lone surrogates, deep nesting and huge numbers break nothing."""
        headers = {
            "authorization": f"Bearer {world.token()}",
            "content-type": "application/json",
        }

        response = await world.api.client.post("/graphql", content=body, headers=headers)

        check(response, world)
