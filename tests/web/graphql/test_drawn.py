"""Tests of compiled answers on drawn documents: graphql-core, left to itself, is the oracle."""

import gc
from collections import Counter

import pytest

from hirewire.runtime.db.database import Database
from tests.web.graphql.drawn import Judge

# graphql-core drops what it has begun when a field beside it fails; where that is collected
# inside a named tuple's `__new__`, which has no builtins, the warning itself cannot be raised.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def judge(sqlite_database: Database) -> Judge:
    """Who lets both answer."""
    return Judge(sqlite_database)


class TestDrawnDocuments:
    @pytest.mark.fidelity("graphql.compiled.as-graphql-core")
    @pytest.mark.parametrize("first", range(0, 400, 50))
    async def test_are_answered_as_graphql_core_does(self, judge: Judge, first: int) -> None:
        """Data, its order, and each error's message, path and places are the same."""
        found: Counter[str] = Counter()

        for seed in range(first, first + 50):
            answers = await judge.hear(judge.draw(seed))
            if answers is not None:
                assert answers.ours == answers.theirs, f"seed {seed}"
                found["answered"] += 1
                found["compiled"] += not answers.reasons

        gc.collect()
        assert found["answered"] > 25
        assert found["compiled"] > 10

    @pytest.mark.fidelity("graphql.compiled.resolved-once")
    async def test_ask_each_root_field_once(self, judge: Judge) -> None:
        """Where graphql-core completes an answer that failed, nothing is resolved twice."""
        failed = 0

        for seed in range(400, 500):
            case = judge.draw(seed)
            answers = await judge.hear(case)
            if answers is not None and "failed" in answers.reasons:
                failed += 1
                ours = answers.asked
                # graphql-core's own run, by itself, asked as often as ours did.
                assert case.world.asked == Counter({name: 2 * ours[name] for name in ours})

        gc.collect()
        assert failed > 5
