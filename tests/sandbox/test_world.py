"""Tests of the demo world: the same on every machine, built once, through the front doors."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from joserfc.jwk import JWKRegistry, KeySet

from hirewire.accounts.errors import LegacyIdTaken
from hirewire.accounts.model import ErrorProfile, GrantType, OpenEmployer
from hirewire.accounts.passwords import Passwords
from hirewire.conversations.windows import Window
from hirewire.interviews.model import Status
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, Reader
from hirewire.sandbox.demo import DEMO, PASSWORD, DemoEmployer
from hirewire.sandbox.world import Builder
from tests.fixtures.database import MORNING


async def count(reader: Reader, table: str) -> int:
    return int(await reader.value(f"SELECT count(*) FROM {table}"))


def as_it_is(id: UUID) -> UUID:
    return id


def agency(employer: DemoEmployer) -> Caller:
    return Caller(
        app_id=DEMO.apps[0].client_id,
        scopes=frozenset({"interviews.schedule", "conversations.read"}),
        expires_at=MORNING + timedelta(hours=1),
        employer_id=employer.id,
    )


class TestBuilding:
    @pytest.mark.fidelity("sandbox.world.deterministic")
    async def test_makes_what_is_on_paper(self, database: Database, builder: Builder) -> None:
        """Every employer, person, app and interview has the id that everybody knows."""
        await builder.find_or_build(database)

        async with database.read() as reader:
            for employer in DEMO.employers:
                opened = await builder.accounts.employer(reader, employer.id)
                assert opened is not None
                assert (opened.legacy_id, opened.name) == (
                    employer.terms.legacy_id,
                    employer.terms.name,
                )
            for person in DEMO.people:
                known = await builder.accounts.person(reader, person.id)
                theirs = await builder.accounts.employers_of_person(reader, person.id)
                assert known is not None
                assert known.email == person.email
                assert {each.id for each in theirs} == {each.id for each, _ in person.roles}
            for app in DEMO.apps:
                registered = await builder.accounts.apps.find(reader, app.client_id)
                assert registered is not None
                assert registered.terms == app.terms.parsed()
                assert registered.owner_employer_id == app.owner.id

    async def test_every_secret_opens_its_app(
        self, sqlite_database: Database, builder: Builder
    ) -> None:
        """Each app that is not public has the secret that everybody knows."""
        await builder.find_or_build(sqlite_database)

        async with sqlite_database.read() as reader:
            opened = [
                await builder.accounts.apps.authenticated(
                    reader, app.client_id, app.client_secret
                )
                for app in DEMO.apps
                if app.client_secret is not None
            ]
        assert [app.name for app in opened if app is not None] == [
            "agency",
            "ats",
            "oidc",
            "strict",
        ]

    def test_ids_and_secrets_are_constants(self) -> None:
        """Examples can be pasted on every machine, in every release."""
        app, employer, interview = DEMO.apps[0], DEMO.employers[1], DEMO.interviews[0]

        assert app.client_id == (
            "b25e539bf4ced4291407180548bf361a196af76192c063cffba689b4907b005b"
        )
        assert app.client_secret == (
            "c06e3558b955fbe13923258584c5e6d06728cdd4f0a58572cfae940bd8793ee2"
        )
        assert employer.id.hex == "019b76daafd076a6bef499bbf4dca4f2"
        assert str(interview.id) == "019b76db-2118-76a8-a403-bf463678c61c"

    async def test_happens_once(self, database: Database, builder: Builder) -> None:
        """A data directory that has the world keeps it as it is."""
        await builder.find_or_build(database)
        async with database.read() as reader:
            before = [await count(reader, table) for table in ("facts", "people", "apps")]

        await builder.find_or_build(database)

        async with database.read() as reader:
            after = [await count(reader, table) for table in ("facts", "people", "apps")]
        assert after == before

    async def test_is_all_or_nothing(self, sqlite_database: Database, builder: Builder) -> None:
        """Where somebody has the last employer's legacy id, nothing at all is built."""
        taken = OpenEmployer(
            legacy_id=DEMO.employers[-1].terms.legacy_id,
            name="Somebody",
            country="US",
            currency="USD",
            time_zone="America/Chicago",
        )
        async with sqlite_database.unit() as uow:
            await builder.accounts.open_employer(uow, taken)

        with pytest.raises(LegacyIdTaken):
            await builder.find_or_build(sqlite_database)

        async with sqlite_database.read() as reader:
            assert not await builder.stands(reader)
            assert await count(reader, "employers") == 1
            assert await count(reader, "facts") == 1

    async def test_facts_have_ids_of_their_own(
        self, sqlite_database: Database, builder: Builder
    ) -> None:
        """Only things have known ids: a fact of one world is never taken for another's."""
        await builder.find_or_build(sqlite_database)

        async with sqlite_database.read() as reader:
            facts = await reader.all(as_it_is, "SELECT id FROM facts")
        known = {each.id for each in DEMO.employers} | {each.id for each in DEMO.people}
        assert len(facts) > len(known)
        assert not known & set(facts)


