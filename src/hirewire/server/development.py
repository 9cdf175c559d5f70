"""What `hirewire dev` sets differently: its own data directory, key, log and access."""

import fcntl
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from hirewire.kit.entropy import SystemEntropy
from hirewire.server.errors import BadDataDirectory, DataDirectoryInUse
from hirewire.server.secrets import own_secret_key
from hirewire.server.settings import ANY_START_H, PREFIX, Settings

LOCK_NAME: Final = "lock"

_OPERATOR: Final = "ada@alpenblick.example"
"""Somebody of the demo world who may see everything."""


def development_settings(settings: Settings, env: Mapping[str, str], data: Path) -> Settings:
    """
    Fill in what *env* does not set: everything lies in *data*, and the log is for people.

    Raises:
        BadDataDirectory: *data* cannot be made or written.
        DataDirectoryInUse: another process develops in it.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock(data)
        secret_key = own_secret_key(data, SystemEntropy())
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadDataDirectory(path=str(data), reason=reason) from error
    ours: dict[str, Any] = {
        "database": f"sqlite:{data / 'hirewire.db'}",
        "secret_key": secret_key,
        "log_format": "pretty",
        "access_log": "all",
        "interview_past_start_h": ANY_START_H,
        "operators": _OPERATOR,
    }
    unset = {
        name: value for name, value in ours.items() if f"{PREFIX}{name.upper()}" not in env
    }
    return replace(settings, **unset)


def lock(data: Path) -> None:
    """
    Keep *data* for this process until it ends.

    Raises:
        DataDirectoryInUse: another one has it.
    """
    handle = os.open(data / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise DataDirectoryInUse(path=str(data)) from None
