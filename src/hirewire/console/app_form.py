"""The form of an app's terms: what was typed, what is wrong with it, and what it asks for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from hirewire.accounts.errors import NoRedirectUri
from hirewire.accounts.model import AppTerms, ErrorProfile, GrantType, parse_name
from hirewire.accounts.public_keys import parse_jwks
from hirewire.accounts.web_addresses import parse_origins, parse_redirect_uris
from hirewire.console.errors import NotOffered
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.scopes import KNOWN
from hirewire.web.pages import Form

PUBLIC: Final = "public"
CONFIDENTIAL: Final = "confidential"

Problem: TypeAlias = tuple[str, str]
"""The name of a field, and a sentence."""

_TICKED: Final = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppForm:
    """The form as it was filled in; lists are texts of one line each."""

    name: str = ""
    owner: str = ""
    kind: str = CONFIDENTIAL
    grants: tuple[str, ...] = ()
    redirect_uris: str = ""
    trusted_domains: str = ""
    scopes: tuple[str, ...] = ()
    error_profile: str = ErrorProfile.DOCUMENTED.value
    rotates: bool = True
    pushes: bool = False
    proves: bool = False
    jwks: str = ""

    @classmethod
    def of(cls, terms: AppTerms) -> Self:
        """Fill the form in with what an app has."""
        return cls(
            name=terms.name,
            kind=PUBLIC if terms.is_public else CONFIDENTIAL,
            grants=tuple(terms.grant_types),
            redirect_uris="\n".join(terms.redirect_uris),
            trusted_domains="\n".join(terms.trusted_domains),
            scopes=tuple(terms.scopes),
            error_profile=terms.error_profile.value,
            rotates=terms.rotates_refresh_tokens,
            pushes=terms.requires_pushed_requests,
            proves=terms.requires_dpop,
            jwks=terms.jwks,
        )

    @classmethod
    def read(cls, form: Form) -> Self:
        """Take what was sent, as it was typed."""
        return cls(
            name=form.one("name"),
            owner=form.one("owner"),
            kind=form.one("kind"),
            grants=form.all("grants"),
            redirect_uris=form.one("redirect_uris"),
            trusted_domains=form.one("trusted_domains"),
            scopes=form.all("scopes"),
            error_profile=form.one("error_profile"),
            rotates=form.one("rotates") == _TICKED,
            pushes=form.one("pushes") == _TICKED,
            proves=form.one("proves") == _TICKED,
            jwks=form.one("jwks"),
        )

    @property
    def is_advanced(self) -> bool:
        """Whether something is other than most apps have it."""
        usual = AppForm()
        return (self.error_profile, self.rotates, self.pushes, self.proves, self.jwks) != (
            usual.error_profile,
            usual.rotates,
            usual.pushes,
            usual.proves,
            usual.jwks,
        )

    def problems(self, *, is_new: bool) -> tuple[Problem, ...]:
        """Say what is wrong in which field, and then what does not go together."""
        apart = tuple(_failures(self._checks()))
        if apart:
            return apart
        if is_new and not self.grants:
            return (("grants", "Choose at least one grant type."),)
        return tuple(_failures([("kind", lambda: self.terms().parsed())]))

    def terms(self) -> AppTerms:
        """Return the terms that are asked for, where `problems` found none field by field."""
        return AppTerms(
            name=self.name,
            grant_types=frozenset(GrantType(grant) for grant in self.grants),
            redirect_uris=_lines(self.redirect_uris),
            trusted_domains=_lines(self.trusted_domains),
            scopes=frozenset(self.scopes),
            is_public=self.kind == PUBLIC,
            error_profile=ErrorProfile(self.error_profile),
            rotates_refresh_tokens=self.rotates,
            requires_pushed_requests=self.pushes,
            requires_dpop=self.proves,
            jwks=self.jwks,
        )

    def _checks(self) -> list["Check"]:
        uris, domains = _lines(self.redirect_uris), _lines(self.trusted_domains)
        is_public = self.kind == PUBLIC
        return [
            ("name", lambda: parse_name(self.name)),
            ("kind", lambda: _choose({self.kind}, {PUBLIC, CONFIDENTIAL})),
            ("grants", lambda: _choose(set(self.grants), set(GrantType))),
            ("redirect_uris", lambda: parse_redirect_uris(uris, may_be_native=is_public)),
            ("trusted_domains", lambda: parse_origins(domains)),
            ("scopes", lambda: _choose(set(self.scopes), KNOWN)),
            ("error_profile", lambda: _choose({self.error_profile}, set(ErrorProfile))),
            ("jwks", lambda: parse_jwks(self.jwks)),
        ]


Check: TypeAlias = tuple[str, Callable[[], object]]


def problem_of(field: str, error: HirewireError) -> Problem:
    """Show a refusal at *field*, or where it belongs rather."""
    return ("redirect_uris" if isinstance(error, NoRedirectUri) else field, str(error))


def _failures(checks: list[Check]) -> Iterator[Problem]:
    for field, check in checks:
        try:
            check()
        except HirewireError as error:
            yield problem_of(field, error)


def _choose(chosen: set[str], offered: frozenset[str] | set[str]) -> None:
    if not chosen <= offered:
        raise NotOffered


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