class TestContents:
    async def test_everybody_knows_the_password(
        self, sqlite_database: Database, builder: Builder, passwords: Passwords
    ) -> None:
        """Each person can sign in with the password of the demo, in an ordinary hash."""
        await builder.find_or_build(sqlite_database)

        async with sqlite_database.read() as reader:
            for person in DEMO.people:
                known = await builder.accounts.person_by_email(reader, person.email)
                assert known is not None
                assert await passwords.verify(known.password_hash, PASSWORD)

    async def test_the_agency_represents_its_subaccounts(
        self, sqlite_database: Database, builder: Builder
    ) -> None:
        """The employers that an app has on paper are those that it may act for by itself."""
        await builder.find_or_build(sqlite_database)

        async with sqlite_database.read() as reader:
            for app in DEMO.apps:
                registered = await builder.accounts.apps.find(reader, app.client_id)
                assert registered is not None
                may = await builder.accounts.employers_of_app(reader, registered)
                assert {each.id for each in may} == {each.id for each in app.employers}

    def test_has_the_documented_kinds_of_apps(self) -> None:
        """One app uses two legs, the other three, with the addresses of an app on port 3000."""
        agency, ats, *_ = DEMO.apps

        assert agency.terms.grant_types == {GrantType.CLIENT_CREDENTIALS}
        assert ats.terms.grant_types >= {GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}
        assert ats.terms.redirect_uris == (
            "http://127.0.0.1:3000/oauth-callback",
            "http://localhost:3000/oauth-callback",
        )
        assert ats.terms.trusted_domains == ("http://localhost:3000",)

    def test_has_apps_for_standard_clients(self) -> None:
        """Three apps are refused in the words of the RFCs: plain, public and strict."""
        plain, public, strict = DEMO.apps[2:]

        assert {app.terms.error_profile for app in DEMO.apps[2:]} == {ErrorProfile.RFC}
        assert plain.client_secret is not None
        assert (public.terms.is_public, public.client_secret) == (True, None)
        assert (strict.terms.requires_pushed_requests, strict.terms.requires_dpop) == (
            True,
            True,
        )

    def test_the_strict_app_signs_with_a_key_that_everybody_knows(self) -> None:
        """The private half is in the world on paper, the public one in the app's terms."""
        strict = DEMO.apps[-1]
        assert strict.signing_key is not None

        private = JWKRegistry.import_key(dict(strict.signing_key))
        (public,) = KeySet.import_key_set(json.loads(strict.terms.jwks)).keys

        assert private.thumbprint() == public.thumbprint()

    def test_has_people_of_many_employers_of_one_and_of_none(self) -> None:
        """Choosing an employer can be tried with every number of choices."""
        assert {len(person.roles) for person in DEMO.people} >= {0, 1, 2, 3}

    def test_has_countries_and_currencies(self) -> None:
        """The agency's two subaccounts are in two countries; there are three currencies."""
        subaccounts = [each for each in DEMO.employers if each.terms.master_id is not None]

        assert [each.terms.country for each in subaccounts] == ["DE", "FR"]
        assert {each.terms.currency for each in DEMO.employers} == {"EUR", "USD", "JPY"}

    async def test_has_a_past_and_a_coming_interview(
        self, sqlite_database: Database, builder: Builder, clock: MovableClock
    ) -> None:
        """When the world is built, one interview is over and one is to come."""
        await clock.advance(timedelta(minutes=17, seconds=3))
        await builder.find_or_build(sqlite_database)
        caller = agency(DEMO.interviews[0].employer)

        async with sqlite_database.read() as reader:
            found = await builder.interviews.get(
                reader, caller, [each.id for each in DEMO.interviews]
            )

        past, coming = (found[each.id] for each in DEMO.interviews)
        assert (past.status(clock.now()), coming.status(clock.now())) == (
            Status.COMPLETED,
            Status.SCHEDULED,
        )
        assert past.starts_at == MORNING - timedelta(hours=3)
        assert coming.starts_at == MORNING + timedelta(days=1, hours=1)
        assert [each.email for each in past.interviewers] == [
            "rui@alpenblick.example",
            "ines@alpenblick.example",
        ]

    async def test_has_a_conversation_of_two_messages(
        self, sqlite_database: Database, builder: Builder
    ) -> None:
        """The candidate asked, and the recruiter answered."""
        await builder.find_or_build(sqlite_database)
        paper = DEMO.conversations[0]
        conversations = builder.conversations
        caller = agency(paper.employer)

        async with sqlite_database.read() as reader:
            thread = await conversations.read(reader, caller, paper.id)
            page = await conversations.messages(reader, thread, Window(first=10))

        assert [(each.sender.name, each.text) for each in page.messages] == [
            ("Jordan Kim", paper.question),
            ("Rui Costa", paper.answer),
        ]
