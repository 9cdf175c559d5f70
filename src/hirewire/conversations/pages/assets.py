"""The script that keeps pages of threads live."""

from typing import Final

from hirewire.web.pages.scripts import Script

SCRIPT: Final = Script.of("hirewire.conversations.pages", "live.js")
