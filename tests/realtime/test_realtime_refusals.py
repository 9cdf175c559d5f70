"""Who gets no stream, and how they are told."""

from dataclasses import replace
from typing import Final

import pytest

from hirewire.accounts.model import AppTerms
from hirewire.kit.caller import Caller
from tests.conversations.world import OTHERS, TRUSTED, World
from tests.realtime.running import Answer, RealTime

METHODS: Final = "GET, HEAD, POST, OPTIONS"
STRANGERS: Final = (
    "https://evil.example",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://localhost:3000.evil.example",
    "null",
    "",
)


async def is_refused(answer: Answer, status: int, error: str) -> str:
    """Check status and body of a refusal, and return its description."""
    body = await answer.body()
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert list(body) == ["error", "error_description"]
    assert body["error"] == error
    description: str = body["error_description"]
    return description


class TestAuthentication:
    @pytest.mark.fidelity(
        "realtime.errors.authentication-is-400", "realtime.errors.invalid-token-body"
    )
    @pytest.mark.parametrize(
        ("headers", "says"),
        [
            ({}, "The request carries no access token."),
            ({"Authorization": "Bearer x.y.z"}, "The access token is malformed."),
            (
                {"Authorization": "Basic dTpw"},
                "The Authorization header is not one access token: use `Bearer <token>`.",
            ),
            (
                {"Authorization": "Bearer"},
                "The Authorization header is not one access token: use `Bearer <token>`.",
            ),
        ],
    )
    async def test_wrong_authentication_is_400(
        self, real_time: RealTime, headers: dict[str, str], says: str
    ) -> None:
        """
        Seed 000 documents 400, where others answer 401.
        """
        answer = await real_time.ask(None, headers=headers)

        assert await is_refused(answer, 400, "invalid_token") == says
        assert real_time.hub.open_streams == 0

    @pytest.mark.fidelity("realtime.errors.authentication-is-400")
    async def test_an_expired_token_is_400(self, real_time: RealTime, world: World) -> None:
        """
        A token opens streams until its last second, and none after it.
        """
        await real_time.pass_time(3599)
        last = await real_time.ask(world.acme_caller)
        token = real_time.tokens.bearer(world.acme_caller)
        await real_time.pass_time(1)

        late = await real_time.ask(None, headers=token)

        assert last.status == 200
        assert await is_refused(late, 400, "invalid_token") == "The access token has expired."

    async def test_a_query_carries_no_token(self, real_time: RealTime, world: World) -> None:
        """
        A token in the address would end up in logs: only the header counts.
        """
        token = real_time.tokens.sign(world.acme_caller)

        answer = await real_time.ask(None, f"access_token={token}")

        await is_refused(answer, 400, "invalid_token")


