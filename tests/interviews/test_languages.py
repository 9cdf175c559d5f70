"""Tests of languages: which tags name one, and how they are spelled."""

import pytest

from hirewire.interviews.errors import BadLanguage
from hirewire.interviews.languages import read_language


class TestReads:
    @pytest.mark.fidelity("interviews.language.tags")
    @pytest.mark.parametrize(
        ("text", "tag"),
        [
            ("fr", "fr"),
            ("FR", "fr"),
            ("PT-latn-br", "pt-Latn-BR"),
            ("es-419", "es-419"),
            ("de-1996", "de-1996"),
            ("de-CH-1901", "de-CH-1901"),
            ("sl-rozaj-biske", "sl-rozaj-biske"),
            ("SL-ROZAJ-BISKE-1994", "sl-rozaj-biske-1994"),
            ("zh-yue-HK", "zh-yue-HK"),
            ("zh-min-nan", "zh-min-nan"),
            ("sq-XK", "sq-XK"),
            ("de-DE-u-co-phonebk", "de-DE-u-co-phonebk"),
            ("en-a-bbb-x-a-ccc", "en-a-bbb-x-a-ccc"),
            ("EN-gb-OED", "en-GB-oed"),
        ],
    )
    def test_every_tag_that_begins_with_a_language(self, text: str, tag: str) -> None:
        """A well-formed tag of BCP 47 is spelled as RFC 5646 recommends."""
        assert read_language(text) == tag


class TestRefuses:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "xx",
            "french",
            "x-private",
            "i-klingon",
            "fr_FR",
            "fr-",
            "fr-F",
            "fr-FR-FR",
            "de-1996-1996",
            "de-a-bb-a-cc",
            "de-u",
            "fr-x",
            "\u212ao",
            "fr-x" + "-abcdefgh" * 12,
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        """A tag that is not well-formed, or begins with no language, is none."""
        with pytest.raises(BadLanguage) as refusal:
            read_language(text)

        assert str(refusal.value).startswith(f"languageCode: '{text[:100]}' is not a language")
