"""Who is calling: an app, for a person or for itself, representing an employer or none."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind


class TokenFault(StrEnum):
    """What a call lacks that carries no valid access token."""

    NO_TOKEN = "no_token"  # noqa: S105 - a fault's name
    BAD_TOKEN = "bad_token"  # noqa: S105 - a fault's name
    BAD_PROOF = "bad_proof"


@dataclass(eq=False)
class Unauthenticated(HirewireError):
    """A call carries no valid access token."""

    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    code: ClassVar[str] = "auth.unauthenticated"

    reason: str
    fault: TokenFault = TokenFault.BAD_TOKEN

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class MissingScope(HirewireError):
    """The access token lacks a scope that the call needs."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "auth.missing_scope"

    scope: str

    def __str__(self) -> str:
        return f"Required scopes missing: {self.scope}"


@dataclass(eq=False)
class NoEmployer(HirewireError):
    """The access token represents no employer, and the call needs one."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "auth.no_employer"

    def __str__(self) -> str:
        return (
            "The access token represents no employer: request it with the employer parameter."
        )


@dataclass(eq=False)
class NoPerson(HirewireError):
    """The access token is an app's own, and the call is about a person."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "auth.no_person"

    def __str__(self) -> str:
        return "The access token speaks of no person: use one that a person granted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """
    What a verified access token says.

    *app_id* is the OAuth client id; *person_id* is None for a two-legged token;
    *employer_id* is the employer that the token represents, if any. Whichever of *token_ids*
    is revoked, the token itself, its family or its grant, it is good no more.
    """

    app_id: str
    scopes: frozenset[str]
    expires_at: datetime
    person_id: UUID | None = None
    employer_id: UUID | None = None
    token_ids: frozenset[UUID] = field(default=frozenset(), compare=False, repr=False)

    def needs(self, scope: str) -> None:
        """
        Insist on *scope*.

        Raises:
            MissingScope: the token was not granted it.
        """
        if scope not in self.scopes:
            raise MissingScope(scope=scope)

    def employer(self, scope: str) -> UUID:
        """
        Insist on *scope*, and on an employer that the token represents; return the employer.

        Raises:
            MissingScope: the token was not granted *scope*.
            NoEmployer: the token represents none.
        """
        self.needs(scope)
        if self.employer_id is None:
            raise NoEmployer
        return self.employer_id
