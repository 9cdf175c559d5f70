"""The servers, the Node process and the people of the client tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.driver import Driver, running_driver
from tests.clients.person import Person
from tests.clients.servers import Server, running_control, running_hirewire


@pytest.fixture(scope="session")
def control() -> Iterator[Server]:
    """The server that is known to be right."""
    with running_control() as server:
        yield server


@pytest.fixture(scope="session")
def hirewire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our program, with the demo world."""
    with running_hirewire(tmp_path_factory.mktemp("clients")) as server:
        yield server


@pytest.fixture
def fresh_hirewire(tmp_path: Path) -> Iterator[Server]:
    """Our program for one test, which may move its clock."""
    with running_hirewire(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def node() -> Iterator[Driver]:
    """The process of the clients that Node runs."""
    with running_driver() as driver:
        yield driver


@pytest.fixture
def person() -> Iterator[Person]:
    """Someone with a browser that knows nothing yet."""
    someone = Person()
    yield someone
    someone.close()
