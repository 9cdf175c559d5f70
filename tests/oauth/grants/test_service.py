"""The front door to what people allow apps, on each kind of database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.accounts.model import Person
from hirewire.kit.clock import MovableClock
from hirewire.oauth.errors import GrantFault, UnknownGrant
from hirewire.oauth.grants.model import Grant, Redeemed, Refreshed, Refused
from hirewire.oauth.grants.pruning import prune_families
from hirewire.runtime.db.database import Database
from tests.oauth.test_code_refusals import revoked_ids
from tests.oauth.world import CALLBACK, OFFLINE, AuthorizationServer, Registered, read


async def grants_of(server: AuthorizationServer, person: Person) -> list[Grant]:
    """List what a person allows."""
    async with server.database.read() as reader:
        return await server.grants.grants_of_person(reader, person.id)


async def redeem(server: AuthorizationServer, app: Registered, code: str) -> Redeemed | Refused:
    """Redeem a code in a unit of its own."""
    async with server.database.unit() as uow:
        return await server.grants.redeem_code(
            uow,
            app=app.app,
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=None,
            proof_key=None,
        )


async def refresh(
    server: AuthorizationServer, app: Registered, token: str
) -> Refreshed | Refused:
    """Refresh in a unit of its own."""
    async with server.database.unit() as uow:
        return await server.grants.refresh(uow, app=app.app, token=token, proof_key=None)


async def count(database: Database, table: str) -> int:
    """Count the rows of a table."""
    async with database.read() as reader:
        return int(await reader.value(f"SELECT count(*) FROM {table}"))


class TestAllow:
    @pytest.mark.fidelity("oauth.grant.one-per-person-and-app")
    async def test_changes_the_one_grant(self, server_on_each: AuthorizationServer) -> None:
        """
        Given, changed and said again: one grant, two facts.
        """
        server = server_on_each
        app, person = await server.an_app(), await server.a_person()
        less = frozenset({"employer_access"})

        for scopes in (OFFLINE, less, less):
            async with server.database.unit() as uow:
                await server.grants.allow(uow, person.id, app.app, scopes)

        [grant] = await grants_of(server, person)
        told = await server.told()
        assert (grant.scopes, grant.app_id, grant.used_at) == (less, app.app.id, None)
        assert [kind for kind in told if "grant" in kind] == [
            "oauth.grant_given",
            "oauth.grant_changed",
        ]

    async def test_remembers_what_was_refused(
        self, server_on_each: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Another refusal beside the same scopes changes no access: nothing is told of it.
        """
        server = server_on_each
        app, person = await server.an_app(), await server.a_person()
        given, refused = frozenset({"email"}), frozenset({"conversations"})
        async with server.database.unit() as uow:
            first = await server.grants.allow(uow, person.id, app.app, given)
        await clock.advance(timedelta(hours=1))

        async with server.database.unit() as uow:
            await server.grants.allow(uow, person.id, app.app, given, refused=refused)

        assert await grants_of(server, person) == [replace(first, refused=refused)]
        assert [kind for kind in await server.told() if "grant" in kind] == [
            "oauth.grant_given"
        ]

    async def test_at_once_gives_one_grant(self, server_on_each: AuthorizationServer) -> None:
        """
        Two browsers of one person that say yes at the same time give one grant.
        """
        server = server_on_each
        app, person = await server.an_app(), await server.a_person()

        async def allow() -> UUID:
            async with server.database.unit() as uow:
                return (await server.grants.allow(uow, person.id, app.app, OFFLINE)).id

        given = await asyncio.gather(*(allow() for _ in range(4)))

        [grant] = await grants_of(server, person)
        assert set(given) == {grant.id}


