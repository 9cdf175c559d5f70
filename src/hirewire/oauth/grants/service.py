"""What can be done with grants: the one door to codes, refresh tokens and revocation."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.model import App, GrantType
from hirewire.kit.entropy import Entropy
from hirewire.oauth.errors import GrantFault, UnknownGrant
from hirewire.oauth.facts import (
    CodeReused,
    GrantChanged,
    GrantGiven,
    GrantRevoked,
    RefreshTokenReused,
)
from hirewire.oauth.grants import store
from hirewire.oauth.grants.model import (
    Because,
    CodeRequest,
    Consumed,
    Family,
    Grant,
    GrantPolicy,
    IssuedCode,
    Redeemed,
    Refreshed,
    RefreshToken,
    Refused,
    Standing,
    answers_challenge,
)
from hirewire.oauth.grants.texts import (
    digest,
    family_of,
    new_code,
    new_refresh_token,
    open_successor,
    seal_successor,
)
from hirewire.oauth.redirect_uris import is_registered
from hirewire.oauth.revoked import revoke
from hirewire.oauth.scopes import OFFLINE_ACCESS, spell
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

LONGEST_LIST: Final = 1000

_SPARE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A refresh token that an app shows, and the key it proves that it holds, if any."""

    app: App
    token: str = field(repr=False)
    digest: bytes = field(repr=False)
    proof_key: str | None


