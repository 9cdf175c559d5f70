"""DPoP proofs for tests: good ones, and ones with a single fault."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from hirewire.kit.clock import Clock

Key = ECKey | OKPKey | OctKey | RSAKey

HEADER: Final = {"alg": "ES256", "typ": "dpop+jwt"}


@dataclass(slots=True)
class Prover:
    """Who holds a key, and proves it."""

    clock: Clock
    key: ECKey | OKPKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def thumbprint(self) -> str:
        """What tokens are bound to."""
        return self.key.thumbprint()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key, as a header carries it."""
        return dict(self.key.as_dict(private=False))

    def claims(
        self, method: str, url: str, token: str | None = None, **changes: object
    ) -> dict[str, object]:
        """The claims of a good proof; a change to None leaves one out."""
        good: dict[str, object] = {
            "jti": f"proof-{next(self._numbers)}",
            "htm": method,
            "htu": url,
            "iat": int(self.clock.now().timestamp()),
            "ath": None if token is None else digest(token),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def prove(self, method: str, url: str, token: str | None = None, **changes: object) -> str:
        """Sign a proof of *method* and *url*."""
        return self.sign(self.claims(method, url, token, **changes))

    def sign(
        self,
        claims: object,
        header: dict[str, Any] | None = None,
        key: Key | None = None,
    ) -> str:
        """Sign claims as given, under a *header* that says something else, by another *key*."""
        whole = HEADER | {"jwk": self.jwk} | (header or {})
        whole = {name: value for name, value in whole.items() if value is not None}
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        signed = f"{segment(whole)}.{segment(payload)}"
        sign = JWSRegistry.algorithms[whole["alg"]].sign
        return f"{signed}.{segment(sign(signed.encode(), key or self.key))}"


def digest(token: str) -> str:
    """Digest a token as `ath` has it."""
    return segment(hashlib.sha256(token.encode()).digest())


def segment(content: object) -> str:
    """Encode one part of a JWS by hand."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")
