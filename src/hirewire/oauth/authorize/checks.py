"""What an authorization request is checked for, as the list of its steps."""

from typing import Final

from hirewire.oauth.authorize.asking import Asking, Step
from hirewire.oauth.authorize.binding import bind_to_a_challenge, bind_to_a_key
from hirewire.oauth.authorize.person import know_the_age, know_the_prompts, take_the_hints
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.oauth.authorize.response import (
    keep_the_nonce,
    keep_the_state,
    know_the_response,
    refuse_request_objects,
)
from hirewire.oauth.authorize.rules import check_app, need_a_push
from hirewire.oauth.authorize.scope import ask_for_scopes

STEPS: Final[tuple[Step, ...]] = (
    keep_the_state,
    refuse_request_objects,
    need_a_push,
    know_the_response,
    ask_for_scopes,
    keep_the_nonce,
    bind_to_a_challenge,
    bind_to_a_key,
    know_the_prompts,
    know_the_age,
    take_the_hints,
)


def check(x: Asking) -> AuthorizationRequest:
    """
    Take the request through every step.

    Raises:
        HirewireError: it is refused; the app learns why at its redirect URI.
    """
    for step in STEPS:
        step(x)
    request = x.settled()
    check_app(x.app, request)
    return request
