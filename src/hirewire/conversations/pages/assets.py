"""The scripts that keep pages of threads live, and say there who types."""

from typing import Final

from hirewire.web.pages.scripts import Script

SCRIPT: Final = Script.of("hirewire.conversations.pages", "live.js")
TYPING: Final = Script.of("hirewire.conversations.pages", "typing.js")
