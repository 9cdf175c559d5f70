"""What goes together in an app's terms, and who may change them."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from hirewire.accounts.apps.service import MOST_SECRETS
from hirewire.accounts.errors import (
    AppHasSecrets,
    BadRedirectUri,
    NoRedirectUri,
    NotForPublicApps,
    TooManySecrets,
)
from hirewire.accounts.facts import AppChanged
from hirewire.accounts.model import AppTerms, ErrorProfile, GrantType, RegisterPerson, Role
from hirewire.kit.facts import decode_fact
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from tests.accounts.world import CALLBACK, World, an_app, facts, kinds

CODE = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})
PUBLIC = replace(an_app("Pocket", grant_types=CODE), is_public=True)
KEY = (
    '{"keys":[{"kty":"OKP","crv":"Ed25519",'
    '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig"}]}'
)


async def a_person(database: Database, world: World, name: str = "Ada") -> UUID:
    async with database.unit() as uow:
        person = await world.accounts.register_person(
            uow, RegisterPerson(name=name, email=f"{name.lower()}@example.com")
        )
    return person.id


class TestTogether:
    @pytest.mark.parametrize(
        ("terms", "refusal"),
        [
            (an_app(grant_types=CODE, redirect_uris=()), NoRedirectUri()),
            (
                replace(PUBLIC, grant_types=frozenset(GrantType)),
                NotForPublicApps(what="client credentials grant"),
            ),
            (replace(PUBLIC, jwks=KEY), NotForPublicApps(what="keys to sign with")),
        ],
    )
    def test_refuses_what_does_not(self, terms: AppTerms, refusal: HirewireError) -> None:
        """
        The code grant needs somewhere to go back to, and a public app has no credential.
        """
        with pytest.raises(type(refusal)) as refused:
            terms.parsed()

        assert str(refused.value) == str(refusal)

    def test_an_app_may_be_switched_off(self) -> None:
        """
        Without any grant type an app gets no token.
        """
        assert an_app(grant_types=frozenset()).parsed().grant_types == frozenset()

    def test_tells_what_changed(self) -> None:
        """
        Differences are named in the order of the terms.
        """
        old = an_app()

        changed = replace(old, jwks=KEY, name="Other", error_profile=ErrorProfile.RFC)

        assert changed.changed_from(old) == ("name", "error_profile", "jwks")
        assert old.changed_from(old) == ()


class TestNativeRedirects:
    @pytest.mark.fidelity("console.apps.native-redirects")
    @pytest.mark.parametrize(
        "uri",
        [
            "com.example.app:/oauth2redirect/example-provider",
            "com.example.app://callback",
            "org.example-2.x+y:/",
            "http://127.0.0.1:49152/cb",
            "http://[::1]/cb",
            CALLBACK,
        ],
    )
    def test_are_for_public_apps(self, uri: str) -> None:
        """
        A scheme of its own is the reverse of a domain name, as it stands in RFC 8252.
        """
        assert replace(PUBLIC, redirect_uris=(uri,)).parsed().redirect_uris == (uri,)

    @pytest.mark.fidelity("console.apps.native-redirects")
    @pytest.mark.parametrize(
        "uri",
        [
            "app:/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "Com.Example.App:/cb",
            "com.example.app:cb",
            "com.example.app:/cb#x",
            "com.example.app:/*",
            "com.example.app://user@host/",
            "com.example.app:/a b",
            ".com:/cb",
            "com.:/cb",
            f"com.example.app:/{'x' * 2000}",
            "http://example.com/cb",
            "https://*.example.com/cb",
            "https://example.com/*",
        ],
    )
    def test_have_to_be_exact(self, uri: str) -> None:
        """
        Without a period, with a fragment or with a wildcard no address is registered.
        """
        with pytest.raises(BadRedirectUri) as refusal:
            replace(PUBLIC, redirect_uris=(uri,)).parsed()

        assert refusal.value.uri == uri[:200]

    def test_are_not_for_confidential_apps(self) -> None:
        """
        An app that keeps a secret lives on a server, and has a web address.
        """
        with pytest.raises(BadRedirectUri):
            an_app(grant_types=CODE, redirect_uris=("com.example.app:/cb",)).parsed()


class TestPublicApps:
    @pytest.mark.fidelity("console.apps.public")
    async def test_have_no_secret(self, database: Database, world: World) -> None:
        """
        Registering one makes none, and none can be added.
        """
        accounts = world.accounts

        async with database.unit() as uow:
            app = await accounts.apps.register_public(
                uow, world.master.id, replace(PUBLIC, is_public=False)
            )

        assert kinds(uow.facts) == ["app.registered"]
        before = await facts(database)
        with pytest.raises(NotForPublicApps):
            async with database.unit() as uow:
                await accounts.apps.add_secret(uow, app.id)
        async with database.read() as reader:
            assert await accounts.apps.find(reader, app.id) == app
            assert await accounts.apps.secrets(reader, app.id) == []
            assert await accounts.apps.authenticated(reader, app.id, "") is None
        assert app.terms == PUBLIC
        assert await facts(database) == before

    async def test_are_not_registered_with_one(self, database: Database, world: World) -> None:
        """
        Who asks for an app with a secret gets no public one.
        """
        before = await facts(database)

        with pytest.raises(NotForPublicApps):
            async with database.unit() as uow:
                await world.accounts.apps.register(uow, world.master.id, PUBLIC)

        async with database.read() as reader:
            assert await world.accounts.apps.list_all(reader) == [world.app]
        assert await facts(database) == before

    @pytest.mark.fidelity("console.apps.public")
    async def test_become_so_once_their_secrets_are_gone(
        self, database: Database, world: World
    ) -> None:
        """
        While it has a secret an app stays confidential.
        """
        accounts, app = world.accounts, world.app
        before = await facts(database)
        with pytest.raises(AppHasSecrets):
            async with database.unit() as uow:
                await accounts.apps.change(uow, app.id, PUBLIC)
        assert await facts(database) == before

        async with database.unit() as uow:
            await accounts.apps.remove_secret(uow, app.id, world.secret.id)
            changed = await accounts.apps.change(uow, app.id, PUBLIC)

        assert changed.terms == PUBLIC


class TestRaces:
    async def test_leave_no_secret_too_many(self, database: Database, world: World) -> None:
        """
        Of those who add the last secret at once one succeeds.
        """
        accounts, app = world.accounts, world.app
        async with database.unit() as uow:
            for _ in range(MOST_SECRETS - 2):
                await accounts.apps.add_secret(uow, app.id)

        async def add() -> None:
            async with database.unit() as uow:
                await accounts.apps.add_secret(uow, app.id)

        outcomes = await asyncio.gather(*[add() for _ in range(4)], return_exceptions=True)

        refusals = [outcome for outcome in outcomes if outcome is not None]
        assert [type(refusal) for refusal in refusals] == [TooManySecrets] * 3
        async with database.read() as reader:
            assert len(await accounts.apps.secrets(reader, app.id)) == MOST_SECRETS

    async def test_leave_no_public_app_with_a_secret(
        self, database: Database, world: World
    ) -> None:
        """
        Whoever adds a secret to an app that becomes public comes first, or is refused.
        """
        accounts, app = world.accounts, world.app
        async with database.unit() as uow:
            await accounts.apps.remove_secret(uow, app.id, world.secret.id)

        async def add() -> None:
            async with database.unit() as uow:
                await accounts.apps.add_secret(uow, app.id)

        async def open_up() -> None:
            async with database.unit() as uow:
                await accounts.apps.change(uow, app.id, PUBLIC)

        outcomes = await asyncio.gather(add(), open_up(), return_exceptions=True)

        async with database.read() as reader:
            found = await accounts.apps.find(reader, app.id)
            secrets = await accounts.apps.secrets(reader, app.id)
        assert found is not None
        assert len(secrets) == (0 if found.terms.is_public else 1)
        assert [type(outcome) for outcome in outcomes].count(type(None)) == 1


class TestManaging:
    async def test_is_for_admins_of_the_owner(self, database: Database, world: World) -> None:
        """
        Other roles, and admins of other employers, manage nothing.
        """
        accounts = world.accounts
        ada, rui, vera = [await a_person(database, world, name) for name in ("A", "R", "V")]
        async with database.unit() as uow:
            await accounts.join(uow, ada, world.master.id, Role.ADMIN)
            await accounts.join(uow, rui, world.master.id, Role.RECRUITER)
            await accounts.join(uow, vera, world.subaccount.id, Role.ADMIN)
            second, _ = await accounts.apps.register(uow, world.master.id, an_app("a second"))

        async with database.read() as reader:
            managed = [
                await accounts.apps.managed_by(reader, person) for person in (ada, rui, vera)
            ]
            manages = [
                await accounts.manages(reader, person, world.app) for person in (ada, rui, vera)
            ]
            administered = await accounts.administered_by(reader, vera)

        assert managed == [[second, world.app], [], []]
        assert manages == [True, False, False]
        assert administered == [world.subaccount]

    async def test_leaves_the_name_of_who_did_it(
        self, database: Database, world: World
    ) -> None:
        """
        Facts say who acted and what changed; what stays as it was leaves none.
        """
        accounts, app = world.accounts, world.app
        ada = await a_person(database, world)

        async with database.unit() as uow:
            await accounts.apps.change(uow, app.id, an_app("Other"), by=ada)
            await accounts.apps.change(uow, app.id, an_app("Other"), by=ada)
            secret = await accounts.apps.add_secret(uow, app.id, by=ada)
            await accounts.apps.remove_secret(uow, app.id, secret.id, by=ada)

        told = [(fact.kind, getattr(fact, "by", None)) for fact in uow.facts]
        assert told == [
            ("app.changed", ada),
            ("app.secret_added", ada),
            ("app.secret_removed", ada),
        ]
        assert getattr(uow.facts[0], "changed", None) == ("name",)

    def test_reads_facts_that_name_nobody(self) -> None:
        """
        What was told before facts named anybody can still be read.
        """
        fact = decode_fact("app.changed", '{"employer_id":null,"app_id":"a"}')

        assert fact == AppChanged(employer_id=None, app_id="a", changed=(), by=None)

    async def test_finds_several_at_once(self, database: Database, world: World) -> None:
        """
        Those that there are come back under their ids.
        """
        accounts = world.accounts
        ada = await a_person(database, world)

        async with database.read() as reader:
            people = await accounts.people_by_id(reader, [ada, UUID(int=7)])
            apps = await accounts.apps.by_id(reader, [world.app.id, "0" * 64])
            nobody = await accounts.people_by_id(reader, [])
            everybody = await accounts.people(reader)

        assert (list(people), apps) == ([ada], {world.app.id: world.app})
        assert ([person.id for person in everybody], nobody) == ([ada], {})
