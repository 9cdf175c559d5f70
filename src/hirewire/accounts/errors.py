"""Why an account, or a change of one, can be refused."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class BadName(HirewireError):
    """A name is empty, too long, or holds control characters."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_name"

    name: str
    longest: int

    def __str__(self) -> str:
        return f"A name has 1 to {self.longest} visible characters."


@dataclass(eq=False)
class BadEmail(HirewireError):
    """An e-mail address is none."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_email"

    email: str

    def __str__(self) -> str:
        return f"'{self.email}' is not an e-mail address."


@dataclass(eq=False)
class BadLegacyId(HirewireError):
    """A legacy advertiser id is no decimal number."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_legacy_id"

    legacy_id: str

    def __str__(self) -> str:
        return f"'{self.legacy_id}' is not a legacy advertiser id: use 1 to 19 digits."


@dataclass(eq=False)
class BadPassword(HirewireError):
    """A password is too short or too long."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_password"

    shortest: int
    longest: int

    def __str__(self) -> str:
        return f"A password has {self.shortest} to {self.longest} characters."


@dataclass(eq=False)
class BadRedirectUri(HirewireError):
    """A redirect URI cannot be registered."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_redirect_uri"

    uri: str

    def __str__(self) -> str:
        return (
            f"'{self.uri}' cannot be a redirect URI: use an absolute https URL, or http on "
            "localhost, 127.0.0.1 or [::1], without a fragment and without a *. A public app "
            "may also use a scheme of its own, such as com.example.app:/callback."
        )


@dataclass(eq=False)
class BadPublicKeys(HirewireError):
    """A JWK set holds something else than public keys to sign with."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_public_keys"

    reason: str

    def __str__(self) -> str:
        return f"The JWK set cannot be used: {self.reason}."


@dataclass(eq=False)
class NoRedirectUri(HirewireError):
    """An app would use the authorization code grant, and nobody could be sent back to it."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.no_redirect_uri"

    def __str__(self) -> str:
        return "The authorization code grant needs at least one redirect URI."


@dataclass(eq=False)
class NotForPublicApps(HirewireError):
    """A public app would have what only an app that keeps a secret can have."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.not_for_public_apps"

    what: str

    def __str__(self) -> str:
        return f"A public app cannot keep a secret, and has no {self.what}."


@dataclass(eq=False)
class AppHasSecrets(HirewireError):
    """An app with secrets would become public."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "accounts.app_has_secrets"

    secrets: int

    def __str__(self) -> str:
        return "A public app has no secrets: delete the app's secrets first."


@dataclass(eq=False)
class BadScopeName(HirewireError):
    """A scope's name is none by RFC 6749, section 3.3."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_scope_name"

    scope: str

    def __str__(self) -> str:
        return f"'{self.scope}' is not the name of a scope."


@dataclass(eq=False)
class BadTrustedDomain(HirewireError):
    """A trusted web domain is no origin."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.bad_trusted_domain"

    domain: str

    def __str__(self) -> str:
        return (
            f"'{self.domain}' cannot be a trusted domain: use https://HOST[:PORT], or http on "
            "localhost, 127.0.0.1 or [::1]."
        )


@dataclass(eq=False)
class UnknownCountry(HirewireError):
    """A country is not in ISO 3166-1."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.unknown_country"

    country: str

    def __str__(self) -> str:
        return f"'{self.country}' is not an ISO 3166-1 country code."


@dataclass(eq=False)
class UnknownCurrency(HirewireError):
    """A currency is not in ISO 4217."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.unknown_currency"

    currency: str

    def __str__(self) -> str:
        return f"'{self.currency}' is not an ISO 4217 currency code."


@dataclass(eq=False)
class UnknownTimeZone(HirewireError):
    """A time zone is not in the IANA database."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.unknown_time_zone"

    time_zone: str

    def __str__(self) -> str:
        return f"'{self.time_zone}' is not an IANA time zone."


@dataclass(eq=False)
class TooManyRedirectUris(HirewireError):
    """An app was given more redirect URIs than it may have."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.too_many_redirect_uris"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"An app has at most {self.limit} redirect URIs, got {self.asked}."


@dataclass(eq=False)
class TooManyTrustedDomains(HirewireError):
    """An app was given more trusted domains than it may have."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.too_many_trusted_domains"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"An app has at most {self.limit} trusted domains, got {self.asked}."


@dataclass(eq=False)
class TooManySecrets(HirewireError):
    """An app has as many secrets as it may have."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "accounts.too_many_secrets"

    limit: int

    def __str__(self) -> str:
        return f"An app has at most {self.limit} secrets: delete one first."


@dataclass(eq=False)
class EmailTaken(HirewireError):
    """Somebody has that e-mail address already."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "accounts.email_taken"

    email: str

    def __str__(self) -> str:
        return f"Somebody is registered as {self.email} already."


@dataclass(eq=False)
class LegacyIdTaken(HirewireError):
    """An employer has that legacy advertiser id already."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "accounts.legacy_id_taken"

    legacy_id: str

    def __str__(self) -> str:
        return f"An employer has the legacy advertiser id {self.legacy_id} already."


@dataclass(eq=False)
class AlreadyMember(HirewireError):
    """A person acts for the employer already."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "accounts.already_member"

    email: str
    member_of: UUID

    def __str__(self) -> str:
        return f"{self.email} acts for employer {self.member_of.hex} already."


@dataclass(eq=False)
class NotMember(HirewireError):
    """A person does not act for the employer."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "accounts.not_member"

    person_id: UUID
    member_of: UUID

    def __str__(self) -> str:
        return f"{self.person_id} does not act for employer {self.member_of.hex}."


@dataclass(eq=False)
class NotMasterAccount(HirewireError):
    """A subaccount was asked to be a master."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.not_master_account"

    account_id: UUID

    def __str__(self) -> str:
        return f"{self.account_id.hex} is a subaccount, and has none of its own."


@dataclass(eq=False)
class SubaccountCurrency(HirewireError):
    """A subaccount would have another currency than its master."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "accounts.subaccount_currency"

    asked: str
    masters: str

    def __str__(self) -> str:
        return f"A subaccount has its master's currency, {self.masters}, not {self.asked}."


@dataclass(eq=False)
class UnknownPerson(HirewireError):
    """There is no such person."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "accounts.unknown_person"

    person_id: UUID

    def __str__(self) -> str:
        return f"There is no person {self.person_id}."


@dataclass(eq=False)
class UnknownEmployer(HirewireError):
    """There is no such employer."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "accounts.unknown_employer"

    account_id: UUID

    def __str__(self) -> str:
        return f"There is no employer {self.account_id.hex}."


@dataclass(eq=False)
class UnknownApp(HirewireError):
    """There is no such app."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "accounts.unknown_app"

    app_id: str

    def __str__(self) -> str:
        return f"There is no app {self.app_id}."


@dataclass(eq=False)
class UnknownSecret(HirewireError):
    """The app has no such secret."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "accounts.unknown_secret"

    secret_id: UUID

    def __str__(self) -> str:
        return f"The app has no secret {self.secret_id}."


@dataclass(eq=False)
class PasswordsBusy(HirewireError):
    """More sign-ins are waiting than we let wait."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "accounts.passwords_busy"

    waiting: int

    def __str__(self) -> str:
        return "Too many people are signing in at this moment: try again shortly."
