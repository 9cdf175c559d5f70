"""What holds for every test: repeatable properties, no network, and the shared fixtures."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.loopback",
    "tests.fixtures.servers",
]
