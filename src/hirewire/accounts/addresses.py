"""E-mail addresses: which texts are one, and when two are the same."""

from typing import Final

from email_validator import EmailNotValidError, validate_email

from hirewire.accounts.errors import BadEmail

_LONGEST: Final = 254


def parse_email(text: str) -> str:
    """
    Return *text* in its normal spelling; nothing is asked of the network.

    Raises:
        BadEmail: it is no address by RFC 5321 and RFC 6531.
    """
    if len(text) > _LONGEST:
        raise BadEmail(email=text[:_LONGEST])
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadEmail(email=text) from None
    return found.normalized


def email_key(email: str) -> str:
    """Return what *email* is looked up by: addresses that differ only in case are one."""
    return email.casefold()
