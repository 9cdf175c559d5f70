"""
Gaps: places in lists where an error stands for an object that may be null.

They are common where objects are asked for by their ids, and no reason to complete all the
others once more: the place is null, and the error is told as graphql-core would.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError, located_error

Note = Callable[[Any, Any, list[Any]], bool]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why there is nothing at *index* of *answers*, which the field of *nodes* comes to."""

    answers: list[Any]
    index: int
    error: Exception
    nodes: Sequence[FieldNode]


def noter(nodes: Sequence[FieldNode], learn: Callable[[Any], None]) -> Note:
    """Make what looks at an item of a list, of a class that *learn* does not know yet."""

    def note(value: Any, context: Any, answers: list[Any]) -> bool:
        """Tell whether *value* is an error, which leaves a gap at the end of *answers*."""
        if not isinstance(value, Exception):
            learn(value)
            return False
        context.gaps.append(Gap(answers, len(answers), value, nodes))
        return True

    return note


def errors_of(gaps: Sequence[Gap], key: str, answer: Any) -> list[GraphQLError] | None:
    """
    Tell of *gaps* in the *answer* under *key*; None where they are not all in one list.

    In one list their order is that of their places. In several it is that in which
    graphql-core completes them, which is its own matter.
    """
    answers = gaps[0].answers
    if any(gap.answers is not answers for gap in gaps):
        return None
    path = next(_ways(answer, answers, [key]))
    return [located_error(gap.error, gap.nodes, [*path, gap.index]) for gap in gaps]


def _ways(
    answer: dict[str, Any] | list[Any], target: list[Any], way: list[str | int]
) -> Iterator[list[str | int]]:
    """Follow the *way* to *answer*, and on to *target*, which is in it."""
    if answer is target:
        yield way
        return
    pairs: Iterable[tuple[str | int, Any]]
    pairs = answer.items() if isinstance(answer, dict) else enumerate(answer)
    for key, below in pairs:
        if isinstance(below, dict | list):
            yield from _ways(below, target, [*way, key])
