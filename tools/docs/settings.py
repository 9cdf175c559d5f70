"""`docs/settings.md`: every setting, its default and its purpose."""

from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

from hirewire.server.settings import Settings
from tools.docs.markdown import code, page, table
from tools.docs.package import type_name

LEAD = """
Settings are environment variables, read once at the start. A `HIREWIRE_` name that is not
listed here is refused.
""".strip()


def settings_page() -> str:
    """Write the page."""
    hints = get_type_hints(Settings)
    rows = [_row(field, type_name(hints[field.name])) for field in fields(Settings)]
    return page("Settings", LEAD, table(["Name", "Type", "Default", "Purpose"], rows))


def _row(field: Field[Any], kind: str) -> list[str]:
    name = code(f"HIREWIRE_{field.name.upper()}")
    return [name, code(kind), _default(field), str(field.metadata["purpose"])]


def _default(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return _shown(field.default_factory())
    return "required" if field.default is MISSING else _shown(field.default)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return code(str(value).lower())
    return "none" if value in (None, "", ()) else code(str(value))
