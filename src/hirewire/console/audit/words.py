"""Security events in words, for the person who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from hirewire.accounts.model import App, Employer, Person
from hirewire.console.audit.model import Entry
from hirewire.console.words import titles

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "person.signed_in": ("Signed in", "plain"),
    "person.sign_in_throttled": ("Sign-in held back", "warning"),
    "person.password_changed": ("Password changed", "info"),
    "person.email_verified": ("Address verified", "info"),
    "oauth.grant_given": ("Access given", "info"),
    "oauth.grant_changed": ("Access changed", "info"),
    "oauth.grant_revoked": ("Access taken back", "info"),
    "oauth.refresh_token_reused": ("Refresh token used twice", "bad"),
    "oauth.code_reused": ("Code used twice", "bad"),
    "app.registered": ("App created", "info"),
    "app.changed": ("App changed", "info"),
    "app.secret_added": ("Secret added", "info"),
    "app.secret_removed": ("Secret deleted", "info"),
    "employer.member_joined": ("Member added", "info"),
    "employer.member_role_changed": ("Role changed", "info"),
    "employer.member_left": ("Member removed", "info"),
}
"""What each kind is called, and the tone that it is shown in."""

_TERMS: Final[Mapping[str, str]] = {
    "name": "the name",
    "grant_types": "the grant types",
    "redirect_uris": "the redirect URIs",
    "trusted_domains": "the trusted domains",
    "scopes": "the scopes",
    "is_public": "whether it is public",
    "error_profile": "how refusals are worded",
    "rotates_refresh_tokens": "the rotation of refresh tokens",
    "requires_pushed_requests": "whether requests are pushed",
    "requires_dpop": "whether tokens are bound to a key",
    "jwks": "the public keys",
}
_OPERATOR: Final = "The operator"
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who reads, and what is known of those whom the entries name."""

    reader: Person
    people: Mapping[UUID, Person]
    employers: Mapping[UUID, Employer]
    apps: Mapping[str, App]

    def person(self, id: UUID | None) -> str:
        """Name somebody."""
        if id == self.reader.id:
            return "You"
        found = self.people.get(id) if id else None
        return found.name if found else "Somebody"

    def app(self, id: str | None) -> str:
        """Name an app."""
        found = self.apps.get(id) if id else None
        return f"“{found.name}”" if found else "An app that is no more"

    def employer(self, id: UUID | None) -> str:
        """Name an employer."""
        found = self.employers.get(id) if id else None
        return found.name if found else "an employer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry in words; *by* is empty where it goes without saying."""

    at: datetime
    title: str
    tone: str
    sentence: str
    by: str


def told(entry: Entry, names: Names) -> Told:
    """Put *entry* into words."""
    title, tone = TITLES[entry.kind]
    area = entry.kind.partition(".")[0]
    sentence = {
        "person": _of_person,
        "oauth": _of_grant,
        "app": _of_app,
        "employer": _of_member,
    }[area](entry, names)
    by = _doer(entry, names) if area in {"app", "employer"} else ""
    return Told(at=entry.at, title=title, tone=tone, sentence=sentence, by=by)


def _doer(entry: Entry, names: Names) -> str:
    """Name who did it; what nobody in particular did was done on the command line."""
    return names.person(entry.by_id) if entry.by_id else _OPERATOR


def _of_person(entry: Entry, _: Names) -> str:
    if entry.kind == "person.sign_in_throttled":
        return "Too many attempts failed; further ones had to wait."
    if entry.kind == "person.password_changed":
        return "You were signed out everywhere."
    if entry.kind == "person.email_verified":
        return "Your e-mail address is known to be yours."
    return "A browser was signed in as you."


def _of_grant(entry: Entry, names: Names) -> str:
    app = names.app(entry.app_id)
    if entry.kind == "oauth.grant_revoked":
        return f"{app} lost all access that you gave it."
    if entry.kind in {"oauth.grant_given", "oauth.grant_changed"}:
        scopes = frozenset(str(entry.details.get("scope", "")).split())
        allowed = "; ".join(words.title for words in titles(scopes))
        return f"{app} may: {allowed or 'nothing'}."
    whose = "your" if entry.person_id == names.reader.id else "somebody's"
    return (
        f"{app} sent one again that was used before. It may have been stolen: "
        f"what came from that authorization of {whose} account works no more."
    )


def _of_app(entry: Entry, names: Names) -> str:
    where = f"{names.app(entry.app_id)} of {names.employer(entry.employer_id)}"
    if entry.kind == "app.changed":
        changed = msgspec.convert(entry.details.get("changed", []), list[str])
        return f"{where}: {_listed([_TERMS.get(name, name) for name in changed])}."
    if "secret_id" in entry.details:
        return f"{where}, secret …{str(entry.details['secret_id'])[-_SHOWN:]}."
    return f"{where}."


def _of_member(entry: Entry, names: Names) -> str:
    who, where = names.person(entry.person_id), names.employer(entry.employer_id)
    if entry.kind == "employer.member_left":
        return f"{who}: acts for {where} no more."
    return f"{who}: {entry.details.get('role', 'member')} of {where}."


def _listed(texts: list[str]) -> str:
    """Join as people do: a, b and c."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
