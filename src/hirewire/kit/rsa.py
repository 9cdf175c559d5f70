"""
RSA keys: the one draw of randomness that OpenSSL makes for itself.

Two primes cannot be derived from an `Entropy` with code that anyone should trust, and so a key
is not the same for the same seed. Whoever has to repeat one hands in another `MakeRsaKey`.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

MakeRsaKey: TypeAlias = Callable[[], bytes]
"""Makes a private key, as PKCS 8 in DER; may take a tenth of a second of its thread."""

_BITS: Final = 2048
_EXPONENT: Final = 65_537


def new_rsa_key() -> bytes:
    """Draw a private key of 2048 bits, the size that RFC 7518, section 3.3, asks for."""
    key = rsa.generate_private_key(_EXPONENT, _BITS)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
