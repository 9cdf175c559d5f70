"""E-mail addresses: which texts are one, and when two are the same."""

import re
from typing import Final

from email_validator import EmailNotValidError, validate_email

from hirewire.accounts.errors import BadEmail
from hirewire.kit.mailboxes import mailbox_key

_LONGEST: Final = 254
# What nearly everybody's address looks like, and is valid and spelled normally at a glance;
# the validator takes a hundred times as long to say so. It sees the names of RFC 6761.
_PLAIN: Final = re.compile(
    r"""
    (?=[^@]{1,64}@) [A-Za-z0-9_+-]+ (?:\.[A-Za-z0-9_+-]+)* @
    (?:(?![^.]{64}) [a-z0-9]+ (?:-[a-z0-9]+)* \.)+
    (?!(?:arpa|invalid|local|localhost|onion|test)\Z) [a-z]{2,63}
    """,
    re.VERBOSE | re.ASCII,
)


def parse_email(text: str) -> str:
    """
    Return *text* in its normal spelling; nothing is asked of the network.

    Raises:
        BadEmail: it is no address by RFC 5321 and RFC 6531.
    """
    if len(text) > _LONGEST:
        raise BadEmail(email=text[:_LONGEST])
    if _PLAIN.fullmatch(text):
        return text
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadEmail(email=text) from None
    return found.normalized


def email_key(email: str) -> str:
    """Return what *email* is looked up by: addresses that differ only in case are one."""
    return mailbox_key(email)