class TestAccess:
    @pytest.mark.fidelity("realtime.access.scope")
    @pytest.mark.parametrize("who", ["app", "person", "person of an employer"])
    async def test_needs_the_scope(self, real_time: RealTime, world: World, who: str) -> None:
        """
        A token for something else opens no stream, whoever has it.
        """
        callers = {
            "app": world.acme_caller,
            "person": world.caller(person=world.pat),
            "person of an employer": world.caller(person=world.pat, employer=world.acme),
        }
        caller = replace(callers[who], scopes=frozenset({"interviews.schedule"}))

        answer = await real_time.ask(caller)

        says = await is_refused(answer, 403, "insufficient_scope")
        assert says == "Required scopes missing: conversations.read"
        assert real_time.hub.open_streams == 0

    @pytest.mark.fidelity("realtime.access.app-needs-employer")
    async def test_an_app_alone_needs_an_employer(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A two-legged token without an employer could never hear anything, and is told.
        """
        answer = await real_time.ask(world.caller())

        says = await is_refused(answer, 403, "access_denied")
        assert says.startswith("The access token represents no employer")

    @pytest.mark.fidelity("realtime.access.decided-now")
    @pytest.mark.parametrize("who", ["former member", "never member", "strange app"])
    async def test_what_a_token_says_must_still_be_true(
        self, real_time: RealTime, world: World, who: str
    ) -> None:
        """
        Membership and the app's own accounts are looked up when the stream opens.
        """
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        callers: dict[str, Caller] = {
            "former member": world.caller(person=world.pat, employer=world.acme),
            "never member": world.caller(person=world.sam, employer=world.acme),
            "strange app": world.caller(app=world.globex_app, employer=world.acme),
        }

        answer = await real_time.ask(callers[who])

        says = await is_refused(answer, 403, "access_denied")
        assert says.startswith("The access token represents an employer that")
        assert real_time.hub.open_streams == 0


class TestEventTypes:
    @pytest.mark.fidelity("realtime.filter.refuses-unknown-types")
    @pytest.mark.parametrize(
        "query",
        [
            "eventTypes=",
            "eventTypes=new-message,",
            "eventTypes=heartbeat",
            "eventTypes=New-Message",
            "eventTypes=new-message%00",
            "eventTypes=new-message%0Adata:1",
            "eventTypes=%FF",
            "eventTypes=new-message&eventTypes=new-message",
        ],
    )
    async def test_a_bad_filter_is_refused(
        self, real_time: RealTime, world: World, query: str
    ) -> None:
        """
        A filter that could only be a mistake opens no silent stream.
        """
        answer = await real_time.ask(world.acme_caller, query)

        says = await is_refused(answer, 400, "invalid_request")
        assert "eventTypes" in says
        assert real_time.hub.open_streams == 0


class TestMethods:
    @pytest.mark.fidelity("realtime.methods")
    @pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
    async def test_no_other_methods(
        self, real_time: RealTime, world: World, method: str
    ) -> None:
        """
        Other methods are told which ones there are.
        """
        answer = await real_time.ask(
            world.acme_caller, method=method, headers={"Content-Length": "0"}
        )

        assert (answer.status, answer.headers["allow"]) == (405, METHODS)
        assert real_time.hub.open_streams == 0


class TestCors:
    @pytest.mark.fidelity("realtime.cors.trusted-domain", "realtime.cors.vary")
    async def test_a_trusted_domain_may_listen(self, real_time: RealTime, world: World) -> None:
        """
        The app's own pages get a stream that they may read.
        """
        stream = await real_time.listen(world.acme_caller, origin=TRUSTED)

        assert stream.headers["access-control-allow-origin"] == TRUSTED
        assert stream.headers["vary"] == "Origin"

    @pytest.mark.fidelity("realtime.cors.vary")
    async def test_servers_have_no_origin(self, real_time: RealTime, world: World) -> None:
        """
        Without an Origin nobody is let read, and caches know what it would depend on.
        """
        stream = await real_time.listen(world.acme_caller)

        assert "access-control-allow-origin" not in stream.headers
        assert stream.headers["vary"] == "Origin"

    @pytest.mark.fidelity("realtime.cors.other-origins-refused")
    @pytest.mark.parametrize("origin", [OTHERS, *STRANGERS])
    async def test_other_origins_are_refused(
        self, real_time: RealTime, world: World, origin: str
    ) -> None:
        """
        Also one that another app trusts: no stream, and nothing that the page may read.
        """
        answer = await real_time.ask(world.acme_caller, origin=origin)

        says = await is_refused(answer, 403, "access_denied")
        assert says == f"'{origin}' is not a trusted domain of the app."
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"
        assert real_time.hub.open_streams == 0

    @pytest.mark.fidelity("realtime.cors.preflight")
    @pytest.mark.parametrize("origin", [TRUSTED, OTHERS])
    async def test_preflight_is_answered_for_any_apps_domains(
        self, real_time: RealTime, origin: str
    ) -> None:
        """
        A preflight carries no token, so that any app's trust is enough for it.
        """
        answer = await real_time.ask(
            None,
            method="OPTIONS",
            origin=origin,
            headers={
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            },
        )

        assert answer.status == 204
        assert {k: v for k, v in answer.headers.items() if k.startswith("access-")} == {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": "GET, HEAD, POST",
            "access-control-allow-headers": "Accept, Authorization, Cache-Control, "
            "Content-Type, DPoP, Last-Event-ID, X-Request-Id",
            "access-control-max-age": "600",
        }
        assert answer.headers["vary"] == "Origin"

    @pytest.mark.fidelity("realtime.cors.other-origins-refused")
    @pytest.mark.parametrize("origin", STRANGERS)
    async def test_preflight_of_others_is_refused(
        self, real_time: RealTime, origin: str
    ) -> None:
        """
        A domain that no app trusts learns nothing.
        """
        answer = await real_time.ask(
            None,
            method="OPTIONS",
            origin=origin,
            headers={"Access-Control-Request-Method": "GET"},
        )

        await is_refused(answer, 403, "access_denied")
        assert not [name for name in answer.headers if name.startswith("access-")]

    async def test_options_without_origin_names_the_methods(self, real_time: RealTime) -> None:
        """
        Whoever is no browser is told what there is.
        """
        answer = await real_time.ask(None, method="OPTIONS")

        assert (answer.status, answer.headers["allow"]) == (204, METHODS)
        assert not [name for name in answer.headers if name.startswith("access-")]

    @pytest.mark.fidelity("realtime.cors.readable-refusals")
    @pytest.mark.parametrize(
        ("origin", "readable"), [(TRUSTED, True), (OTHERS, True), (STRANGERS[0], False)]
    )
    async def test_a_page_may_read_why_its_token_is_bad(
        self, real_time: RealTime, origin: str, *, readable: bool
    ) -> None:
        """
        Without a good token the app is not known: then any app's trust is enough.
        """
        answer = await real_time.ask(None, origin=origin, headers={"Authorization": "Bearer x"})

        await is_refused(answer, 400, "invalid_token")
        assert answer.headers.get("access-control-allow-origin") == (
            origin if readable else None
        )

    async def test_a_page_may_read_why_its_filter_is_bad(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A trusted page is told like any other client.
        """
        answer = await real_time.ask(world.acme_caller, "eventTypes=x", origin=TRUSTED)

        await is_refused(answer, 400, "invalid_request")
        assert answer.headers["access-control-allow-origin"] == TRUSTED

    @pytest.mark.fidelity("realtime.cors.decided-now")
    async def test_a_domain_is_trusted_until_it_is_not(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The next stream asks for what the app trusts by then.
        """
        before = await real_time.ask(world.acme_caller, origin=TRUSTED)
        terms = world.acme_app.terms
        moved = AppTerms(
            name=terms.name,
            grant_types=terms.grant_types,
            trusted_domains=("https://new.example",),
            scopes=terms.scopes,
        )
        async with world.database.unit() as uow:
            await world.accounts.apps.change(uow, world.acme_app.id, moved)

        after = await real_time.ask(world.acme_caller, origin=TRUSTED)

        assert (before.status, after.status) == (200, 403)
