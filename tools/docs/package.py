"""What the generated pages need to know of the package: its classes and their sentences."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Final, get_type_hints

import hirewire

_MODULE_PATH: Final = re.compile(r"\b(?:[a-z_][a-z0-9_]*\.)+")


def load_every_module() -> None:
    """Import all of hirewire, so that every refusal and fact is registered."""
    for module in pkgutil.walk_packages(hirewire.__path__, "hirewire."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)


def is_ours(cls: type) -> bool:
    """Tell a class of the package from one that a test declared."""
    return cls.__module__.startswith("hirewire.")


def first_sentence(subject: type) -> str:
    """
    Return the first paragraph of a class's docstring.

    Raises:
        ValueError: the class has none, or only the one that `dataclass` makes up.
    """
    written = vars(subject).get("__doc__") or ""
    if not written or written.startswith(f"{subject.__name__}("):
        msg = f"{subject.__module__}.{subject.__qualname__} says nothing about itself"
        raise ValueError(msg)
    return inspect.cleandoc(written).split("\n\n")[0]


def typed_fields(cls: type) -> Iterator[tuple[str, str]]:
    """The fields of a dataclass, each with its type as people write it."""
    hints = get_type_hints(cls)
    if is_dataclass(cls):
        for field in fields(cls):
            yield field.name, type_name(hints[field.name])


def type_name(annotation: object) -> str:
    """Spell a type without the modules it comes from."""
    return _MODULE_PATH.sub("", inspect.formatannotation(annotation))
