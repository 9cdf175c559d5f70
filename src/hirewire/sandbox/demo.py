"""
The demo world on paper: who is in it, by which ids, secrets and passwords.

All of it is known to everyone and the same on every machine, so that examples can be pasted.
It exists under `hirewire dev` only.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.model import (
    AppTerms,
    ErrorProfile,
    GrantType,
    OpenEmployer,
    Role,
)
from hirewire.conversations.model import Candidate
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.oauth.scopes import KNOWN, OF_A_PERSON

PASSWORD: Final = "demo-password"  # noqa: S105 - everybody may know it

_BIRTH: Final = datetime(2026, 1, 1, tzinfo=UTC)


def ids_of(number: int) -> Callable[[], UUID]:
    """Start the mint that the *number*th thing of the world takes its ids from."""
    clock = MovableClock(_BIRTH + timedelta(seconds=number), frozen=True)
    return IdMaker(clock, SeededEntropy(number)).new


@dataclass(frozen=True, slots=True)
class DemoEmployer:
    """An account of the demo world."""

    number: int
    terms: OpenEmployer

    @property
    def id(self) -> UUID:
        return ids_of(self.number)()


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone who can sign in with `PASSWORD`, and for whom."""

    number: int
    name: str
    email: str
    roles: tuple[tuple[DemoEmployer, Role], ...] = ()

    @property
    def id(self) -> UUID:
        return ids_of(self.number)()


@dataclass(frozen=True, slots=True)
class DemoApp:
    """
    An app; *employers* are those that it represents without anybody's consent.

    *signing_key* is the private JWK of an app that proves who it is with assertions.
    """

    number: int
    owner: DemoEmployer
    employers: tuple[DemoEmployer, ...]
    terms: AppTerms
    signing_key: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @property
    def client_id(self) -> str:
        return self.token("client id").hex()

    @property
    def client_secret(self) -> str | None:
        return None if self.terms.is_public else self.token("client secret").hex()

    def token(self, name: str) -> bytes:
        """Draw the bytes that everybody else would draw too."""
        return hashlib.sha256(f"hirewire demo: {self.terms.name}: {name}".encode()).digest()


@dataclass(frozen=True, slots=True)
class DemoInterview:
    """An interview of an employer, *starts_in* from the hour in which the world is built."""

    number: int
    employer: DemoEmployer
    title: str
    starts_in: timedelta
    candidate: Candidate

    @property
    def id(self) -> UUID:
        return ids_of(self.number)()


@dataclass(frozen=True, slots=True)
class DemoConversation:
    """A thread: the candidate's *question*, and what the recruiter said to it."""

    number: int
    employer: DemoEmployer
    candidate: Candidate
    subject: str
    question: str
    answer: str

    @property
    def id(self) -> UUID:
        return ids_of(self.number)()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWorld:
    """All of it, in the order in which it is built and shown."""

    employers: tuple[DemoEmployer, ...]
    people: tuple[DemoPerson, ...]
    apps: tuple[DemoApp, ...]
    interviews: tuple[DemoInterview, ...]
    conversations: tuple[DemoConversation, ...]
    recruiter: DemoPerson
    recruiters_app: DemoApp


_MERIDIAN: Final = DemoEmployer(
    1,
    OpenEmployer(
        legacy_id="1000001",
        name="Meridian Talent",
        country="IE",
        currency="EUR",
        time_zone="Europe/Dublin",
    ),
)
_ALPENBLICK: Final = DemoEmployer(
    2,
    OpenEmployer(
        legacy_id="1000002",
        name="Alpenblick Hotels",
        country="DE",
        currency="EUR",
        time_zone="Europe/Berlin",
        master_id=_MERIDIAN.id,
    ),
)
_LUMIERE: Final = DemoEmployer(
    3,
    OpenEmployer(
        legacy_id="1000003",
        name="Atelier Lumière",
        country="FR",
        currency="EUR",
        time_zone="Europe/Paris",
        master_id=_MERIDIAN.id,
    ),
)
_HARBOR: Final = DemoEmployer(
    4,
    OpenEmployer(
        legacy_id="2000001",
        name="Harbor ATS",
        country="US",
        currency="USD",
        time_zone="America/New_York",
    ),
)
_ANYTOWN: Final = DemoEmployer(
    5,
    OpenEmployer(
        legacy_id="2000002",
        name="Anytown Health and Rehabilitation Center",
        country="US",
        currency="USD",
        time_zone="America/Chicago",
    ),
)
_SAKURA: Final = DemoEmployer(
    6,
    OpenEmployer(
        legacy_id="2000003",
        name="Sakura Logistics",
        country="JP",
        currency="JPY",
        time_zone="Asia/Tokyo",
    ),
)

