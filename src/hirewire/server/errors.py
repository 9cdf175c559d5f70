"""Why the program cannot start."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class AddressInUse(HirewireError):
    """The address to listen on cannot be had."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "server.address_unavailable"

    host: str
    port: int
    reason: str

    def __str__(self) -> str:
        return f"Cannot listen on {self.host}:{self.port}: {self.reason}."


@dataclass(eq=False)
class BadDataDirectory(HirewireError):
    """The data directory cannot be made or written."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "server.bad_data_directory"

    path: str
    reason: str

    def __str__(self) -> str:
        return f"The data directory {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class DataDirectoryInUse(HirewireError):
    """Another process has the data directory."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "server.data_directory_in_use"

    path: str

    def __str__(self) -> str:
        return f"Another hirewire runs in {self.path}: stop it, or name another with --data."


@dataclass(eq=False)
class NoSecretKey(HirewireError):
    """Serving needs the key that seals signing keys, and none is set."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "server.no_secret_key"

    def __str__(self) -> str:
        return "Set HIREWIRE_SECRET_KEY to at least 32 random characters, and keep it safe."


@dataclass(eq=False)
class BadArgument(HirewireError):
    """An option of the command line is not of its kind."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "cli.bad_argument"

    option: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.option} takes {self.wanted}."


@dataclass(eq=False)
class ListeningRefused(HirewireError):
    """A server will not let `hirewire listen` hear anything, however often it asks."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "cli.listening_refused"

    status: int
    said: str

    def __str__(self) -> str:
        return f"The server refuses with {self.status}: {self.said}"
