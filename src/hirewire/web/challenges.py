"""The `WWW-Authenticate` of an API that answers 401 and 403 (RFC 6750, RFC 9449)."""

from collections.abc import Sequence
from typing import Final

from hirewire.kit.caller import MissingScope, TokenFault, Unauthenticated
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web.dpop import ALGORITHMS

_ALGORITHMS: Final = f'algs="{" ".join(ALGORITHMS)}"'


def challenge(refusal: HirewireError, authorization: Sequence[str]) -> str | None:
    """
    Say which token would have been a good one, None where no token would have been.

    *authorization* are the headers of the request that was refused. A request that brought no
    token is told no error (RFC 6750, section 3.1).
    """
    if isinstance(refusal, Unauthenticated):
        if refusal.fault is TokenFault.NO_TOKEN:
            return f"Bearer, DPoP {_ALGORITHMS}"
        is_proof = refusal.fault is TokenFault.BAD_PROOF
        error = "invalid_dpop_proof" if is_proof else "invalid_token"
        return _spelled(error, str(refusal), uses_dpop=_uses_dpop(authorization))
    if refusal.kind is Kind.FORBIDDEN:
        uses_dpop = _uses_dpop(authorization)
        spelled = _spelled("insufficient_scope", str(refusal), uses_dpop=uses_dpop)
        if isinstance(refusal, MissingScope):
            return f'{spelled}, scope="{refusal.scope}"'
        return spelled
    return None


def _spelled(error: str, description: str, *, uses_dpop: bool) -> str:
    said = f'error="{error}", error_description="{description}"'
    return f"DPoP {said}, {_ALGORITHMS}" if uses_dpop else f"Bearer {said}"


def _uses_dpop(authorization: Sequence[str]) -> bool:
    return bool(authorization) and authorization[0].strip().lower().startswith("dpop")
