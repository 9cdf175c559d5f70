"""Gives the conformance tests a provider of their own, on a copy of one prepared file."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from hirewire.kit.clock import MovableClock
from tests.conformance.parties import Party, Prover, StrictParty
from tests.conformance.world import Provider, World, build_world, running_provider


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file with a world in it."""

    path: Path
    world: World


@pytest.fixture(scope="session")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Keys and a password's hash take long to make: all tests share them."""
    path = tmp_path_factory.mktemp("conformance") / "prepared.db"
    shutil.copyfile(sqlite_template, path)
    with ThreadPoolExecutor(1) as thread:
        world = thread.submit(asyncio.run, build_world(path)).result()
    return Prepared(path, world)


@pytest.fixture
async def provider(
    prepared: Prepared, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Provider]:
    """A provider that nobody has used yet."""
    path = tmp_path / "provider.db"
    shutil.copyfile(prepared.path, path)
    async with running_provider(path, prepared.world, clock) as provider:
        yield provider


@pytest.fixture
def rp(provider: Provider) -> Party:
    """A standard client with a secret."""
    return Party(provider, provider.world.web)


@pytest.fixture
def other_rp(provider: Provider) -> Party:
    """Another one."""
    return Party(provider, provider.world.other)


@pytest.fixture
def strict_rp(provider: Provider) -> Party:
    """A client as FAPI 2.0 has it."""
    return Party(provider, provider.world.strict)


@pytest.fixture
def strict(strict_rp: Party) -> StrictParty:
    """The same with a key for its proofs."""
    return StrictParty(strict_rp, Prover(strict_rp.provider))


@pytest.fixture
def public(provider: Provider) -> Party:
    """An app that keeps no secret."""
    return Party(provider, provider.world.public)
