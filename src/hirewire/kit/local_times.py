"""Times as the clocks of a zone show them: how far from UTC, and whether they come twice."""

from datetime import datetime


def utc_offset(local: datetime) -> str:
    """Say how far the clocks are from UTC then, such as UTC+05:45."""
    text = f"{local:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"


def comes_twice(local: datetime) -> bool:
    """Tell whether the clocks show this twice that day, because they are put back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
