"""Whose mailbox an e-mail address names: when two addresses are the same one."""


def mailbox_key(email: str) -> str:
    """
    Return what *email* is looked up by: addresses that differ only in case are one.

    Only letters that have another case are changed, one for one. What merely looks or sounds
    the same, as sharp s and ss, the ligature ff and its letters, or the sign of the kelvin and
    a K, are other mailboxes, and may be other people's.
    """
    if email.isascii():
        return email.lower()
    local, at, domain = email.rpartition("@")
    return "".join(map(_small, local)) + at + domain.lower()


def _small(letter: str) -> str:
    small = letter.lower()
    is_its_own = len(small) == 1 and letter.isascii() == small.isascii()
    return small if is_its_own else letter
