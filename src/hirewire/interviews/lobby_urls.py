"""Where the lobby is: the addresses that are shown, mailed and put into calendars."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LobbyUrls:
    """Where the lobby is; the part that the schema's resolvers and the mails ask for it."""

    base_url: str

    def of(self, token: str) -> str:
        """Return the address that *token* opens."""
        return f"{self.base_url}/lobby/{token}"
