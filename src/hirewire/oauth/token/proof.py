"""Which key the tokens are to be bound to: the DPoP proof of a token request (RFC 9449)."""

from hirewire.oauth.token.exchange import Exchange
from hirewire.oauth.used_ids.service import use_once
from hirewire.web.dpop import BadProof, check_proof, one_proof


async def check_the_proof(x: Exchange) -> None:
    """
    Check the proof if there is one; some apps have to send one.

    Raises:
        BadProof: it is not a good one for this request, or has to be there.
    """
    text = one_proof(x.proofs)
    if text is not None:
        x.proof = check_proof(text, method="POST", url=x.doors.policy.url, now=x.now)
    elif x.app.terms.requires_dpop:
        raise BadProof(reason="This app sends a DPoP proof with each token request.")


async def use_the_proof(x: Exchange) -> None:
    """
    Take the proof as used, whichever server it was sent to.

    Raises:
        BadProof: it was used before.
    """
    if x.proof is not None and not await use_once(x.uow, x.proof.digest, x.proof.until):
        raise BadProof(reason="The DPoP proof was used before.")
