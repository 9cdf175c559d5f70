"""`/v2/api/userinfo` and `/v2/api/appinfo`: who and what is behind an access token."""

from dataclasses import replace
from typing import Final

import httpx
import pytest

from hirewire.kit.clock import MovableClock
from tests.oauth.asking import APPINFO, EVERYTHING, USERINFO, Asking, good, refused
from tests.oauth.world import ISSUER, a_web_app
from tests.web.proofs import Prover

PAGE: Final = "https://jobs.example"
ALGORITHMS: Final = 'algs="ES256 Ed25519 PS256 RS256"'


def shared_with(answer: httpx.Response) -> str | None:
    """Say which page may read an answer."""
    origin: str | None = answer.headers.get("access-control-allow-origin")
    return origin


class TestUserinfo:
    @pytest.mark.fidelity("userinfo.answer", "userinfo.methods", "userinfo.email-verified")
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_tells_of_the_person(self, desk: Asking, method: str) -> None:
        """
        All that the token's scopes allow, in the documented members.
        """
        token = (await desk.tokens())["access_token"]
        world = desk.server.world

        told = good(await desk.look(USERINFO, token, method))

        assert told == {
            "sub": desk.person.id.hex,
            "email": "ada@agency.example",
            "email_verified": True,
            "employers": [
                {"id": world.master.id.hex, "name": "Employer 100"},
                {"id": world.stranger.id.hex, "name": "Employer 200"},
            ],
        }

    @pytest.mark.fidelity("userinfo.email-verified")
    async def test_vouches_for_no_address_that_was_only_typed(self, desk: Asking) -> None:
        """
        Who signed up with an address may not be who reads mail to it, until it is verified.
        """
        accounts = desk.server.world.accounts
        stranger = await desk.server.a_person(email="eve@x.example", email_verified=False)
        code = await desk.server.authorize_as(stranger, desk.app.app, EVERYTHING)
        token = good(await desk.server.redeem(desk.app, code))["access_token"]

        before = good(await desk.look(USERINFO, token))
        async with desk.server.database.unit() as uow:
            await accounts.verify_email(uow, stranger.id)
        after = good(await desk.look(USERINFO, token))

        assert (before["email"], before["email_verified"]) == ("eve@x.example", False)
        assert after["email_verified"] is True

    @pytest.mark.fidelity("userinfo.scopes")
    @pytest.mark.parametrize(
        ("scope", "members"),
        [
            ("openid", ["sub"]),
            ("email", ["sub", "email", "email_verified"]),
            ("employer_access", ["sub", "employers"]),
            ("interviews.schedule", ["sub"]),
        ],
    )
    async def test_tells_no_more_than_was_granted(
        self, desk: Asking, scope: str, members: list[str]
    ) -> None:
        """
        `sub` needs no scope, for what people grant may be any of them.
        """
        token = (await desk.tokens(frozenset({scope})))["access_token"]

        assert list(good(await desk.look(USERINFO, token))) == members

    @pytest.mark.fidelity("userinfo.two-legged")
    async def test_is_not_for_an_apps_own_token(self, desk: Asking) -> None:
        """
        403, and what would have been good.
        """
        answer = await desk.look(USERINFO, await desk.own_token())

        words = "The access token speaks of no person: use one that a person granted."
        assert refused(answer) == (403, "insufficient_scope", words)
        assert answer.headers["www-authenticate"] == (
            f'Bearer error="insufficient_scope", error_description="{words}"'
        )

    async def test_takes_the_token_in_a_form(self, desk: Asking) -> None:
        """
        RFC 6750, section 2.2, in a POST only.
        """
        token = (await desk.tokens())["access_token"]

        posted = await desk.http.post(USERINFO, data={"access_token": token})
        got = await desk.http.request("GET", USERINFO, data={"access_token": token})

        assert good(posted)["sub"] == desk.person.id.hex
        assert got.status_code == 401

    async def test_looks_nothing_up_for_a_bad_token(
        self, desk: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Who shows what is no token, and is no web page, costs the database nothing.
        """
        monkeypatch.setattr(desk.server.database, "read", None)

        answer = await desk.http.get(USERINFO, headers={"Authorization": "Bearer none"})

        assert answer.status_code == 401

    async def test_takes_the_token_once(self, desk: Asking) -> None:
        """
        RFC 6750, section 2: not in two ways, and not twice in one.
        """
        token = (await desk.tokens())["access_token"]
        form = {"content-type": "application/x-www-form-urlencoded"}

        both = await desk.http.post(
            USERINFO,
            data={"access_token": token},
            headers={"Authorization": f"Bearer {token}"},
        )
        twice = await desk.http.post(
            USERINFO, content=f"access_token={token}&access_token={token}", headers=form
        )

        assert refused(both) == (
            400,
            "invalid_request",
            "The access token was sent twice: use the header or the form.",
        )
        assert refused(twice)[:2] == (400, "invalid_request")
        assert token not in both.text + twice.text

    @pytest.mark.fidelity("userinfo.token-in-query")
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_takes_no_token_in_the_url(self, desk: Asking, method: str) -> None:
        """
        Not even beside a good one in the header.
        """
        token = (await desk.tokens())["access_token"]

        answer = await desk.look(f"{USERINFO}?access_token={token}", token, method)

        assert refused(answer) == (
            400,
            "invalid_request",
            (
                "The access token does not belong in the query string: send it in the "
                "Authorization header."
            ),
        )

    async def test_asks_for_a_token(self, desk: Asking) -> None:
        """
        Who brings none is told of both schemes, and of no error.
        """
        answer = await desk.http.get(USERINFO)

        assert refused(answer) == (
            401,
            "invalid_token",
            "The request carries no access token.",
        )
        assert answer.headers["www-authenticate"] == f"Bearer, DPoP {ALGORITHMS}"

    async def test_answers_get_and_post_only(self, desk: Asking) -> None:
        """
        Anything else is refused with what is not.
        """
        answer = await desk.http.delete(USERINFO)

        assert (answer.status_code, answer.headers["allow"]) == (
            405,
            "GET, HEAD, POST, OPTIONS",
        )

    async def test_answers_head_as_get(self, desk: Asking) -> None:
        """
        With the same status and headers; the server keeps the body to itself.
        """
        token = await desk.own_token(scope="interviews.schedule")
        bearer = {"Authorization": f"Bearer {token}"}

        good, bare = (
            await desk.http.head(APPINFO, headers=bearer),
            await desk.http.head(APPINFO),
        )

        shown = await desk.http.get(APPINFO, headers=bearer)
        assert (good.status_code, bare.status_code) == (200, 401)
        assert good.headers == shown.headers

    async def test_asks_for_a_proof(self, desk: Asking, clock: MovableClock) -> None:
        """
        A bound token comes with its proof, in the header only.
        """
        prover = Prover(clock)
        token = await desk.bound_token(prover)
        proof = prover.prove("GET", f"{ISSUER}{APPINFO}", token)
        bound = {"Authorization": f"DPoP {token}"}

        good_one = await desk.http.get(APPINFO, headers=bound | {"DPoP": proof})
        replayed = await desk.http.get(APPINFO, headers=bound | {"DPoP": proof})
        as_bearer = await desk.look(APPINFO, token)
        in_form = await desk.http.post(APPINFO, data={"access_token": token})

        assert good_one.status_code == 200
        assert refused(replayed) == (
            401,
            "invalid_dpop_proof",
            "The DPoP proof was used before.",
        )
        assert replayed.headers["www-authenticate"] == (
            'DPoP error="invalid_dpop_proof", '
            f'error_description="The DPoP proof was used before.", {ALGORITHMS}'
        )
        assert (as_bearer.status_code, in_form.status_code) == (401, 401)


class TestAppinfo:
    @pytest.mark.fidelity("appinfo.answer")
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_lists_what_an_app_may_represent(self, desk: Asking, method: str) -> None:
        """
        Its own account first, then the subaccounts; no scope is needed for it.
        """
        world = desk.server.world
        token = await desk.own_token(scope="interviews.schedule")

        told = good(await desk.look(APPINFO, token, method))

        assert told == {
            "employers": [
                {"id": world.master.id.hex, "name": "Employer 100"},
                {"id": world.subaccount.id.hex, "name": "Employer 101"},
            ]
        }

    async def test_takes_a_body_of_any_kind(self, desk: Asking) -> None:
        """
        Clients post an empty JSON object, which is not looked at.
        """
        answer = await desk.http.post(
            APPINFO, json={}, headers={"Authorization": f"Bearer {await desk.own_token()}"}
        )

        assert answer.status_code == 200

    @pytest.mark.fidelity("appinfo.three-legged")
    async def test_lists_a_persons_employers_to_whom_they_let_know(self, desk: Asking) -> None:
        """
        With a person's token they are the person's, and need the person's leave.
        """
        world = desk.server.world
        told = good(await desk.look(APPINFO, (await desk.tokens())["access_token"]))
        without = EVERYTHING - {"employer_access"}

        answer = await desk.look(APPINFO, (await desk.tokens(without))["access_token"])

        assert [employer["id"] for employer in told["employers"]] == [
            world.master.id.hex,
            world.stranger.id.hex,
        ]
        assert refused(answer) == (
            403,
            "insufficient_scope",
            "Required scopes missing: employer_access",
        )
        assert answer.headers["www-authenticate"].endswith(', scope="employer_access"')


class TestPages:
    @pytest.mark.fidelity("userinfo.cors")
    async def test_of_a_trusted_domain_may_read(self, desk: Asking) -> None:
        """
        The app's own domains, and nobody else's.
        """
        accounts = desk.server.world.accounts
        async with desk.server.database.unit() as uow:
            terms = replace(a_web_app(), trusted_domains=(PAGE,))
            await accounts.apps.change(uow, desk.app.app.id, terms)
        other = await desk.an_app(
            replace(a_web_app("Other"), trusted_domains=("https://other.example",))
        )
        token = await desk.own_token()

        mine = await desk.look(APPINFO, token, Origin=PAGE)
        others = await desk.look(APPINFO, token, Origin="https://other.example")
        nobodys = await desk.look(APPINFO, token, Origin="https://evil.example")
        refusal = await desk.look(APPINFO, "x", Origin=PAGE)

        assert other.app.trusted_domains == ("https://other.example",)
        answers = (mine, others, nobodys, refusal)
        assert [shared_with(answer) for answer in answers] == [PAGE, None, None, PAGE]
        assert [answer.headers["vary"] for answer in answers] == ["Origin"] * 4

    async def test_ask_first(self, desk: Asking) -> None:
        """
        A preflight of a trusted page says how to ask, one of another page nothing.
        """
        await desk.an_app(replace(a_web_app("Other"), trusted_domains=(PAGE,)))

        trusted = await desk.http.options(USERINFO, headers={"Origin": PAGE})
        other = await desk.http.options(USERINFO, headers={"Origin": "https://evil.example"})

        assert (trusted.status_code, shared_with(trusted)) == (204, PAGE)
        assert trusted.headers["access-control-allow-headers"] == (
            "Authorization, Content-Type, DPoP"
        )
        assert (other.status_code, shared_with(other)) == (204, None)
