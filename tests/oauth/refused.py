"""What every refusal of the token endpoint has in common."""

import re
from typing import Final

import httpx

from tests.oauth.world import AuthorizationServer

DESCRIPTION: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


async def check_refused(
    server: AuthorizationServer, response: httpx.Response, error: str, description: str
) -> None:
    """Expect one refusal, word for word, and no token on record."""
    assert response.status_code == 400
    assert response.json() == {"error_description": description, "error": error}
    assert list(response.json()) == ["error_description", "error"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    assert DESCRIPTION.fullmatch(description)
    assert await server.issued() == 0


def check_error(response: httpx.Response, errors: set[str]) -> None:
    """Expect one of the refusals called *errors*, described in the RFC's characters."""
    assert response.status_code == 400
    answer = response.json()
    assert answer["error"] in errors
    assert DESCRIPTION.fullmatch(answer["error_description"])
