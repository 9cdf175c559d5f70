"""The development server's own secret key."""

import stat
from pathlib import Path

from hirewire.kit.entropy import SeededEntropy
from hirewire.server.secrets import own_secret_key


class TestOwnSecretKey:
    def test_makes_one_key_and_keeps_it(self, tmp_path: Path) -> None:
        """
        The second start finds the first start's key.
        """
        first = own_secret_key(tmp_path, SeededEntropy(1))

        second = own_secret_key(tmp_path, SeededEntropy(2))

        assert second == first
        assert len(first) == 44

    def test_lets_only_its_owner_read_it(self, tmp_path: Path) -> None:
        """
        The file is readable by nobody else.
        """
        own_secret_key(tmp_path, SeededEntropy(1))

        mode = stat.S_IMODE((tmp_path / "secret.key").stat().st_mode)

        assert mode == 0o600
