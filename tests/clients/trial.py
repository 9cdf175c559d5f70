"""Tries what a client does on both servers, on the control first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.clients.driver import Driver
from tests.clients.person import Person
from tests.clients.servers import Server


@dataclass(frozen=True, slots=True)
class Trial:
    """
    Scenarios of a client that Node runs.

    A scenario is run at hirewire only after what it found at the control was looked at, so
    that one which fails there says nothing about hirewire.
    """

    client: str
    node: Driver
    servers: tuple[Server, Server]

    def of(self, scenario: str, **habits: Any) -> Iterator[tuple[str, Any]]:
        """Run *scenario* with a new person of these *habits*; yield where and what it found."""
        for server in self.servers:
            person = Person(**habits)
            try:
                yield server.name, self.node.run(self.client, scenario, server, person)
            finally:
                person.close()
