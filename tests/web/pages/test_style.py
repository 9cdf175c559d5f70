"""The stylesheet: enough contrast in the light and in the dark."""

import re
from importlib.resources import files
from typing import Final

import pytest

STYLE: Final = files("hirewire.web.pages").joinpath("assets/style.css").read_text("utf-8")
WORDS: Final = 4.5
EDGES: Final = 3.0
PAIRS: Final = [
    ("text", "ground", WORDS),
    ("text", "surface", WORDS),
    ("text", "sunken", WORDS),
    ("muted", "ground", WORDS),
    ("muted", "surface", WORDS),
    ("muted", "sunken", WORDS),
    ("muted", "accent-soft", WORDS),
    ("accent", "surface", WORDS),
    ("accent", "ground", WORDS),
    ("accent-strong", "sunken", WORDS),
    ("on-accent", "accent", WORDS),
    ("on-accent", "accent-strong", WORDS),
    ("on-danger", "danger", WORDS),
    ("on-danger", "danger-strong", WORDS),
    ("danger-text", "surface", WORDS),
    ("danger-text", "danger-soft", WORDS),
    ("good-text", "good-soft", WORDS),
    ("warning-text", "warning-soft", WORDS),
    ("info-text", "accent-soft", WORDS),
    ("edge", "surface", EDGES),
    ("accent", "ground", EDGES),
    ("danger", "surface", EDGES),
]


def _tokens(scheme: str) -> dict[str, str]:
    """Read the colours; the dark ones stand in the block that replaces some."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    text = light if scheme == "light" else light + dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


def _luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class TestContrast:
    @pytest.mark.fidelity("pages.contrast")
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize(("front", "back", "least"), PAIRS)
    def test_is_enough(self, scheme: str, front: str, back: str, least: float) -> None:
        """
        Words have 4.5 to 1, and what bounds a field 3 to 1.
        """
        tokens = _tokens(scheme)

        lower, higher = sorted(_luminance(tokens[name]) for name in (front, back))

        assert (higher + 0.05) / (lower + 0.05) >= least
