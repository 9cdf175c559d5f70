"""The examples of docs/apis/conversations.md: they run, and answer what the page shows."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from hirewire.accounts.model import RegisterPerson, Role
from hirewire.conversations.model import ParticipantRole
from hirewire.kit.clock import MovableClock
from tests.conversations.acts import hear, say
from tests.conversations.conversing import Api, serve
from tests.conversations.world import World

PAGE: Final = Path(__file__).parents[2] / "docs" / "apis" / "conversations.md"
THREAD: Final = "019b76db-4828-764a-8a61-f9ae0c55103b"
HEARD: Final = "019b76db-4828-764b-9bfe-e561812ae9e6"
SAID: Final = "019b76db-4828-764c-b0e9-58a1b862f393"
TAKES_PART: Final = "019b76da-d2f8-7497-8f73-4c49a1dd4d8f"

_BLOCK: Final = re.compile(r"(?:^    .*\n)+(?:\n(?:    .*\n)+)*", re.MULTILINE)


def examples() -> Iterator[tuple[str, Any]]:
    """Yield every operation of the page, and the answer below it."""
    asked = ""
    for block in _BLOCK.findall(PAGE.read_text("utf-8")):
        for part in block.split("\n\n"):
            if part.strip().startswith('{"data"'):
                joined = "".join(line[4:] for line in part.splitlines())
                yield asked, json.loads(joined)
            else:
                asked = part


EXAMPLES: Final = list(examples())


def shape(value: object) -> object:
    """Keep which fields there are, and of what kind; a list is as its items."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


@pytest.fixture
async def api(fast_world: World, clock: MovableClock) -> AsyncIterator[Api]:
    """The slice's part alone behind the real transport."""
    async with serve(fast_world, clock) as found:
        yield found


@pytest.fixture
async def known(fast_world: World) -> dict[str, str]:
    """What stands for the ids and the people of the page."""
    world = fast_world
    async with world.database.unit() as uow:
        ada = await world.accounts.register_person(
            uow, RegisterPerson(name="Ada Berger", email="ada@alpenblick.example")
        )
        await world.accounts.join(uow, ada.id, world.acme.id, Role.ADMIN)
    heard = await hear(world, world.thread.id)
    pat = world.caller(person=world.pat, employer=world.acme)
    said = await say(world, pat, world.thread.id)
    async with world.database.unit() as uow:
        await world.conversations.add_participant(
            uow,
            world.acme_caller,
            world.thread.id,
            email=world.pat.email,
            role=ParticipantRole.OWNER,
        )
    return {
        THREAD: str(world.thread.id),
        HEARD: str(heard.id),
        SAID: str(said.id),
        TAKES_PART: str(ada.id),
    }


class TestExamples:
    @pytest.mark.parametrize("number", range(len(EXAMPLES)))
    async def test_answer_what_the_page_shows(
        self, api: Api, fast_world: World, known: dict[str, str], number: int
    ) -> None:
        """
        The same fields, of the same kinds, and no errors.
        """
        asked, answered = EXAMPLES[number]
        pat = fast_world.caller(person=fast_world.pat, employer=fast_world.acme)
        for shown, real in known.items():
            asked = asked.replace(shown, real)

        answer = await api.ask(pat, asked)

        assert shape(answer) == shape(answered)

    def test_are_there(self) -> None:
        """
        Every operation has one.
        """
        operations = {next(iter(answer["data"])) for _, answer in EXAMPLES}

        assert operations == {
            "startConversation",
            "sendConversationMessage",
            "editConversationMessage",
            "deleteConversationMessage",
            "conversation",
            "conversations",
            "markConversationRead",
            "indicateTyping",
            "addConversationParticipant",
            "removeConversationParticipant",
        }
