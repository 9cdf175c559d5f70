"""Which key the tokens are to be bound to: the DPoP proof of a token request (RFC 9449)."""

from hirewire.oauth.token.exchange import Exchange
from hirewire.oauth.used_ids.service import use_once
from hirewire.web.dpop import BadProof, check_proof, one_proof


async def check_the_proof(x: Exchange) -> None:
    """
    Check the proof if there is one.

    Raises:
        BadProof: it is not a good one for this request.
    """
    text = one_proof(x.proofs)
    if text is not None:
        x.proof = check_proof(text, method="POST", url=x.doors.policy.url, now=x.now)


async def use_the_proof(x: Exchange) -> None:
    """
    Take the proof as used, whichever server it was sent to; some apps have to send one.

    Raises:
        BadProof: it was used before, or has to be there.
    """
    if x.proof is None and x.app.terms.requires_dpop:
        raise BadProof(reason="This app sends a DPoP proof with each token request.")
    if x.proof is not None and not await use_once(x.uow, x.proof.digest, x.proof.until):
        raise BadProof(reason="The DPoP proof was used before.")