@dataclass(frozen=True, slots=True)
class Grants:
    """
    The front door to what people allow apps; *entropy* draws codes and refresh tokens.

    What proves to be no good is returned as `Refused`, not raised: a reused code or token has
    revoked its family by then, and that is to be committed.
    """

    entropy: Entropy
    policy: GrantPolicy = field(default_factory=GrantPolicy)

    async def remembered(self, reader: Reader, person_id: UUID, app_id: str) -> Grant | None:
        """Find what a person allows an app, if anything."""
        return await store.live_grant(reader, person_id, app_id)

    async def grants_of_person(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[Grant]:
        """List what a person allows which apps, the newest first."""
        return await store.grants_of_person(reader, person_id, limit)

    async def refresh_token(self, reader: Reader, text: str) -> RefreshToken | None:
        """Find a refresh token that is good at *reader*'s moment, whatever its age."""
        family_id = family_of(text)
        found = None if family_id is None else await store.standing(reader, family_id)
        if found is None or found.expires_at is None or not _is_current(found, digest(text)):
            return None
        if _revoked(found) is not None:
            return None
        return RefreshToken(family=_narrowed(found), expires_at=found.expires_at)

    async def allow(
        self,
        uow: UnitOfWork,
        person_id: UUID,
        app: App,
        scopes: frozenset[str],
        *,
        refused: frozenset[str] = frozenset(),
    ) -> Grant:
        """
        Let *app* have exactly *scopes* for a person from now on; saying so again is free.

        What they *refused* is remembered, for the next time that they are asked.
        """
        known = await store.live_grant(uow, person_id, app.id)
        if known is not None and (known.scopes, known.refused) == (scopes, refused):
            return known
        if known is not None and await store.change_grant(uow, known.id, scopes, refused):
            if known.scopes == scopes:
                return replace(known, refused=refused)
            uow.tell(
                GrantChanged(
                    employer_id=None,
                    grant_id=known.id,
                    person_id=person_id,
                    app_id=app.id,
                    scope=spell(scopes),
                )
            )
            return replace(known, scopes=scopes, refused=refused, changed_at=uow.now)
        return await self._give(uow, person_id, app, scopes, refused)

    async def issue_code(self, uow: UnitOfWork, asked: CodeRequest) -> str:
        """Begin a family, and return the text of its code."""
        text = new_code(self.entropy)
        await store.add_family(
            uow,
            uow.new_id(),
            asked,
            code_digest=digest(text),
            code_expires_at=uow.now + self.policy.code_lifetime,
            kept_until=uow.now + self.policy.refresh_lifetime + _SPARE,
        )
        return text

    async def redeem_code(
        self,
        uow: UnitOfWork,
        *,
        app: App,
        code: str,
        redirect_uri: str | None,
        code_verifier: str | None,
        proof_key: str | None,
    ) -> Redeemed | Refused:
        """
        Take a code for the tokens of its family, once (RFC 6749, section 4.1.2).

        A second time revokes them all. The first one supersedes the refresh tokens that the
        app had for the person before.
        """
        code_digest = digest(code)
        await store.lock_grant_of_code(uow, code_digest)
        issued = await store.code(uow, code_digest)
        if issued is None:
            return Refused(GrantFault.UNKNOWN_CODE)
        if issued.family.app_id != app.id:
            return Refused(GrantFault.OTHER_APPS_CODE)
        if issued.redeemed_at is not None:
            await self._reused(uow, app, issued.family, Because.CODE_REUSED)
            return Refused(GrantFault.USED_CODE)
        fault = (
            _revoked(issued)
            or (GrantFault.EXPIRED_CODE if issued.expires_at <= uow.now else None)
            or _mismatch(issued, app, redirect_uri, code_verifier)
            or _wrong_key_for_code(issued.family, proof_key)
        )
        if fault is not None:
            return Refused(fault)
        return await self._redeem(uow, app, issued, proof_key)

    async def refresh(
        self, uow: UnitOfWork, *, app: App, token: str, proof_key: str | None
    ) -> Refreshed | Refused:
        """
        Take a refresh token for one more turn (RFC 6749, section 6; RFC 9700, section 4.14).

        With rotation the token is consumed, and the family goes on with its successor. The
        same token gets the same successor for a moment; later it revokes the family.
        """
        family_id = family_of(token)
        standing = None if family_id is None else await store.lock_standing(uow, family_id)
        if standing is None:
            return Refused(GrantFault.UNKNOWN_REFRESH_TOKEN)
        shown = Shown(app, token, digest(token), proof_key)
        if _is_current(standing, shown.digest):
            return await self._turn(uow, standing, shown)
        consumed = await store.consumed(uow, standing.family.id, shown.digest)
        if consumed is None:
            return Refused(GrantFault.UNKNOWN_REFRESH_TOKEN)
        return await self._turn_again(uow, standing, consumed, shown)

    async def represent(self, uow: UnitOfWork, family: Family, employer_id: UUID) -> None:
        """Remember which employer a family's last token represents."""
        if family.employer_id != employer_id:
            await store.represent(uow, family.id, employer_id)

    async def revoke_grant(self, uow: UnitOfWork, person_id: UUID, grant_id: UUID) -> None:
        """
        Take back all that a person allowed an app; its tokens are good no more.

        Raises:
            UnknownGrant: it is not theirs, or was taken back before.
        """
        app_id = await store.end_grant(uow, person_id, grant_id)
        if app_id is None:
            raise UnknownGrant(grant_id=grant_id)
        await store.end_families_of_grant(uow, grant_id)
        await revoke(uow, [grant_id])
        uow.tell(
            GrantRevoked(
                employer_id=None, grant_id=grant_id, person_id=person_id, app_id=app_id
            )
        )

    async def revoke_family(self, uow: UnitOfWork, family_id: UUID, because: Because) -> bool:
        """Let nothing of a family be good any more; False where nothing was left to revoke."""
        if not await store.end_family(uow, family_id, because):
            return False
        await revoke(uow, [family_id])
        return True

    async def revoke_refresh_token(self, uow: UnitOfWork, *, app: App, token: str) -> bool:
        """
        Revoke the family of one of *app*'s refresh tokens, current or rotated away.

        RFC 7009, section 2.1: access tokens of the same authorization go with it. False means
        that it is no refresh token of the app's, or was revoked before.
        """
        family_id = family_of(token)
        standing = None if family_id is None else await store.lock_standing(uow, family_id)
        if standing is None or standing.family.app_id != app.id:
            return False
        is_ours = _is_current(standing, digest(token)) or await store.consumed(
            uow, standing.family.id, digest(token)
        )
        if not is_ours:
            return False
        return await self.revoke_family(uow, standing.family.id, Because.TOKEN_REVOKED)

    async def _give(
        self,
        uow: UnitOfWork,
        person_id: UUID,
        app: App,
        scopes: frozenset[str],
        refused: frozenset[str],
    ) -> Grant:
        grant = Grant(
            id=uow.new_id(),
            person_id=person_id,
            app_id=app.id,
            scopes=scopes,
            refused=refused,
            granted_at=uow.now,
            changed_at=uow.now,
        )
        await store.add_grant(uow, grant)
        # Of two who allow the same app at once, the second finds the first one's grant.
        given = await store.live_grant(uow, person_id, app.id) or grant
        uow.tell(
            GrantGiven(
                employer_id=None,
                grant_id=given.id,
                person_id=person_id,
                app_id=app.id,
                scope=spell(scopes),
            )
        )
        return given

    async def _redeem(
        self, uow: UnitOfWork, app: App, issued: IssuedCode, proof_key: str | None
    ) -> Redeemed:
        family = replace(
            issued.family,
            scopes=issued.family.scopes & (issued.grant_scopes or frozenset()),
            proof_key=proof_key,
        )
        is_lasting = OFFLINE_ACCESS in family.scopes
        has_refresh = is_lasting and GrantType.REFRESH_TOKEN in app.grant_types
        text = new_refresh_token(self.entropy, family.id) if has_refresh else None
        await store.supersede(uow, family.grant_id, family.id)
        await store.redeem(
            uow,
            family.id,
            proof_key=proof_key,
            refresh_digest=None if text is None else digest(text),
            refresh_expires_at=uow.now + self.policy.refresh_lifetime,
        )
        return Redeemed(family, text)

    async def _turn(
        self, uow: UnitOfWork, standing: Standing, shown: Shown
    ) -> Refreshed | Refused:
        """Give a family's current token its turn."""
        family = standing.family
        fault = (
            _foreign(family, shown)
            or _revoked(standing)
            or _expired(standing, uow.now)
            or _wrong_key_for_refresh(family, shown)
        )
        if fault is not None:
            return Refused(fault)
        next_text, next_digest = shown.token, shown.digest
        if _rotates(shown.app):
            next_text = new_refresh_token(self.entropy, family.id)
            next_digest = digest(next_text)
            sealed = seal_successor(shown.token, next_text)
            await store.consume(uow, family.id, shown.digest, sealed)
        await self._prolong(uow, standing, next_digest)
        return Refreshed(_narrowed(standing), next_text)

    async def _prolong(
        self, uow: UnitOfWork, standing: Standing, refresh_digest: bytes
    ) -> None:
        """Prolong a family; how long its row is kept changes once a day, as it has an index."""
        expires_at = uow.now + self.policy.refresh_lifetime
        family_id, before = standing.family.id, standing.expires_at
        await store.prolong(uow, family_id, refresh_digest, expires_at)
        if before is None or before.date() != expires_at.date():
            await store.keep(uow, family_id, expires_at + _SPARE)

    async def _turn_again(
        self, uow: UnitOfWork, standing: Standing, consumed: Consumed, shown: Shown
    ) -> Refreshed | Refused:
        """Answer a token that was rotated away: an echo within the grace, an alarm beyond."""
        family = standing.family
        fault = _foreign(family, shown) or _revoked(standing)
        if fault is not None:
            return Refused(fault)
        sealed = consumed.sealed_successor
        if sealed is None or uow.now >= consumed.consumed_at + self.policy.refresh_grace:
            await self._reused(uow, shown.app, family, Because.TOKEN_REUSED)
            return Refused(GrantFault.REUSED_REFRESH_TOKEN)
        fault = _wrong_key_for_refresh(family, shown)
        if fault is not None:
            return Refused(fault)
        return Refreshed(_narrowed(standing), open_successor(shown.token, sealed))

    async def _reused(
        self, uow: UnitOfWork, app: App, family: Family, because: Because
    ) -> None:
        """Revoke a family of which something came twice, and tell the app's owner."""
        fact = CodeReused if because is Because.CODE_REUSED else RefreshTokenReused
        if await self.revoke_family(uow, family.id, because):
            uow.tell(
                fact(
                    employer_id=app.owner_employer_id,
                    family_id=family.id,
                    person_id=family.person_id,
                    app_id=app.id,
                )
            )


def _rotates(app: App) -> bool:
    """An app that cannot prove itself always rotates (RFC 9700, section 2.2.2)."""
    return app.terms.rotates_refresh_tokens or app.terms.is_public


def _is_current(standing: Standing, token_digest: bytes) -> bool:
    current = standing.refresh_digest
    return current is not None and hmac.compare_digest(current, token_digest)


def _narrowed(found: Standing) -> Family:
    """What the person took back since is gone from the family's scopes, too."""
    family, allowed = found.family, found.grant_scopes or frozenset()
    if family.scopes <= allowed:
        return family
    return replace(family, scopes=family.scopes & allowed)


def _foreign(family: Family, shown: Shown) -> GrantFault | None:
    is_foreign = family.app_id != shown.app.id
    return GrantFault.OTHER_APPS_REFRESH_TOKEN if is_foreign else None


def _expired(standing: Standing, now: datetime) -> GrantFault | None:
    is_good = standing.expires_at is not None and now < standing.expires_at
    return None if is_good else GrantFault.EXPIRED_REFRESH_TOKEN


def _revoked(found: Standing | IssuedCode) -> GrantFault | None:
    because = found.family.revoked_because
    if because is Because.SUPERSEDED:
        return GrantFault.SUPERSEDED
    if because is not None or found.grant_scopes is None:
        return GrantFault.REVOKED
    return None


def _mismatch(
    issued: IssuedCode, app: App, redirect_uri: str | None, verifier: str | None
) -> GrantFault | None:
    """
    Compare what the code was asked for with, and what it is redeemed with.

    A redirect URI that the app has given up since is nowhere that its codes still come to. A
    verifier without a challenge is what a downgrade looks like (RFC 9700, section 4.8.2).
    """
    is_same = redirect_uri == issued.redirect_uri
    if not is_same or not is_registered(issued.redirect_uri, app.redirect_uris):
        return GrantFault.OTHER_REDIRECT_URI
    if issued.code_challenge is None:
        has_lost_it = verifier is not None or app.terms.is_public
        return GrantFault.MISSING_CHALLENGE if has_lost_it else None
    if verifier is None:
        return GrantFault.MISSING_VERIFIER
    if not answers_challenge(issued.code_challenge, verifier):
        return GrantFault.WRONG_VERIFIER
    return None


def _wrong_key_for_code(family: Family, proof_key: str | None) -> GrantFault | None:
    """A code is bound to the key that its request named (RFC 9449, section 10)."""
    is_wrong = family.proof_key is not None and family.proof_key != proof_key
    return GrantFault.OTHER_PROOF_KEY if is_wrong else None


def _wrong_key_for_refresh(family: Family, shown: Shown) -> GrantFault | None:
    """
    A public app's refresh token is bound to its key (RFC 9449, section 5).

    A confidential app may change its key, as its own proof of itself binds the token, but
    does not go back from proofs to none.
    """
    if family.proof_key is None or family.proof_key == shown.proof_key:
        return None
    is_free_to_change = shown.proof_key is not None and not shown.app.terms.is_public
    return None if is_free_to_change else GrantFault.OTHER_PROOF_KEY
