"""
What a contender does when it is told to: run so often, and say what CPU time it took.

Imported by contenders that live in another environment: the standard library only.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

Execute = Callable[[], Awaitable[Any]]
Encode = Callable[[Any], bytes]


def serve(execute: Execute, encode: Encode) -> None:
    """Answer `data N` and `json N` with seconds, and `show` with what is answered."""
    asyncio.run(_serve(execute, encode))


async def _serve(execute: Execute, encode: Encode) -> None:
    print("ready", flush=True)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # As `hirewire.web.server` has it; for all in Python.
    for line in sys.stdin:
        what, _, count = line.strip().partition(" ")
        if what == "show":
            print(json.dumps(json.loads(encode(await execute()))), flush=True)
            continue
        before = time.process_time()
        for _ in range(int(count)):
            # As in a server, an answer is gone before the next is made.
            if what == "json":
                encode(await execute())
            else:
                await execute()
        print(time.process_time() - before, flush=True)