_ADA: Final = DemoPerson(
    11,
    "Ada Berger",
    "ada@alpenblick.example",
    ((_MERIDIAN, Role.ADMIN), (_ALPENBLICK, Role.ADMIN), (_LUMIERE, Role.ADMIN)),
)
_RUI: Final = DemoPerson(
    12,
    "Rui Costa",
    "rui@alpenblick.example",
    ((_ALPENBLICK, Role.RECRUITER), (_ANYTOWN, Role.RECRUITER)),
)
_INES: Final = DemoPerson(
    13, "Ines Weber", "ines@alpenblick.example", ((_ALPENBLICK, Role.MEMBER),)
)
_GRACE: Final = DemoPerson(
    14, "Grace Miller", "grace@anytown.example", ((_ANYTOWN, Role.ADMIN),)
)
_KENJI: Final = DemoPerson(15, "佐藤 健二", "kenji@sakura.example", ((_SAKURA, Role.ADMIN),))
_NOOR: Final = DemoPerson(16, "Noor Haddad", "noor@people.example")

_JORDAN: Final = Candidate(name="Jordan Kim", email="jordan@people.example")
_LEA: Final = Candidate(name="Léa Martin", email="lea@people.example")

_CALLBACKS: Final = (
    "http://127.0.0.1:3000/oauth-callback",
    "http://localhost:3000/oauth-callback",
)
_PUBLIC_KEY: Final[Mapping[str, str]] = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "strict",
    "x": "k4pcrRy8p4OH587tYdVREL2J0iBznXI8u4pfjzF8G-o",
    "y": "LKghetAG7BpaTBQBeti3WFpzs0uQdN-wpUOYGRsirEw",
}

_AGENCY: Final = DemoApp(
    21,
    owner=_MERIDIAN,
    employers=(_ALPENBLICK, _LUMIERE, _MERIDIAN),
    terms=AppTerms(
        name="agency",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        scopes=KNOWN - OF_A_PERSON,
    ),
)
_ATS: Final = DemoApp(
    22,
    owner=_HARBOR,
    employers=(_HARBOR,),
    terms=AppTerms(
        name="ats",
        grant_types=frozenset(GrantType),
        redirect_uris=_CALLBACKS,
        trusted_domains=("http://localhost:3000",),
        scopes=KNOWN,
    ),
)
_OIDC: Final = DemoApp(
    23,
    owner=_HARBOR,
    employers=(_HARBOR,),
    terms=AppTerms(
        name="oidc",
        grant_types=frozenset(GrantType),
        redirect_uris=_CALLBACKS,
        scopes=KNOWN,
        error_profile=ErrorProfile.RFC,
    ),
)
_NATIVE: Final = DemoApp(
    24,
    owner=_HARBOR,
    employers=(_HARBOR,),
    terms=AppTerms(
        name="native",
        grant_types=frozenset(GrantType) - {GrantType.CLIENT_CREDENTIALS},
        redirect_uris=_CALLBACKS,
        scopes=KNOWN,
        is_public=True,
        error_profile=ErrorProfile.RFC,
    ),
)
_STRICT: Final = DemoApp(
    25,
    owner=_HARBOR,
    employers=(_HARBOR,),
    terms=AppTerms(
        name="strict",
        grant_types=frozenset(GrantType),
        redirect_uris=_CALLBACKS,
        scopes=KNOWN,
        error_profile=ErrorProfile.RFC,
        requires_pushed_requests=True,
        requires_dpop=True,
        jwks=json.dumps({"keys": [_PUBLIC_KEY]}),
    ).parsed(),
    signing_key={**_PUBLIC_KEY, "d": "t7EnTGDxQNK6qm7DycNmKxirz8hHz1aPNHh3jIw5MAE"},
)

DEMO: Final = DemoWorld(
    employers=(_MERIDIAN, _ALPENBLICK, _LUMIERE, _HARBOR, _ANYTOWN, _SAKURA),
    people=(_ADA, _RUI, _INES, _GRACE, _KENJI, _NOOR),
    recruiter=_RUI,
    recruiters_app=_ATS,
    apps=(_AGENCY, _ATS, _OIDC, _NATIVE, _STRICT),
    interviews=(
        DemoInterview(31, _ALPENBLICK, "First talk with Léa Martin", timedelta(hours=-3), _LEA),
        DemoInterview(
            32, _ALPENBLICK, "Interview with Jordan Kim", timedelta(days=1, hours=1), _JORDAN
        ),
    ),
    conversations=(
        DemoConversation(
            41,
            _ALPENBLICK,
            _JORDAN,
            subject="Front Desk Manager",
            question="Hello! Is the front desk position still open, and may I start in May?",
            answer="Hello Jordan, it is. May works well: shall we talk tomorrow?",
        ),
    ),
)
