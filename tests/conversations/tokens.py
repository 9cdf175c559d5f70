"""Access tokens for tests: really signed, and really verified."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey

from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.web.bearer import TokenClaims, TokenVerifier, VerifyingKey

ISSUER: Final = "https://hirewire.test"
KEY_ID: Final = "test-key"


@dataclass(slots=True)
class Tokens:
    """Signs with a key of its own."""

    clock: Clock
    _key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    def verifier(self) -> TokenVerifier:
        """Make what an endpoint asks about tokens."""
        known = {KEY_ID: VerifyingKey("ES256", self._key)}
        return TokenVerifier(known.get, ISSUER, self.clock)

    def sign(self, caller: Caller) -> str:
        """Write down who *caller* is."""
        sub = f"user:{caller.person_id}" if caller.person_id else f"app:{caller.app_id}"
        issued_s = int(self.clock.now().timestamp())
        claims = TokenClaims(
            iss=ISSUER,
            sub=sub,
            azp=caller.app_id,
            scope=" ".join(sorted(caller.scopes)),
            iat=issued_s,
            exp=int(caller.expires_at.timestamp()),
            jti=UUID(int=issued_s).hex,
            emp=caller.employer_id.hex if caller.employer_id else None,
        )
        header = {"alg": "ES256", "kid": KEY_ID, "typ": "at+jwt"}
        return jws.serialize_compact(header, msgspec.json.encode(claims), self._key)

    def bearer(self, caller: Caller) -> dict[str, str]:
        """Write the header that *caller* sends."""
        return {"Authorization": f"Bearer {self.sign(caller)}"}
