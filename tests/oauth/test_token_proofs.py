"""Tokens that are bound to a key: DPoP at the token endpoint (RFC 9449)."""

from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from tests.oauth.world import (
    INVALID_GRANT,
    POLICY,
    VERIFIER,
    AuthorizationServer,
    Registered,
    a_web_app,
    read,
)
from tests.web.proofs import Prover


def proof(prover: Prover) -> dict[str, str]:
    """A good proof for one token request."""
    return {"DPoP": prover.prove("POST", POLICY.url)}


async def public_tokens(
    server: AuthorizationServer, prover: Prover
) -> tuple[Registered, dict[str, str]]:
    """Sign in to a public app that holds a key."""
    app = await server.an_app(a_web_app(is_public=True))
    code = await server.authorize_as(await server.a_person(), app.app, verifier=VERIFIER)
    response = await server.redeem(app, code, headers=proof(prover), code_verifier=VERIFIER)
    return app, dict(response.json())


class TestBinding:
    @pytest.mark.fidelity("oauth.dpop.bound-tokens")
    async def test_is_of_every_grant(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Asked for with a proof, a token says so, and names the key.
        """
        app, prover = await server.an_app(), Prover(clock)
        code = await server.authorize_as(await server.a_person(), app.app)

        own = await server.send(
            {"grant_type": "client_credentials"} | app.credentials, proof(prover)
        )
        first = await server.redeem(app, code, headers=proof(prover))
        next_one = await server.refresh(
            app, first.json()["refresh_token"], headers=proof(prover)
        )

        answers = [response.json() for response in (own, first, next_one)]
        assert [answer["token_type"] for answer in answers] == ["DPoP"] * 3
        assert [read(answer["access_token"])["cnf"] for answer in answers] == [
            {"jkt": prover.thumbprint}
        ] * 3

    @pytest.mark.fidelity("oauth.dpop.proof-once")
    async def test_takes_a_proof_once(
        self, server_on_each: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The same proof with another request is refused, and there is no second token.
        """
        server = server_on_each
        app, headers = await server.an_app(), proof(Prover(clock))
        form = {"grant_type": "client_credentials"} | app.credentials

        first = await server.send(form, headers)
        second = await server.send(form, headers)

        assert (first.status_code, second.status_code) == (200, 400)
        assert second.json() == {
            "error_description": "The DPoP proof was used before.",
            "error": "invalid_dpop_proof",
        }
        assert await server.issued() == 1

    @pytest.mark.fidelity("oauth.dpop.bad-proof")
    @pytest.mark.parametrize(
        ("method", "url"), [("GET", POLICY.url), ("POST", "https://elsewhere.example/")]
    )
    async def test_takes_no_proof_of_another_request(
        self, server: AuthorizationServer, clock: MovableClock, method: str, url: str
    ) -> None:
        """
        A proof for another method or address buys nothing.
        """
        app = await server.an_app()

        response = await server.send(
            {"grant_type": "client_credentials"} | app.credentials,
            {"DPoP": Prover(clock).prove(method, url)},
        )

        assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
        assert await server.issued() == 0


class TestRequired:
    @pytest.mark.fidelity("oauth.dpop.required")
    async def test_of_apps_that_say_so(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        An app that swore to send proofs gets nothing without one, and its code stays good.
        """
        app = await server.an_app(a_web_app(requires_dpop=True))
        code = await server.authorize_as(await server.a_person(), app.app)

        without = await server.redeem(app, code)
        issued = await server.issued()
        with_one = await server.redeem(app, code, headers=proof(Prover(clock)))

        assert without.status_code == 400
        assert without.json() == {
            "error_description": "This app sends a DPoP proof with each token request.",
            "error": "invalid_dpop_proof",
        }
        assert issued == 0
        assert with_one.status_code == 200


class TestCode:
    @pytest.mark.fidelity("oauth.dpop.code")
    async def test_is_bound_to_the_key_of_its_request(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Neither another key nor none redeems it; the right one still does.
        """
        app, mine, others = await server.an_app(), Prover(clock), Prover(clock)
        code = await server.authorize_as(
            await server.a_person(), app.app, proof_key=mine.thumbprint
        )

        refused = [
            await server.redeem(app, code, headers=headers) for headers in (proof(others), None)
        ]
        issued = await server.issued()
        response = await server.redeem(app, code, headers=proof(mine))

        assert [(r.status_code, r.json()) for r in refused] == [(400, INVALID_GRANT)] * 2
        assert issued == 0
        assert response.status_code == 200


class TestRefreshToken:
    @pytest.mark.fidelity("oauth.dpop.refresh-of-public-apps")
    async def test_of_a_public_app_is_bound(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Another key and no key are refused, and rotate nothing; the same key goes on.
        """
        mine, others = Prover(clock), Prover(clock)
        app, tokens = await public_tokens(server, mine)

        refused = [
            await server.refresh(app, tokens["refresh_token"], headers=headers)
            for headers in (proof(others), None)
        ]
        response = await server.refresh(app, tokens["refresh_token"], headers=proof(mine))

        assert [(r.status_code, r.json()) for r in refused] == [(400, INVALID_GRANT)] * 2
        assert response.status_code == 200

    async def test_of_a_public_app_has_its_grace_for_the_key_alone(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Who comes again without the key learns no successor, and ends nothing within the grace.
        """
        mine = Prover(clock)
        app, tokens = await public_tokens(server, mine)
        old = tokens["refresh_token"]
        successor = (await server.refresh(app, old, headers=proof(mine))).json()
        await clock.advance(timedelta(seconds=5))

        thief = await server.refresh(app, old, headers=proof(Prover(clock)))
        again = await server.refresh(app, old, headers=proof(mine))

        assert (thief.status_code, thief.json()) == (400, INVALID_GRANT)
        assert again.json()["refresh_token"] == successor["refresh_token"]

    @pytest.mark.fidelity("oauth.dpop.refresh-of-confidential-apps")
    async def test_of_a_confidential_app_goes_with_any_key_but_not_without(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The app proves itself, so that it may change its key; it does not go back to bearer.
        """
        app, old, new = await server.an_app(), Prover(clock), Prover(clock)
        code = await server.authorize_as(await server.a_person(), app.app)
        first = (await server.redeem(app, code, headers=proof(old))).json()

        without = await server.refresh(app, first["refresh_token"])
        changed = await server.refresh(app, first["refresh_token"], headers=proof(new))

        assert (without.status_code, without.json()) == (400, INVALID_GRANT)
        assert read(changed.json()["access_token"])["cnf"] == {"jkt": new.thumbprint}
