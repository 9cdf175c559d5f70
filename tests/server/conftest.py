"""What tests of several processes share: the settings that each is started with."""

import shutil
from pathlib import Path

import pytest

from hirewire.server.settings import Settings


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """What each process is started with."""
    path = tmp_path / "hirewire.db"
    shutil.copyfile(sqlite_template, path)
    settings = Settings(database=f"sqlite:{path}", secret_key="s" * 32)
    return settings.at("127.0.0.1", 8000)
