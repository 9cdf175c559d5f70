"""Thousands of drawn documents, each answered by the compiler and by graphql-core."""

import asyncio
import tempfile
from collections import Counter

from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import connect
from tests.web.graphql.drawn import Judge


def check(count: int, seed: int) -> bool:
    """Draw *count* cases from *seed* on; print those that differ, and what the others were."""
    return asyncio.run(_check(count, seed))


async def _check(count: int, first: int) -> bool:
    clock = SystemClock()
    new_id = IdMaker(clock, SystemEntropy()).new
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        database = await connect(f"sqlite:{folder}/bench.db", clock=clock, new_id=new_id)
        await database.migrate()
        judge = Judge(database)
        for seed in range(first, first + count):
            case = judge.draw(seed)
            answers = await judge.hear(case)
            if answers is None:
                found["not valid"] += 1
            elif answers.ours != answers.theirs:
                found["different"] += 1
                print(f"seed {seed}: {case.text} {case.variables}")
                print(f"  compiled     {answers.ours}\n  graphql-core {answers.theirs}")
            else:
                found[" and ".join(sorted(set(answers.reasons))) or "compiled"] += 1
        await database.close()
    for what, times in found.most_common():
        print(f"{what:34}{times:12,}")
    return not found["different"]
