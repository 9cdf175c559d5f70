"""The settings: each with a default and a purpose, read once from `HIREWIRE_*`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from email.utils import parseaddr
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from hirewire.accounts.addresses import email_key
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web.forwarded import parse_networks

PREFIX: Final = "HIREWIRE_"
ANY_START_H: Final = 24.0 * 365 * 1000
_TRUTH: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(eq=False)
class UnknownSettings(HirewireError):
    """The environment names settings that do not exist."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "settings.unknown"

    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"No such setting: {', '.join(self.names)}. See docs/settings.md."


@dataclass(eq=False)
class BadSetting(HirewireError):
    """A setting's value is not of its kind."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "settings.bad_value"

    name: str
    wanted: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.name.upper()} must be {self.wanted}."


def setting(
    default: Any,
    purpose: str,
    *,
    secret: bool = False,
    within: tuple[float, float] | None = None,
    among: tuple[str, ...] = (),
) -> Any:
    """
    Declare a field with its *default* and *purpose*; a *secret* is never printed.

    A number lies *within* two bounds, both included; a text may have to be *among* a few.
    """
    about = {"purpose": purpose, "within": within, "among": among}
    return field(default=default, metadata=about, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Read once, by the command line; parts get values, never the settings."""

    host: str = setting("127.0.0.1", "The address to listen on.")
    port: int = setting(8000, "The port to listen on; 0 takes a free one.", within=(0, 65_535))
    base_url: str = setting(
        "", "How callers reach this server, without a trailing slash; empty: http://HOST:PORT."
    )
    issuer: str = setting(
        "", "The issuer that tokens name, an https address; empty: the base URL."
    )
    database: str = setting(
        "sqlite:hirewire.db", "Where rows live: sqlite:PATH or postgresql://…", secret=True
    )
    bus: str = setting("memory:", "How facts travel: memory: or nats://HOST:PORT.", secret=True)
    secret_key: str = setting(
        "",
        "The key that seals signing keys at rest, at least 32 characters; "
        "`hirewire dev` makes its own.",
        secret=True,
    )
    employer_needs_scope: bool = setting(
        default=False,
        purpose="Whether the employer parameter is refused without the employer_access scope.",
    )
    refresh_grace_s: float = setting(
        30.0,
        "How long a refresh token that was rotated away still gets its successor, in seconds; "
        "later it ends all that came from its authorization. 0 for not at all.",
        within=(0.0, 600.0),
    )
    failed_authentications_per_minute: int = setting(
        120,
        "How often a minute an app, or a network, may fail to prove itself at the token "
        "endpoint and its neighbours before it is answered 429; who succeeds never waits.",
        within=(1, 1_000_000),
    )
    interview_past_start_h: float = setting(
        24.0,
        "How long ago an interview may have started that is scheduled now, in hours; "
        "`hirewire dev` takes 1,000 years, so that the documented examples work as printed.",
        within=(0.0, ANY_START_H),
    )
    mail: str = setting(
        "",
        "Where mail leaves: smtp://HOST or smtp://HOST:PORT. Empty: mails are kept until it is "
        "set; `hirewire dev` has a mailbox instead.",
    )
    mail_security: str = setting(
        "starttls",
        "How the way to the mail server is kept private: starttls (port 587 unless said "
        "otherwise), tls from the first byte (465), or none (25).",
        among=("starttls", "tls", "none"),
    )
    mail_user: str = setting("", "Whom to sign in as at the mail server; empty: nobody.")
    mail_password: str = setting("", "The password of the mail user.", secret=True)
    mail_sender: str = setting(
        "",
        "Whom mails are from, and who organizes calendar items: NAME <ADDRESS>; needed where "
        "mail is set.",
    )
    reminder_lead_min: float = setting(
        15.0,
        "How long before an interview its interviewee is reminded, in minutes.",
        within=(1.0, 1440.0),
    )
    candidate_mail_after_min: float = setting(
        2.0,
        "How long a candidate leaves unread what an employer wrote before they get a mail with "
        "the link to their page, in minutes; a live reader is not mailed.",
        within=(0.0, 1440.0),
    )
    operators: str = setting(
        "",
        "Who runs this server: verified e-mail addresses of people, separated by commas, who "
        "see in the console how the streams of all apps fare. Empty: nobody.",
    )
    session_lifetime_h: float = setting(
        12.0,
        "How long somebody who signs in on a page stays signed in, in hours, whatever they do.",
        within=(0.01, 24.0 * 90),
    )
    introspection: bool = setting(
        default=True, purpose="Whether GraphQL answers introspection queries."
    )
    graphql_deadline_s: float = setting(
        10.0, "How long one GraphQL operation may take, in seconds.", within=(0.01, 3600.0)
    )
    largest_body_bytes: int = setting(
        1_048_576, "The largest GraphQL request body, in bytes.", within=(1024, 1 << 30)
    )
    header_timeout_s: float = setting(
        10.0,
        "How long a caller may take to send a request's head, in seconds.",
        within=(0.1, 3600.0),
    )
    heartbeat_s: float = setting(
        20.0,
        "How often a stream carries a heartbeat, in seconds, give or take a fifth.",
        within=(0.5, 3600.0),
    )
    stream_lifetime_s: float = setting(
        14_400.0,
        "How long a stream may stay open, in seconds; a token's expiry ends it earlier.",
        within=(1.0, 86_400.0),
    )
    streams_total: int = setting(
        100_000,
        "How many streams may be open on all servers together; from four fifths of them on, an "
        "app that has its fair share waits until others close.",
        within=(1, 100_000_000),
    )
    streams_per_app: int = setting(
        50_000,
        "How many streams the pages and people of one app may have open.",
        within=(1, 100_000_000),
    )
    streams_per_person: int = setting(
        50, "How many streams one person may have open, by all apps.", within=(1, 1_000_000)
    )
    streams_per_address: int = setting(
        20_000,
        "How many streams one address may have open (a /64 of IPv6 counts as one); an app that "
        "listens from its server opens those of all its people from there.",
        within=(1, 100_000_000),
    )
    trusted_proxies: str = setting(
        "",
        "Whose X-Forwarded-For is believed: addresses and networks of proxies, separated by "
        "commas, such as 10.0.0.0/8. Empty: nobody's, as anybody can send it.",
    )
    shutdown_grace_s: float = setting(
        10.0,
        "How long requests and streams may take to end on shutdown, in seconds.",
        within=(0.0, 3600.0),
    )
    fact_retention_days: int = setting(
        30, "How long facts stay in the log, in days.", within=(1, 36_500)
    )
    listener_tries: int = setting(
        10,
        "How often a listener tries a fact that it cannot handle before it puts it aside and "
        "goes on (see `hirewire facts`); 0 for ever.",
        within=(0, 1_000),
    )
    audit_retention_days: int = setting(
        400, "How long the console lists security events, in days.", within=(1, 36_500)
    )
    log_format: str = setting(
        "json", "How logs are written: json or pretty.", among=("json", "pretty")
    )
    log_level: str = setting(
        "info",
        "The least important level to log.",
        among=("debug", "info", "warning", "error"),
    )
    access_log: str = setting(
        "errors",
        "Which requests are logged: all, errors (status 500 and above), or none.",
        among=("all", "errors", "none"),
    )

    def __post_init__(self) -> None:
        for declared in fields(self):
            _check(declared.name, getattr(self, declared.name), declared.metadata)
        if self.base_url and not _is_web_address(self.base_url):
            raise BadSetting(name="base_url", wanted="a web address, such as https://HOST")
        if self.issuer not in {"", self.base_url} and not _is_issuer(self.issuer):
            raise BadSetting(name="issuer", wanted="an https address without a query")
        if self.secret_key and len(self.secret_key) < _SHORTEST_KEY:
            raise BadSetting(name="secret_key", wanted="at least 32 characters")
        _check_mail(self)
        if not _are_networks(self.trusted_proxies):
            wanted = "addresses and networks, separated by commas"
            raise BadSetting(name="trusted_proxies", wanted=wanted)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """
        Read `HIREWIRE_*`.

        Raises:
            UnknownSettings: a name means nothing.
            BadSetting: a value is not of its kind.
        """
        known = {f"{PREFIX}{f.name.upper()}": f for f in fields(cls)}
        given = {name: value for name, value in env.items() if name.startswith(PREFIX)}
        if unknown := given.keys() - known.keys():
            raise UnknownSettings(names=tuple(sorted(unknown)))
        values: dict[str, Any] = {
            known[name].name: _read(known[name].name, known[name].type, value)
            for name, value in given.items()
        }
        return cls(**values)

    @property
    def site(self) -> str:
        """The host that ids name: those of nodes, of calendar items and of mails."""
        return urlsplit(self.base_url).hostname or self.host

    @property
    def is_bus_shared(self) -> bool:
        """Whether the bus carries what is told to other processes, too."""
        return not self.bus.startswith("memory:")

    def at(self, host: str, port: int) -> Self:
        """Fill in the URLs that follow from where the server listens."""
        shown = f"[{host}]" if ":" in host else host
        base_url = self.base_url.rstrip("/") or f"http://{shown}:{port}"
        return replace(
            self, host=host, port=port, base_url=base_url, issuer=self.issuer or base_url
        )


