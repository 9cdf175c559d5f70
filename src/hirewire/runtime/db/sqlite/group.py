"""What units of work share: one COMMIT, and how it went."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from hirewire.runtime.db.unit import UnitOfWork


@dataclass(slots=True)
class Group:
    """
    Units that share one COMMIT, and how many had their turn in it, failed ones too.

    Their *facts* are written together, right before the COMMIT.
    """

    members: list[tuple[UnitOfWork, asyncio.Future[None]]] = field(default_factory=list)
    facts: list[dict[str, object]] = field(default_factory=list)
    turns: int = 0
    is_settling: bool = False

    def join(self, uow: UnitOfWork, facts: Sequence[dict[str, object]]) -> asyncio.Future[None]:
        """
        Add a unit that has done its work, and the *facts* that it told, as rows.

        The future tells how the COMMIT went.
        """
        done = asyncio.get_running_loop().create_future()
        self.members.append((uow, done))
        self.facts += facts
        return done

    def succeed(self) -> None:
        """Tell the members that what they wrote will stay."""
        for _, done in self.members:
            if not done.done():
                done.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Tell the members that nothing of theirs is left."""
        for _, done in self.members:
            if not done.done():
                done.set_exception(error)