class TestList:
    async def test_says_when_each_was_last_used(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The newest grant comes first; a refresh is a use.
        """
        first, second = await server.an_app(), await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, first.app)
        token = (await server.redeem(first, code)).json()["refresh_token"]
        await server.authorize_as(person, second.app)
        began_at = clock.now()
        await clock.advance(timedelta(days=3))

        await server.refresh(first, token)

        assert [(g.app_id, g.used_at) for g in await grants_of(server, person)] == [
            (second.app.id, began_at),
            (first.app.id, clock.now()),
        ]


class TestRevokeGrant:
    @pytest.mark.fidelity("oauth.grant.revoked")
    async def test_is_told_once(self, server_on_each: AuthorizationServer) -> None:
        """
        The grant is gone, its tokens are dead, and a second time there is nothing to revoke.
        """
        server = server_on_each
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        await server.redeem(app, code)
        [grant] = await grants_of(server, person)

        async with server.database.unit() as uow:
            await server.grants.revoke_grant(uow, person.id, grant.id)
        with pytest.raises(UnknownGrant):
            async with server.database.unit() as uow:
                await server.grants.revoke_grant(uow, person.id, grant.id)

        assert await grants_of(server, person) == []
        assert (await server.told())[-2:] == ["oauth.revoked", "oauth.grant_revoked"]
        assert await revoked_ids(server) == {grant.id.hex}

    async def test_is_the_persons_alone(self, server: AuthorizationServer) -> None:
        """
        Somebody else's grant is as unknown as one that never was.
        """
        app = await server.an_app()
        ada = await server.a_person()
        bob = await server.a_person(email="bob@agency.example")
        await server.authorize_as(ada, app.app)
        [grant] = await grants_of(server, ada)

        for grant_id in (grant.id, UUID(int=1)):
            with pytest.raises(UnknownGrant):
                async with server.database.unit() as uow:
                    await server.grants.revoke_grant(uow, bob.id, grant_id)

        assert await grants_of(server, ada) == [grant]
        assert await revoked_ids(server) == set()


class TestRevokeRefreshToken:
    @pytest.mark.fidelity("oauth.revocation.refresh-token-ends-the-family")
    @pytest.mark.parametrize("is_old", [True, False])
    async def test_ends_the_family(self, server: AuthorizationServer, *, is_old: bool) -> None:
        """
        By the current or a rotated token; access tokens of the family die with it.
        """
        app = await server.an_app()
        first = await server.sign_in(app)
        leaf = (await server.refresh(app, first["refresh_token"])).json()["refresh_token"]
        token = first["refresh_token"] if is_old else leaf

        async with server.database.unit() as uow:
            did = await server.grants.revoke_refresh_token(uow, app=app.app, token=token)
            again = await server.grants.revoke_refresh_token(uow, app=app.app, token=token)

        assert (did, again) == (True, False)
        assert await refresh(server, app, leaf) == Refused(GrantFault.REVOKED)
        assert await revoked_ids(server) == {read(first["access_token"])["fam"]}

    async def test_of_another_app_ends_nothing(self, server: AuthorizationServer) -> None:
        """
        An app revokes its own tokens; forged ones are nobody's.
        """
        app, thief = await server.an_app(), await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        forged = token[:32] + "0" * 64

        async with server.database.unit() as uow:
            did = [
                await server.grants.revoke_refresh_token(uow, app=who.app, token=text)
                for who, text in ((thief, token), (app, forged), (app, "nonsense"))
            ]

        assert did == [False, False, False]
        assert isinstance(await refresh(server, app, token), Refreshed)


class TestAtOnce:
    @pytest.mark.fidelity("oauth.code.single-use-at-once")
    async def test_one_code_is_redeemed_once(self, server_on_each: AuthorizationServer) -> None:
        """
        Of eight who redeem it together one succeeds, and then all of it is revoked.
        """
        server = server_on_each
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)

        outcomes = await asyncio.gather(*(redeem(server, app, code) for _ in range(8)))

        [good] = [outcome for outcome in outcomes if isinstance(outcome, Redeemed)]
        assert outcomes.count(Refused(GrantFault.USED_CODE)) == 7
        assert await refresh(server, app, good.refresh_token or "") == Refused(
            GrantFault.REVOKED
        )
        assert (await server.told()).count("oauth.code_reused") == 1

    @pytest.mark.fidelity("oauth.grant.one-family-refreshes")
    async def test_two_codes_leave_one_family_to_refresh(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Whichever of two authorizations is redeemed last supersedes the other.
        """
        server = server_on_each
        app, person = await server.an_app(), await server.a_person()
        codes = [await server.authorize_as(person, app.app) for _ in range(4)]

        redeemed = await asyncio.gather(*(redeem(server, app, code) for code in codes))

        texts = [r.refresh_token or "" for r in redeemed if isinstance(r, Redeemed)]
        outcomes = [await refresh(server, app, text) for text in texts]
        assert len(texts) == 4
        assert sum(isinstance(outcome, Refreshed) for outcome in outcomes) == 1
        assert outcomes.count(Refused(GrantFault.SUPERSEDED)) == 3

    @pytest.mark.fidelity("oauth.refresh.concurrent")
    async def test_refreshes_agree_while_others_go_on(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Three generations refreshed by six at a time never fork the family.
        """
        server = server_on_each
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        for _ in range(3):
            outcomes = await asyncio.gather(*(refresh(server, app, token) for _ in range(6)))
            texts = {o.refresh_token for o in outcomes if isinstance(o, Refreshed)}
            assert len(texts) == 1
            token = texts.pop()

        assert await count(server.database, "oauth_consumed_tokens") == 3

    @pytest.mark.fidelity("oauth.refresh.reuse-ends-the-family")
    async def test_thieves_are_told_of_once(
        self, server_on_each: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Six who come too late with the old token, and the owner of the new one, all lose.
        """
        server = server_on_each
        app = await server.an_app()
        old = (await server.sign_in(app))["refresh_token"]
        await refresh(server, app, old)
        await clock.advance(timedelta(seconds=30))

        outcomes = await asyncio.gather(*(refresh(server, app, old) for _ in range(6)))

        assert outcomes.count(Refused(GrantFault.REUSED_REFRESH_TOKEN)) == 1
        assert outcomes.count(Refused(GrantFault.REVOKED)) == 5
        assert (await server.told()).count("oauth.refresh_token_reused") == 1

    async def test_a_refresh_and_a_revocation_end_revoked(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Whichever comes first, nothing can be refreshed afterwards.
        """
        server = server_on_each
        app, person = await server.an_app(), await server.a_person()
        code = await server.authorize_as(person, app.app)
        redeemed = await redeem(server, app, code)
        assert isinstance(redeemed, Redeemed)
        token = redeemed.refresh_token or ""

        async def revoke() -> None:
            async with server.database.unit() as uow:
                await server.grants.revoke_grant(uow, person.id, redeemed.family.grant_id)

        await asyncio.gather(refresh(server, app, token), revoke(), return_exceptions=False)

        assert await refresh(server, app, token) == Refused(GrantFault.REVOKED)


class TestPruning:
    @pytest.mark.fidelity("oauth.grants.pruned")
    async def test_leaves_nothing_of_what_expired(
        self, server_on_each: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Families, tokens and revoked grants go when they mean nothing; live grants stay.
        """
        server = server_on_each
        app = await server.an_app()
        ada = await server.a_person()
        bob = await server.a_person(email="bob@agency.example")
        for person in (ada, bob):
            code = await server.authorize_as(person, app.app)
            token = (await server.redeem(app, code)).json()["refresh_token"]
            await server.refresh(app, token)
        [grant] = await grants_of(server, ada)
        async with server.database.unit() as uow:
            await server.grants.revoke_grant(uow, ada.id, grant.id)
        tables = ("oauth_families", "oauth_consumed_tokens", "oauth_grants")

        await clock.advance(timedelta(days=59))
        async with server.database.unit() as uow:
            await prune_families(uow, 100)
        kept = [await count(server.database, table) for table in tables]
        await clock.advance(timedelta(days=3))
        async with server.database.unit() as uow:
            removed = await prune_families(uow, 100)

        assert kept == [2, 2, 2]
        assert removed == 2
        assert [await count(server.database, table) for table in tables] == [0, 0, 1]

    async def test_keeps_a_family_that_is_in_use(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Refreshed every fifty days, a family outlives every sweep.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        for _ in range(4):
            await clock.advance(timedelta(days=50))
            async with server.database.unit() as uow:
                await prune_families(uow, 100)
            token = (await server.refresh(app, token)).json()["refresh_token"]

        assert await count(server.database, "oauth_families") == 1

    async def test_forgets_successors_soon(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        What a rotated token led to is on record for as long as it may be asked for again.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        await server.refresh(app, token)
        sealed = "oauth_consumed_tokens WHERE sealed_successor IS NOT NULL"
        before = await count(server.database, sealed)
        await clock.advance(timedelta(minutes=11))

        async with server.database.unit() as uow:
            await prune_families(uow, 100)

        assert (before, await count(server.database, sealed)) == (1, 0)


class TestAtRest:
    @pytest.mark.fidelity("oauth.grants.digests-only")
    async def test_no_code_or_token_is_in_the_database(
        self, server: AuthorizationServer
    ) -> None:
        """
        Neither as text nor as bytes, nor in a fact or a representation.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)
        redeemed = await redeem(server, app, code)
        assert isinstance(redeemed, Redeemed)
        token = redeemed.refresh_token or ""
        outcome = await refresh(server, app, token)
        assert isinstance(outcome, Refreshed)

        async with server.database.read() as reader:
            rows = [
                repr(await reader.all(lambda *row: row, f"SELECT * FROM {table}"))
                for table in ("oauth_families", "oauth_consumed_tokens", "facts")
            ]

        shown = "".join(rows) + repr(redeemed) + repr(outcome)
        for secret in (code, token[32:], outcome.refresh_token[32:]):
            assert secret not in shown
            assert repr(bytes.fromhex(secret))[2:-1] not in shown
