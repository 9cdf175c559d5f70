"""The development server's own secret key: made once, kept beside its data."""

from base64 import urlsafe_b64encode
from pathlib import Path

from hirewire.kit.entropy import Entropy

FILE_NAME = "secret.key"


def own_secret_key(folder: Path, entropy: Entropy) -> str:
    """Read the key that *folder* holds, or make one that only its owner can read."""
    path = folder / FILE_NAME
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    key = urlsafe_b64encode(entropy.token(32)).decode("ascii")
    path.touch(mode=0o600)
    path.write_text(key + "\n", encoding="ascii")
    return key
