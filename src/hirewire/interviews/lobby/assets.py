"""The script that keeps a lobby's page live."""

from typing import Final

from hirewire.web.pages.scripts import Script

SCRIPT: Final = Script.of("hirewire.interviews.lobby", "lobby.js")
