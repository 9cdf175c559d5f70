"""What the tests of the console share."""

import pytest

from hirewire.accounts.service import Accounts
from hirewire.kit.entropy import SeededEntropy


@pytest.fixture
def accounts(entropy: SeededEntropy) -> Accounts:
    """The service, with client ids and secrets that are the same in every run."""
    return Accounts(entropy)
