"""OAuch's cases that are about many requests at once, and about taking tokens back."""

import asyncio
from typing import Final

import httpx
import pytest

from tests.conformance.parties import INTROSPECT, REVOKE, TOKENS, Party, code_form
from tests.conformance.world import Provider

ALL: Final = "openid email offline_access"
AT_ONCE: Final = 8


async def still_good(rp: Party, answers: list[httpx.Response]) -> int:
    """Count the access tokens among *answers* that still open something."""
    tokens = [each.json()["access_token"] for each in answers if each.status_code == 200]
    return sum([(await rp.userinfo(token)).status_code == 200 for token in tokens])


class TestExchangesAtOnce:
    async def test_of_one_code(self, provider: Provider, rp: Party) -> None:
        """
        SingleFastACExchange, MultiFastACExchange: one gets tokens at most, and as the code was
        used more than once nobody keeps any.
        """
        code = await rp.code(provider.browser(), scope=ALL)

        answers = await asyncio.gather(*(rp.exchange(code) for _ in range(AT_ONCE)))

        granted = [each for each in answers if each.status_code == httpx.codes.OK]
        assert len(granted) == 1
        assert {each.json()["error"] for each in answers if each not in granted} == {
            "invalid_grant"
        }
        assert await still_good(rp, answers) == 0

    async def test_of_one_refresh_token(self, provider: Provider, rp: Party) -> None:
        """
        SingleFastRefresh, MultiFastRefresh: all get the same successor, and it works.
        """
        first = (await rp.tokens(provider.browser(), scope=ALL))["refresh_token"]

        answers = await asyncio.gather(*(rp.refresh(first) for _ in range(AT_ONCE)))

        successors = {each.json()["refresh_token"] for each in answers}
        assert {each.status_code for each in answers} == {httpx.codes.OK}
        assert len(successors) == 1
        assert (await rp.refresh(successors.pop())).status_code == httpx.codes.OK

    async def test_are_all_taken_back(self, provider: Provider, rp: Party) -> None:
        """
        ConcurrentTokensRevoked: whatever came of requests at once ends with the grant.
        """
        first = await rp.tokens(provider.browser(), scope=ALL)
        answers = await asyncio.gather(
            *(rp.refresh(first["refresh_token"]) for _ in range(AT_ONCE))
        )
        successor = answers[0].json()["refresh_token"]

        await revoke_grants(provider)

        again = await rp.refresh(successor)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert await still_good(rp, answers) == 0


class TestRevocation:
    async def test_of_an_access_token(self, provider: Provider, rp: Party) -> None:
        """
        CanAccessTokensBeRevoked: it opens nothing from then on.
        """
        answer = await rp.tokens(provider.browser(), scope=ALL)

        revoked = await rp.post({"token": answer["access_token"]}, path=REVOKE)

        userinfo = await rp.userinfo(answer["access_token"])
        assert (revoked.status_code, userinfo.status_code) == (200, 401)

    async def test_of_a_refresh_token(self, provider: Provider, rp: Party) -> None:
        """
        CanRefreshTokensBeRevoked, RefreshRevokesAccess: and the access tokens with it.
        """
        answer = await rp.tokens(provider.browser(), scope=ALL)

        revoked = await rp.post({"token": answer["refresh_token"]}, path=REVOKE)

        refreshed = await rp.refresh(answer["refresh_token"])
        userinfo = await rp.userinfo(answer["access_token"])
        assert revoked.status_code == httpx.codes.OK
        assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
        assert userinfo.status_code == httpx.codes.UNAUTHORIZED

    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    async def test_by_another_client(
        self, provider: Provider, rp: Party, other_rp: Party, which: str
    ) -> None:
        """
        IsBoundToClient: another's token stays as it is.
        """
        answer = await rp.tokens(provider.browser(), scope=ALL)

        await other_rp.post({"token": answer[which]}, path=REVOKE)

        assert (await rp.userinfo(answer["access_token"])).status_code == httpx.codes.OK
        assert (await rp.refresh(answer["refresh_token"])).status_code == httpx.codes.OK

    async def test_by_nobody(self, provider: Provider, rp: Party) -> None:
        """
        IsClientAuthRequired: who does not say who they are revokes nothing.
        """
        answer = await rp.tokens(provider.browser())
        form = {"token": answer["access_token"], "client_id": rp.id}

        refused = await provider.http.post(REVOKE, data=form)

        assert refused.status_code == httpx.codes.UNAUTHORIZED
        assert (await rp.userinfo(answer["access_token"])).status_code == httpx.codes.OK

    async def test_of_nothing(self, rp: Party) -> None:
        """
        CanAccessTokensBeRevoked: an unknown token is as good as revoked (RFC 7009, 2.2).
        """
        answer = await rp.post({"token": "nothing"}, path=REVOKE)

        assert answer.status_code == httpx.codes.OK

    async def test_is_seen_by_introspection(self, provider: Provider, rp: Party) -> None:
        """
        CanAccessTokensBeRevoked: a revoked token is not active.
        """
        token = (await rp.tokens(provider.browser()))["access_token"]
        before = await rp.post({"token": token}, path=INTROSPECT)
        await rp.post({"token": token}, path=REVOKE)

        after = await rp.post({"token": token}, path=INTROSPECT)

        assert before.json()["active"] is True
        assert after.json() == {"active": False}


class TestCodesOfManyAtOnce:
    async def test_do_not_mix(self, provider: Provider, rp: Party, other_rp: Party) -> None:
        """
        MultiFastACExchange: two clients that redeem at once each get their own.
        """
        browser = provider.browser()
        codes = [(party, await party.code(browser)) for party in (rp, other_rp)]

        answers = await asyncio.gather(
            *(
                provider.http.post(TOKENS, data=code_form(code), headers=party.basic)
                for party, code in codes
            )
        )

        audiences = [
            (await party.id_claims(answer.json()))["aud"]
            for (party, _), answer in zip(codes, answers, strict=True)
        ]
        assert audiences == [rp.id, other_rp.id]


async def revoke_grants(provider: Provider) -> None:
    """Take back all that the person allowed, as they do on the console."""
    grants = provider.parts.grants
    person = provider.world.person.id
    async with provider.parts.db.unit() as uow:
        for grant in await grants.grants_of_person(uow, person):
            await grants.revoke_grant(uow, person, grant.id)
