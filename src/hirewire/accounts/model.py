"""What an account is: people, employers, memberships and apps, and the rules they keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.errors import (
    BadLegacyId,
    BadName,
    BadScopeName,
    NoRedirectUri,
    NotForPublicApps,
)
from hirewire.accounts.places import parse_country, parse_currency, parse_time_zone
from hirewire.accounts.public_keys import parse_jwks
from hirewire.accounts.web_addresses import parse_origins, parse_redirect_uris

LONGEST_NAME: Final = 200
LONGEST_LEGACY_ID: Final = 19
LONGEST_LIST: Final = 1000


class ModerationStatus(StrEnum):
    """Whether an employer may act (seed 002, "Advertiser is in a restricted ... status")."""

    ACTIVE = "active"
    RESTRICTED = "restricted"


class Permission(StrEnum):
    """What a member may do with an employer's jobs, in the words of seed 002."""

    HOSTED_JOB_CREATE = "Hosted_Job Create"
    HOSTED_JOB_UPDATE = "Hosted_Job Update"
    HOSTED_JOB_READ = "Hosted_Job Read"


class Role(StrEnum):
    """What a member is to an employer."""

    ADMIN = "admin"
    RECRUITER = "recruiter"
    VIEWER = "viewer"
    MEMBER = "member"


class GrantType(StrEnum):
    """How an app may ask for tokens ("Allowed grant types" of seed 001)."""

    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the protocol's word, no secret


class ErrorProfile(StrEnum):
    """
    How the authorization server words what it refuses an app.

    As the public API documents it ("Invalid grant" for nearly everything), or as the RFCs
    have it, for apps that are built on a standard library.
    """

    DOCUMENTED = "documented"
    RFC = "rfc"


PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMIN: frozenset(Permission),
    Role.RECRUITER: frozenset(Permission),
    Role.VIEWER: frozenset({Permission.HOSTED_JOB_READ}),
    Role.MEMBER: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPerson:
    """
    Ask for a person; *password_hash* comes from `Passwords.hash`.

    An operator answers for the address of whom they register. Who signs up themselves has typed
    one, which proves nothing: *email_verified* is False.
    """

    name: str
    email: str
    password_hash: str | None = field(default=None, repr=False)
    email_verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEmployer:
    """Ask for an employer account, under the master *master_id* if it is a subaccount."""

    legacy_id: str
    name: str
    country: str
    currency: str
    time_zone: str
    master_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppTerms:
    """
    What an app is called and may do: all that its owner can change.

    A public app has no secret, as it cannot keep one. An app without any grant type is
    switched off. *jwks* is the JWK set, as JSON, that an app signs its assertions with
    (`private_key_jwt`); empty for an app that uses secrets only.
    """

    name: str
    grant_types: frozenset[GrantType]
    redirect_uris: tuple[str, ...] = ()
    trusted_domains: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    is_public: bool = False
    error_profile: ErrorProfile = ErrorProfile.DOCUMENTED
    rotates_refresh_tokens: bool = True
    requires_pushed_requests: bool = False
    requires_dpop: bool = False
    jwks: str = ""

    def parsed(self) -> Self:
        """
        Return the same terms, cleaned.

        Raises:
            BadName, BadRedirectUri, TooManyRedirectUris, BadTrustedDomain,
            TooManyTrustedDomains, BadScopeName, BadPublicKeys: one of them is not acceptable.
            NoRedirectUri, NotForPublicApps: they do not go together.
        """
        terms = replace(
            self,
            name=parse_name(self.name),
            grant_types=frozenset(GrantType(grant) for grant in self.grant_types),
            redirect_uris=parse_redirect_uris(self.redirect_uris, may_be_native=self.is_public),
            trusted_domains=parse_origins(self.trusted_domains),
            scopes=frozenset(_parse_scope(scope) for scope in self.scopes),
            error_profile=ErrorProfile(self.error_profile),
            jwks=parse_jwks(self.jwks),
        )
        _check_together(terms)
        return terms

    def changed_from(self, old: Self) -> tuple[str, ...]:
        """Name the terms that differ from *old*, in their order."""
        names = (term.name for term in fields(self))
        return tuple(name for name in names if getattr(self, name) != getattr(old, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    Someone who can sign in; without a *password_hash* nobody can sign in as them.

    An address that is not *email_verified* is what somebody typed, and may be another's:
    whatever is meant for who reads mail to it asks for `verified_email`.
    """

    id: UUID
    name: str
    email: str
    password_hash: str | None = field(repr=False)
    created_at: datetime
    email_verified: bool = True

    @property
    def verified_email(self) -> str | None:
        """The address, if it is known to be the person's."""
        return self.email if self.email_verified else None

    @classmethod
    def registered(cls, id: UUID, command: RegisterPerson, at: datetime) -> Self:
        """
        Make the person that *command* asks for.

        Raises:
            BadName, BadEmail: the command says nonsense.
        """
        return cls(
            id=id,
            name=parse_name(command.name),
            email=parse_email(command.email),
            password_hash=command.password_hash,
            created_at=at,
            email_verified=command.email_verified,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """
    An advertiser account.

    *legacy_id* is the advertiser id of older APIs. A subaccount names its *master_id*; an
    account without one may be the master of others.
    """

    id: UUID
    legacy_id: str
    name: str
    country: str
    currency: str
    time_zone: str
    moderation_status: ModerationStatus
    master_id: UUID | None
    created_at: datetime

    @classmethod
    def opened(cls, id: UUID, command: OpenEmployer, at: datetime) -> Self:
        """
        Make the account that *command* asks for.

        Raises:
            BadName, BadLegacyId, UnknownCountry, UnknownCurrency, UnknownTimeZone: the
                command says nonsense.
        """
        return cls(
            id=id,
            legacy_id=parse_legacy_id(command.legacy_id),
            name=parse_name(command.name),
            country=parse_country(command.country),
            currency=parse_currency(command.currency),
            time_zone=parse_time_zone(command.time_zone),
            moderation_status=ModerationStatus.ACTIVE,
            master_id=command.master_id,
            created_at=at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That a person acts for an employer, and as what."""

    person_id: UUID
    employer_id: UUID
    role: Role

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the role allows."""
        return PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An OAuth client, named by its client id, and owned by an employer's account."""

    id: str
    owner_employer_id: UUID
    terms: AppTerms
    created_at: datetime

    @property
    def name(self) -> str:
        return self.terms.name

    @property
    def grant_types(self) -> frozenset[GrantType]:
        return self.terms.grant_types

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        return self.terms.redirect_uris

    @property
    def trusted_domains(self) -> tuple[str, ...]:
        return self.terms.trusted_domains

    @property
    def scopes(self) -> frozenset[str]:
        return self.terms.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSecret:
    """One of an app's secrets; of the secret itself only the SHA-256 *digest* is kept."""

    id: UUID
    app_id: str
    digest: bytes = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A secret just made: the only moment at which its *text* can be shown."""

    id: UUID
    text: str = field(repr=False)


def parse_name(text: str) -> str:
    """
    Clean the name of a person, a company or an app.

    Raises:
        BadName: it is empty, too long, or holds control characters.
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadName(name=name[:LONGEST_NAME], longest=LONGEST_NAME)
    return name


def parse_legacy_id(text: str) -> str:
    """
    Check a legacy advertiser id.

    Raises:
        BadLegacyId: it is no decimal number.
    """
    decimal = text.isascii() and text.isdecimal() and not text.startswith("0")
    if not decimal or len(text) > LONGEST_LEGACY_ID:
        raise BadLegacyId(legacy_id=text[:LONGEST_NAME])
    return text


def _check_together(terms: AppTerms) -> None:
    """Public apps: RFC 6749, section 4.4, and RFC 7523, section 2.2, need a credential."""
    if GrantType.AUTHORIZATION_CODE in terms.grant_types and not terms.redirect_uris:
        raise NoRedirectUri
    if terms.is_public and GrantType.CLIENT_CREDENTIALS in terms.grant_types:
        raise NotForPublicApps(what="client credentials grant")
    if terms.is_public and terms.jwks:
        raise NotForPublicApps(what="keys to sign with")


def _parse_scope(text: str) -> str:
    """RFC 6749, section 3.3: printable ASCII without space, quote and backslash."""
    visible = all("!" <= character <= "~" and character not in '"\\' for character in text)
    if not text or not visible or len(text) > LONGEST_NAME:
        raise BadScopeName(scope=text[:LONGEST_NAME])
    return text
