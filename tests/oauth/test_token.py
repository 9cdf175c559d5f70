"""`POST /oauth/v2/tokens`: the tokens it gives."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote_plus

import pytest
from joserfc import jws

from hirewire.accounts.model import GrantType
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from tests.accounts.world import AGENCY_SCOPES, an_app, facts
from tests.oauth.world import (
    CALLBACK,
    INVALID_GRANT,
    ISSUER,
    POLICY,
    TOKENS,
    AuthorizationServer,
    basic,
)

READ: Final = "employer.advertising.account.read"


class TestAnswer:
    @pytest.mark.fidelity("oauth.token.answer", "oauth.token.expires-in-one-hour")
    async def test_is_that_of_the_sample(self, server: AuthorizationServer) -> None:
        """
        Four members, in the order of seed 003's sample, and nothing may store them.
        """
        response = await server.ask(scope=f"employer_access {READ}")

        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["pragma"] == "no-cache"
        answer = response.json()
        assert list(answer) == ["access_token", "scope", "token_type", "expires_in"]
        assert answer | {"access_token": ""} == {
            "access_token": "",
            "scope": f"{READ} employer_access",
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    @pytest.mark.fidelity("oauth.token.claims")
    async def test_holds_the_documented_claims(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        An ES256 JWT names the app, its account and the employer, and no audience.
        """
        employer = server.world.subaccount.id.hex

        response = await server.ask(scope="employer_access", employer=employer)

        token = response.json()["access_token"]
        signed = jws.extract_compact(token.encode())
        issued = int(clock.now().timestamp())
        claims = json.loads(signed.payload)
        assert {**signed.headers(), "kid": ""} == {"alg": "ES256", "typ": "at+jwt", "kid": ""}
        assert len(claims.pop("jti")) == 32
        assert claims == {
            "iss": ISSUER,
            "sub": f"app:{server.world.app.id}",
            "azp": server.world.app.id,
            "scope": "employer_access",
            "iat": issued,
            "exp": issued + 3600,
            "app_account": server.world.master.id.hex,
            "emp": employer,
        }

    async def test_opens_the_apis(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A verifier reads the token as the caller that it is for.
        """
        response = await server.ask(employer=server.world.master.id.hex)

        caller = server.verifier(clock).verify(response.json()["access_token"])
        assert caller == Caller(
            app_id=server.world.app.id,
            scopes=(AGENCY_SCOPES - {"offline_access"})
            | {"employer.advertising.campaign.read"},
            expires_at=clock.now() + timedelta(hours=1),
            employer_id=server.world.master.id,
        )

    @pytest.mark.fidelity("oauth.token.audited")
    async def test_is_on_record(self, server: AuthorizationServer, clock: MovableClock) -> None:
        """
        One fact names the token, and neither the token nor the secret is in the log.
        """
        response = await server.ask(scope=READ, employer=server.world.master.id.hex)

        told = await facts(server.database)
        kind, body = told[-1]
        claims = json.loads(
            jws.extract_compact(response.json()["access_token"].encode()).payload
        )
        recorded = json.loads(body)
        assert kind == "oauth.token_issued"
        assert recorded.pop("token_id").replace("-", "") == claims["jti"]
        assert recorded == {
            "employer_id": str(server.world.master.id),
            "app_id": server.world.app.id,
            "person_id": None,
            "grant_type": "client_credentials",
            "scope": READ,
            "expires_at": "2026-03-02T10:00:00Z",
        }
        assert response.json()["access_token"] not in repr(told)
        assert server.world.secret.text not in repr(told)

    async def test_lasts_as_long_as_the_settings_say(self, server: AuthorizationServer) -> None:
        """
        The lifetime is a matter of policy.
        """
        server = server.with_policy(replace(POLICY, lifetime_s=60))

        response = await server.ask()

        assert response.json()["expires_in"] == 60


class TestScope:
    @pytest.mark.fidelity("oauth.scope.sorted")
    async def test_is_sorted_and_said_once(self, server: AuthorizationServer) -> None:
        """
        Order, doubles and spare spaces of the request do not show.
        """
        asked = f" interviews.schedule  {READ} employer_access interviews.schedule "

        response = await server.ask(scope=asked)

        assert response.json()["scope"] == f"{READ} employer_access interviews.schedule"

    @pytest.mark.fidelity("oauth.scope.write-implies-read")
    async def test_to_write_allows_to_read(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The answer names what was asked for; the caller has the read scope as well.
        """
        response = await server.ask(scope="employer.advertising.campaign")

        answer = response.json()
        caller = server.verifier(clock).verify(answer["access_token"])
        assert answer["scope"] == "employer.advertising.campaign"
        assert caller.scopes == {
            "employer.advertising.campaign",
            "employer.advertising.campaign.read",
        }

    async def test_to_read_alone_is_had_by_who_may_write(
        self, server: AuthorizationServer
    ) -> None:
        """
        An app that is allowed the write scope may ask for less.
        """
        response = await server.ask(scope="employer.advertising.campaign.read")

        assert response.json()["scope"] == "employer.advertising.campaign.read"

    @pytest.mark.fidelity("oauth.scope.default")
    async def test_is_the_apps_own_when_none_is_asked(
        self, server: AuthorizationServer
    ) -> None:
        """
        Without the parameter the app gets all its scopes but those of a person.
        """
        response = await server.ask()

        assert response.json()["scope"] == " ".join(sorted(AGENCY_SCOPES - {"offline_access"}))


class TestEmployer:
    @pytest.mark.fidelity("oauth.employer.parameter-is-enough")
    async def test_is_represented_without_employer_access(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The parameter makes the token an employer's, whatever the scopes.
        """
        employer = server.world.subaccount.id

        response = await server.ask(scope=READ, employer=employer.hex)

        caller = server.verifier(clock).verify(response.json()["access_token"])
        assert (caller.employer_id, caller.scopes) == (employer, frozenset({READ}))

    @pytest.mark.fidelity("oauth.employer.both-spellings")
    async def test_is_spelled_with_dashes_or_without(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The 32 digits of seed 003, and a UUID as libraries print it.
        """
        employer = server.world.subaccount.id

        responses = [
            await server.ask(employer=text)
            for text in (employer.hex, str(employer), employer.hex.upper())
        ]

        verifier = server.verifier(clock)
        assert [verifier.verify(r.json()["access_token"]).employer_id for r in responses] == [
            employer
        ] * 3

    @pytest.mark.fidelity("oauth.employer.omitted")
    async def test_is_nobody_when_left_out(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A token for the subaccount endpoints represents no employer.
        """
        response = await server.ask(scope="employer_access")

        caller = server.verifier(clock).verify(response.json()["access_token"])
        assert caller.employer_id is None

    @pytest.mark.fidelity("oauth.employer.access-can-be-required")
    async def test_needs_employer_access_where_the_settings_say_so(
        self, server: AuthorizationServer
    ) -> None:
        """
        Under the strict setting seed 003's sentence is enforced.
        """
        server = server.with_policy(replace(POLICY, employer_access_required=True))
        employer = server.world.master.id.hex

        refused = await server.ask(scope=READ, employer=employer)
        granted = await server.ask(scope=f"{READ} employer_access", employer=employer)
        unrepresented = await server.ask(scope=READ)

        assert (refused.status_code, refused.json()) == (
            400,
            {
                "error_description": "A token that represents an employer needs the scope "
                "employer_access.",
                "error": "invalid_scope",
            },
        )
        assert (granted.status_code, unrepresented.status_code) == (200, 200)
        assert await server.issued() == 2


class TestAuthentication:
    @pytest.mark.fidelity("oauth.app.basic")
    async def test_by_header(self, server: AuthorizationServer) -> None:
        """
        HTTP Basic is taken in place of the body's parameters, in any case of its name.
        """
        header = basic(server.world.app.id, server.world.secret.text)

        responses = [
            await server.post("grant_type=client_credentials", {"Authorization": spelled})
            for spelled in (header, header.replace("Basic", "basic"))
        ]

        assert [response.status_code for response in responses] == [200, 200]

    @pytest.mark.fidelity("oauth.app.basic-is-form-encoded")
    async def test_by_header_is_form_encoded(self, server: AuthorizationServer) -> None:
        """
        Clients that escape every character of id and secret are understood.
        """
        escaped = [
            "".join(f"%{ord(character):02x}" for character in text)
            for text in (server.world.app.id, server.world.secret.text)
        ]

        response = await server.post(
            "grant_type=client_credentials", {"Authorization": basic(escaped[0], escaped[1])}
        )

        assert response.status_code == 200

    async def test_by_header_may_repeat_the_id(self, server: AuthorizationServer) -> None:
        """
        A client_id in the body is no second authentication when it is the same.
        """
        body = f"grant_type=client_credentials&client_id={server.world.app.id}"

        response = await server.post(body, server.basic())

        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.app.secrets-overlap")
    async def test_with_any_of_its_secrets(self, server: AuthorizationServer) -> None:
        """
        Old and new secret work side by side, so that stores can be updated in between.
        """
        async with server.database.unit() as uow:
            second = await server.world.accounts.apps.add_secret(uow, server.world.app.id)

        responses = [await server.ask(), await server.ask(client_secret=second.text)]

        assert [response.status_code for response in responses] == [200, 200]


class TestBody:
    @pytest.mark.fidelity("oauth.body.json")
    async def test_may_be_json(self, server: AuthorizationServer) -> None:
        """
        Seed 003's table says application/json, and whoever follows it is served.
        """
        body = {"grant_type": "client_credentials", "scope": READ} | server.credentials

        response = await server.http.post(TOKENS, json=body)

        assert response.status_code == 200
        assert response.json()["scope"] == READ

    async def test_may_name_its_charset(self, server: AuthorizationServer) -> None:
        """
        Old clients say charset=UTF-8, which is what a form is.
        """
        content_type = "application/x-www-form-urlencoded; charset=UTF-8"

        response = await server.post(
            "grant_type=client_credentials", server.basic() | {"Content-Type": content_type}
        )

        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.body.empty-is-omitted")
    async def test_may_hold_empty_and_unknown_parameters(
        self, server: AuthorizationServer
    ) -> None:
        """
        A parameter without a value counts as left out, an unknown one is ignored.
        """
        body = f"grant_type=client_credentials&scope=&employer=&x=1&y={quote_plus('ä b')}"

        response = await server.post(body, server.basic())

        assert response.status_code == 200


class TestEveryDatabase:
    async def test_records_each_of_many_at_once(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Twenty tokens asked for together have twenty ids, and each is on record once; the one
        refused among them is not.
        """
        server = server_on_each
        employer = server.world.subaccount.id.hex

        *granted, refused = await asyncio.gather(
            *(server.ask(employer=employer) for _ in range(20)),
            server.ask(employer=server.world.stranger.id.hex),
        )

        ids = [
            json.loads(jws.extract_compact(r.json()["access_token"].encode()).payload)["jti"]
            for r in granted
        ]
        recorded = [
            json.loads(body)["token_id"].replace("-", "")
            for kind, body in await facts(server.database)
            if kind == "oauth.token_issued"
        ]
        assert len(set(ids)) == 20
        assert sorted(recorded) == sorted(ids)
        assert refused.status_code == 400


class TestOtherGrants:
    @pytest.mark.fidelity("oauth.invalid-grant.code", "oauth.invalid-grant.refresh-token")
    async def test_know_no_code_and_no_refresh_token(self, server: AuthorizationServer) -> None:
        """
        A code or refresh token that was never issued reads "Invalid grant".
        """
        async with server.database.unit() as uow:
            app, secret = await server.world.accounts.apps.register(
                uow, server.world.master.id, an_app(grant_types=frozenset(GrantType))
            )
        ats = {"client_id": app.id, "client_secret": secret.text}

        responses = [
            await server.ask(
                grant_type="authorization_code", code="c", redirect_uri=CALLBACK, **ats
            ),
            await server.ask(grant_type="refresh_token", refresh_token="r", **ats),
        ]

        assert [(r.status_code, r.json()) for r in responses] == [(400, INVALID_GRANT)] * 2
        assert await server.issued() == 0
