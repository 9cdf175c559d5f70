"""What can be done with apps and their secrets, on both databases."""

import hashlib

import pytest

from hirewire.accounts.apps.service import MOST_SECRETS
from hirewire.accounts.errors import (
    BadRedirectUri,
    TooManySecrets,
    UnknownApp,
    UnknownEmployer,
    UnknownSecret,
)
from hirewire.accounts.model import App, GrantType
from hirewire.runtime.db.database import Database
from tests.accounts.world import NOBODY, World, an_app, facts, kinds, refused


class TestApps:
    async def test_are_found_by_client_id(self, database: Database, world: World) -> None:
        """
        The client id has 64 hexadecimal digits, and the app comes back equal.
        """
        async with database.read() as reader:
            found = await world.accounts.apps.find(reader, world.app.id)
            nobody = await world.accounts.apps.find(reader, "f" * 64)
            every = await world.accounts.apps.list_all(reader)

        assert (found, nobody, every) == (world.app, None, [world.app])
        assert len(bytes.fromhex(world.app.id)) == 32

    async def test_represent_their_account_and_its_subaccounts(
        self, database: Database, world: World
    ) -> None:
        """
        A stranger is not theirs, and neither is the master of their account.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            below, _ = await accounts.apps.register(uow, world.subaccount.id, an_app())

        async with database.read() as reader:
            employers = await accounts.employers_of_app(reader, world.app)
            one = await accounts.employers_of_app(reader, world.app, limit=1)
            answers = [
                await accounts.may_represent(reader, app, employer_id)
                for app in (world.app, below)
                for employer_id in (
                    world.master.id,
                    world.subaccount.id,
                    world.stranger.id,
                    NOBODY,
                )
            ]

        assert employers == [world.master, world.subaccount]
        assert one == [world.master]
        assert answers == [True, True, False, False, False, True, False, False]

    async def test_change_their_terms(self, database: Database, world: World) -> None:
        """
        All terms are replaced, and origins are trusted for as long as an app names them.
        """
        accounts = world.accounts
        terms = an_app(
            "ATS",
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
            redirect_uris=("http://localhost:3000/oauth-callback",),
            trusted_domains=("http://localhost:3000",),
            scopes=frozenset({"interviews.schedule"}),
        )

        async with database.unit() as uow:
            changed = await accounts.apps.change(uow, world.app.id, terms)

        async with database.read() as reader:
            found = await accounts.apps.find(reader, world.app.id)
            trusted = await accounts.apps.trusts(reader, None, "http://localhost:3000")
        assert (found, found and found.terms, trusted) == (changed, terms, True)
        assert kinds(uow.facts) == ["app.changed"]

        async with database.unit() as uow:
            await accounts.apps.change(uow, world.app.id, an_app())

        async with database.read() as reader:
            assert not await accounts.apps.trusts(reader, None, "http://localhost:3000")

    async def test_keep_their_terms_when_new_ones_are_bad(
        self, database: Database, world: World
    ) -> None:
        """
        A bad redirect URI changes nothing.
        """
        terms = an_app(redirect_uris=("http://example.com/cb",))

        await refused(
            database,
            BadRedirectUri,
            lambda uow: world.accounts.apps.change(uow, world.app.id, terms),
        )

        async with database.read() as reader:
            assert await world.accounts.apps.find(reader, world.app.id) == world.app

    async def test_and_owners_have_to_exist(self, database: Database, world: World) -> None:
        """
        Nobody owns no app, and an unknown one has neither terms nor secrets.
        """
        accounts, nobody = world.accounts, "0" * 64

        await refused(
            database,
            UnknownEmployer,
            lambda uow: accounts.apps.register(uow, NOBODY, an_app()),
        )
        await refused(
            database, UnknownApp, lambda uow: accounts.apps.change(uow, nobody, an_app())
        )
        await refused(database, UnknownApp, lambda uow: accounts.apps.add_secret(uow, nobody))
        await refused(
            database, UnknownApp, lambda uow: accounts.apps.remove_secret(uow, nobody, NOBODY)
        )


class TestSecrets:
    async def opens(self, database: Database, world: World, secret: str) -> App | None:
        async with database.read() as reader:
            return await world.accounts.apps.authenticated(reader, world.app.id, secret)

    async def test_are_kept_as_digests(self, database: Database, world: World) -> None:
        """
        The row holds the SHA-256 of 256 random bits, and no repr shows the secret.
        """
        async with database.read() as reader:
            (kept,) = await world.accounts.apps.secrets(reader, world.app.id)

        assert kept.digest == hashlib.sha256(world.secret.text.encode()).digest()
        assert len(bytes.fromhex(world.secret.text)) == 32
        assert world.secret.text not in repr(world.secret)
        assert world.secret.text not in repr(await facts(database))

    @pytest.mark.fidelity("accounts.apps.several-secrets")
    async def test_open_side_by_side_until_removed(
        self, database: Database, world: World
    ) -> None:
        """
        A second secret works beside the first; a removed one works no more.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            second = await accounts.apps.add_secret(uow, world.app.id)
        both = [
            await self.opens(database, world, text)
            for text in (world.secret.text, second.text, "wrong", "")
        ]

        async with database.unit() as uow:
            await accounts.apps.remove_secret(uow, world.app.id, world.secret.id)
        after = [
            await self.opens(database, world, text) for text in (world.secret.text, second.text)
        ]

        assert both == [world.app, world.app, None, None]
        assert after == [None, world.app]
        assert kinds(uow.facts) == ["app.secret_removed"]

    async def test_of_another_app_open_nothing(self, database: Database, world: World) -> None:
        """
        A secret belongs to one app, for opening and for removing.
        """
        async with database.unit() as uow:
            _, theirs = await world.accounts.apps.register(uow, world.stranger.id, an_app())

        assert await self.opens(database, world, theirs.text) is None
        await refused(
            database,
            UnknownSecret,
            lambda uow: world.accounts.apps.remove_secret(uow, world.app.id, theirs.id),
        )

    async def test_are_ten_at_most(self, database: Database, world: World) -> None:
        """
        One more is refused, and none is added.
        """
        async with database.unit() as uow:
            for _ in range(MOST_SECRETS - 1):
                await world.accounts.apps.add_secret(uow, world.app.id)

        await refused(
            database,
            TooManySecrets,
            lambda uow: world.accounts.apps.add_secret(uow, world.app.id),
        )

        async with database.read() as reader:
            assert len(await world.accounts.apps.secrets(reader, world.app.id)) == MOST_SECRETS
