"""
Why an authorization request is refused.

What is named `oauth.` reaches the app at its redirect URI under that name (RFC 6749, section
4.1.2.1; OpenID Connect Core, section 3.1.2.6); what is named `authorize.` is shown to the
person, as no redirect URI has been proven, or nobody would learn anything by a redirect.
"""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class UnknownClient(HirewireError):
    """No app has the client id of an authorization request."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "authorize.unknown_app"

    def __str__(self) -> str:
        return "The client_id names no app."


@dataclass(eq=False)
class UnregisteredRedirectUri(HirewireError):
    """The redirect URI is none of those that the app registered, character by character."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "authorize.unregistered_redirect_uri"

    def __str__(self) -> str:
        return "The redirect_uri is not one of those that the app registered."


@dataclass(eq=False)
class PushedRequestGone(HirewireError):
    """A pushed request was used, has expired, never was, or is another app's."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "authorize.pushed_request_gone"

    def __str__(self) -> str:
        return "The request_uri was used already, has expired, or is not this app's."


@dataclass(eq=False)
class InteractionOver(HirewireError):
    """An interaction is finished or expired, or belongs to another browser."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "authorize.over"

    def __str__(self) -> str:
        return (
            "This page was answered already, has expired, or was opened in another browser. "
            "Go back to the app and start again."
        )


@dataclass(eq=False)
class AccessDenied(HirewireError):
    """The person said no."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "oauth.access_denied"

    def __str__(self) -> str:
        return "The person cancelled the request."


@dataclass(eq=False)
class UnsupportedResponseType(HirewireError):
    """An app asked for something other than a code."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.unsupported_response_type"

    def __str__(self) -> str:
        return "The response_type is not code."


@dataclass(eq=False)
class RequestNotSupported(HirewireError):
    """The parameters came in a request object (RFC 9101), which nobody here reads."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.request_not_supported"

    def __str__(self) -> str:
        return "The request parameter is not supported."


@dataclass(eq=False)
class RequestUriNotSupported(HirewireError):
    """The parameters lie at a URI that is no pushed request's."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.request_uri_not_supported"

    def __str__(self) -> str:
        return "The request_uri is not one that a pushed request was given."


@dataclass(eq=False)
class LoginRequired(HirewireError):
    """The person has to sign in, and may not be asked to, or signed in as somebody else."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.login_required"

    def __str__(self) -> str:
        return "The person has to sign in."


@dataclass(eq=False)
class ConsentRequired(HirewireError):
    """The person has to consent, and may not be asked to."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.consent_required"

    def __str__(self) -> str:
        return "The person has to consent."


@dataclass(eq=False)
class AccountSelectionRequired(HirewireError):
    """The person has to pick an employer, and may not be asked to."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.account_selection_required"

    def __str__(self) -> str:
        return "The person has to pick an employer."
