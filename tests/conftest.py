"""What holds for every test: repeatable properties, no network, and the shared fixtures."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

# In the order of their imports, for pytest rewrites the asserts of what is not imported yet.
pytest_plugins = [
    "tests.fixtures.loopback",
    "tests.fixtures.servers",
    "tests.fixtures.database",
]
