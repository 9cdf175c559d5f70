"""RSA keys that OpenSSL draws."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from hirewire.kit.rsa import new_rsa_key


class TestNewRsaKey:
    def test_is_large_enough_and_new(self) -> None:
        """
        Each key has 2048 bits and the exponent that everyone expects, and no two are alike.
        """
        texts = [new_rsa_key() for _ in range(2)]

        key = load_der_private_key(texts[0], None)
        assert isinstance(key, RSAPrivateKey)
        assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65_537)
        assert texts[0] != texts[1]
