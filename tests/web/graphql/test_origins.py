"""Tests of web pages that ask: those of domains that the app trusts read the answer."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database, Reader
from hirewire.web.graphql import Limits
from tests.web.graphql.api import BASE, Api, serve
from tests.web.graphql.test_endpoint import PART, written

PAGE: Final = "https://ats.example"
OTHERS: Final = "https://other.example"
STRANGERS: Final = ("https://evil.example", "https://ats.example.evil.example", "null", "")

WRITE: Final = 'mutation { write(key: "k") { text } }'


async def trusts(reader: Reader, client_id: str | None, origin: str) -> bool:
    """One app trusts the page, another app another page."""
    trusted = {"client-1": {PAGE}, None: {PAGE, OTHERS}}
    return origin in trusted[client_id]


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """An endpoint whose caller's app trusts the page."""
    limits = Limits(body_bytes=2000)
    found = serve([PART], sqlite_database, clock, {}, limits=limits, trusts=trusts)
    yield found
    await found.client.aclose()


async def ask(
    api: Api, origin: str, query: str = WRITE, token: str | None = "", **more: str
) -> httpx.Response:
    """Ask from a page of *origin*; with a good token, unless another or none is given."""
    given = api.signer.token("any") if token == "" else token
    headers = {"origin": origin, **more}
    if given is not None:
        headers["authorization"] = f"Bearer {given}"
    return await api.client.post("/graphql", json={"query": query}, headers=headers)


async def ask_first(api: Api, origin: str) -> httpx.Response:
    """Send the preflight of what `ask` sends."""
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    return await api.client.options("/graphql", headers=asked)


def told(response: httpx.Response) -> dict[str, str]:
    """Pick out what a browser goes by."""
    kept = {k: v for k, v in response.headers.items() if k.startswith("access-control-")}
    return {**kept, "vary": response.headers.get("vary", "")}


SHARED: Final = {
    "access-control-allow-origin": PAGE,
    "access-control-expose-headers": "Retry-After, WWW-Authenticate, X-Request-Id",
    "vary": "Origin",
}
NOT_SHARED: Final = {"vary": "Origin"}


class TestPreflights:
    @pytest.mark.fidelity("graphql.cors.preflight")
    @pytest.mark.parametrize("origin", [PAGE, OTHERS])
    async def test_are_answered_for_any_apps_domains(self, api: Api, origin: str) -> None:
        """A preflight carries no token, so that any app's trust is enough for it."""
        answer = await ask_first(api, origin)

        assert (answer.status_code, answer.content) == (204, b"")
        assert told(answer) == {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "Authorization, Content-Type, DPoP",
            "access-control-max-age": "600",
            "vary": "Origin",
        }

    @pytest.mark.fidelity("graphql.cors.preflight", "graphql.cors.other-origins-refused")
    @pytest.mark.parametrize("origin", STRANGERS)
    async def test_of_others_are_refused(self, api: Api, origin: str) -> None:
        """A domain that no app trusts learns nothing."""
        answer = await ask_first(api, origin)

        (error,) = answer.json()["errors"]
        assert (answer.status_code, told(answer)) == (403, NOT_SHARED)
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["message"] == f"'{origin}' is not a trusted domain of the app."


class TestPages:
    @pytest.mark.fidelity("graphql.cors.trusted-domain")
    async def test_of_a_trusted_domain_read_the_answer(
        self, api: Api, sqlite_database: Database
    ) -> None:
        """What is asked is done as for anybody else."""
        answer = await ask(api, PAGE)

        assert (answer.status_code, told(answer)) == (200, SHARED)
        assert answer.json() == {"data": {"write": {"text": "hello"}}}
        assert await written(sqlite_database) == ["k"]

    @pytest.mark.fidelity("graphql.cors.other-origins-refused")
    @pytest.mark.parametrize("origin", [OTHERS, *STRANGERS])
    async def test_of_another_domain_are_refused(
        self, api: Api, sqlite_database: Database, origin: str
    ) -> None:
        """Also of one that another app trusts: nothing is done, and nothing can be read."""
        answer = await ask(api, origin)

        (error,) = answer.json()["errors"]
        assert (answer.status_code, told(answer)) == (200, NOT_SHARED)
        assert (error["path"], error["extensions"]["code"]) == (["write"], "FORBIDDEN")
        assert error["extensions"]["reason"] == "web.untrusted_origin"
        assert await written(sqlite_database) == []

    @pytest.mark.fidelity("graphql.cors.readable-refusals")
    @pytest.mark.parametrize("token", ["x.y.z", None])
    async def test_read_that_their_token_is_bad(
        self, api: Api, sqlite_database: Database, token: str | None
    ) -> None:
        """The app is not known, so that any app's trust is enough."""
        answer = await ask(api, PAGE, token=token)
        strangers = await ask(api, STRANGERS[0], token=token)

        for one in (answer, strangers):
            assert one.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (told(answer), told(strangers)) == (SHARED, NOT_SHARED)
        assert await written(sqlite_database) == []

    @pytest.mark.fidelity("graphql.cors.readable-refusals")
    async def test_read_why_they_asked_for_nothing(self, api: Api) -> None:
        """The statuses 400, 405, 413 and 415 are as readable as answers are."""
        page = {"origin": PAGE, "content-type": "application/json"}

        answers = [
            await api.client.post("/graphql", content=b"{", headers=page),
            await api.client.get("/graphql", headers=page),
            await api.client.post("/graphql", content=b"1" * 2001, headers=page),
            await api.client.post("/graphql", content=b"", headers={"origin": PAGE}),
        ]

        assert [answer.status_code for answer in answers] == [400, 405, 413, 415]
        assert [told(answer) for answer in answers] == [SHARED] * 4

    @pytest.mark.fidelity("graphql.cors.trusted-domain")
    async def test_read_about_the_schema(self, api: Api) -> None:
        """An answer that is kept is shared with who may read it, and with nobody else."""
        query = "{ __typename }"

        answers = [await ask(api, origin, query) for origin in (PAGE, OTHERS, PAGE)]

        assert [told(answer) for answer in answers] == [SHARED, NOT_SHARED, SHARED]
        assert [answer.json() for answer in answers] == [{"data": {"__typename": "Query"}}] * 3

    @pytest.mark.fidelity("graphql.cors.own-origin")
    @pytest.mark.parametrize("origin", [BASE, "https://api.test"])
    async def test_of_the_server_itself_need_no_trust(self, api: Api, origin: str) -> None:
        """A browser names the origin of a page that posts to its own server, too."""
        answer = await ask(api, origin)

        assert answer.json() == {"data": {"write": {"text": "hello"}}}
        assert told(answer) == {"vary": ""}


class TestPrograms:
    @pytest.mark.fidelity("graphql.cors.trusted-domain")
    async def test_without_an_origin_are_asked_for_no_trust(self, api: Api) -> None:
        """Whoever is no browser sends no origin."""
        answer = await api.send(WRITE, token=api.signer.token("any"))

        assert answer.json() == {"data": {"write": {"text": "hello"}}}
        assert told(answer) == {"vary": ""}
