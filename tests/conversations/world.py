"""Two employers, the people and apps that act for them, and one thread each."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import (
    App,
    AppTerms,
    Employer,
    GrantType,
    OpenEmployer,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.service import Accounts
from hirewire.conversations.candidates import CandidateDoor
from hirewire.conversations.model import Candidate, Conversation
from hirewire.conversations.service import Conversations
from hirewire.kit.caller import Caller
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database, UnitOfWork

TRUSTED: Final = "http://localhost:3000"
OTHERS: Final = "https://ats.globex.example"
BOTH: Final = frozenset({"conversations", "conversations.read"})
CANDIDATE: Final = Candidate(name="Robin Reyes", email="robin@example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Acme and Globex; *pat* acts for both, *sam* for nobody; each employer has an app."""

    database: Database
    accounts: Accounts
    conversations: Conversations
    acme: Employer
    globex: Employer
    pat: Person
    sam: Person
    acme_app: App
    globex_app: App
    thread: Conversation
    globex_thread: Conversation

    @classmethod
    async def built(cls, database: Database) -> Self:
        """Write it all down."""
        accounts = Accounts(Apps(SeededEntropy(11)))
        conversations = Conversations(accounts, CandidateDoor(SeededEntropy(12)))
        async with database.unit() as uow:
            acme = await _employer(accounts, uow, "Acme", "1")
            globex = await _employer(accounts, uow, "Globex", "2")
            pat = await _person(accounts, uow, "Pat Doe")
            sam = await _person(accounts, uow, "Sam Roe")
            for employer in (acme, globex):
                await accounts.join(uow, pat.id, employer.id, Role.RECRUITER)
            return cls(
                database=database,
                accounts=accounts,
                conversations=conversations,
                acme=acme,
                globex=globex,
                pat=pat,
                sam=sam,
                acme_app=await _app(accounts, uow, acme, TRUSTED),
                globex_app=await _app(accounts, uow, globex, OTHERS),
                thread=await conversations.open(uow, acme.id, CANDIDATE, subject="Baker"),
                globex_thread=await conversations.open(uow, globex.id, CANDIDATE),
            )

    def caller(
        self,
        *,
        app: App | None = None,
        person: Person | None = None,
        employer: Employer | None = None,
        scopes: frozenset[str] = BOTH,
    ) -> Caller:
        """Who an access token would say is calling; by default through Acme's app."""
        return Caller(
            app_id=(app or self.acme_app).id,
            scopes=scopes,
            expires_at=self.thread.created_at + timedelta(hours=1),
            person_id=person.id if person else None,
            employer_id=employer.id if employer else None,
        )

    @property
    def acme_caller(self) -> Caller:
        """Acme's app, representing Acme."""
        return self.caller(employer=self.acme)

    async def facts(self) -> list[str]:
        """The kinds of what was told about conversations, in order."""
        async with self.database.read() as reader:
            return await reader.all(
                str,
                "SELECT kind FROM facts WHERE kind IN :kinds ORDER BY seq",
                kinds=[
                    "conversation.message_sent",
                    "conversation.message_edited",
                    "conversation.message_deleted",
                    "conversation.read",
                ],
            )

    async def told(self) -> list[str]:
        """The kinds of all that was told of conversations since the world stood, in order."""
        async with self.database.read() as reader:
            kinds = await reader.all(
                lambda kind: kind.removeprefix("conversation."),
                "SELECT kind FROM facts WHERE kind LIKE 'conversation.%' ORDER BY seq",
            )
        return kinds[2:]

    async def texts(self, conversation_id: UUID) -> list[str]:
        """What was said in a thread, in order."""
        async with self.database.read() as reader:
            return await reader.all(
                str,
                "SELECT text FROM conversation_messages"
                " WHERE conversation_id = :id ORDER BY position",
                id=conversation_id,
            )


async def _employer(accounts: Accounts, uow: UnitOfWork, name: str, legacy_id: str) -> Employer:
    command = OpenEmployer(
        legacy_id=legacy_id, name=name, country="US", currency="USD", time_zone="UTC"
    )
    return await accounts.open_employer(uow, command)


async def _person(accounts: Accounts, uow: UnitOfWork, name: str) -> Person:
    email = f"{name.partition(' ')[0].lower()}@example.com"
    return await accounts.register_person(uow, RegisterPerson(name=name, email=email))


async def _app(accounts: Accounts, uow: UnitOfWork, owner: Employer, domain: str) -> App:
    terms = AppTerms(
        name=f"{owner.name} ATS",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        trusted_domains=(domain,),
        scopes=BOTH,
    )
    app, _ = await accounts.apps.register(uow, owner.id, terms)
    return app