_SHORTEST_KEY: Final = 32
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ISSUER: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")


def _check(name: str, value: Any, about: Mapping[str, Any]) -> None:
    if about["among"] and value not in about["among"]:
        raise BadSetting(name=name, wanted=f"one of {', '.join(about['among'])}")
    if about["within"] is not None:
        least, most = about["within"]
        if not least <= value <= most:
            raise BadSetting(name=name, wanted=f"from {least} to {most}")


def _check_mail(settings: Settings) -> None:
    """See that mail can leave as it is meant to, and no password in the clear."""
    if settings.mail_sender and not _is_mailbox(settings.mail_sender):
        raise BadSetting(name="mail_sender", wanted="NAME <ADDRESS>, or an address alone")
    if not settings.mail:
        return
    if not _is_mail_server(settings.mail):
        raise BadSetting(name="mail", wanted="smtp://HOST or smtp://HOST:PORT")
    if not settings.mail_sender:
        raise BadSetting(name="mail_sender", wanted="set where mail is")
    is_near = urlsplit(settings.mail).hostname in _LOOPBACK
    if settings.mail_user and settings.mail_security == "none" and not is_near:
        raise BadSetting(name="mail_security", wanted="starttls or tls for a mail user")


def _is_mail_server(text: str) -> bool:
    try:
        scheme, place, *rest = urlsplit(text)
        is_whole = scheme == "smtp" and rest == ["", "", ""] and "@" not in place
        return is_whole and bool(urlsplit(text).hostname) and urlsplit(text).port != 0
    except ValueError:
        return False


def _is_mailbox(text: str) -> bool:
    local, _, domain = parseaddr(text)[1].rpartition("@")
    return bool(local) and bool(domain) and text.isprintable()


def _are_networks(text: str) -> bool:
    try:
        parse_networks(text)
    except ValueError:
        return False
    return True


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username)
    return parts.scheme in {"http", "https"} and is_place and is_plain


def _is_issuer(text: str) -> bool:
    """RFC 8414, section 2: https, nothing behind the path; http is for one's own machine."""
    if not _is_web_address(text) or not _ISSUER.fullmatch(text):
        return False
    parts = urlsplit(text)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def _read(name: str, kind: Any, text: str) -> object:
    try:
        if kind is bool:
            return _TRUTH[text.lower()]
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}
        raise BadSetting(name=name, wanted=wanted[kind]) from None
    return text


def operators_of(settings: Settings) -> frozenset[str]:
    """Return the keys of the addresses of those who run this server."""
    given = (each.strip() for each in settings.operators.split(","))
    return frozenset(email_key(each) for each in given if each)
