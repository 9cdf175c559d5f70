"""Languages: every message in each, and which one a mail is in."""

import re
from importlib.resources import files

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hirewire.interviews.invitations.speech import LANGUAGES, Speech

OTHERS = [language for language in LANGUAGES if language != "en"]
_HOLE = re.compile(r"%\(\w+\)s")


def messages() -> set[str]:
    """Collect what the code says, as a translator's tool would."""
    folder = str(files("hirewire.interviews.invitations"))
    found = extract_from_dir(folder, method_map=[("**.py", "python")], keywords={"say": None})
    return {str(message) for _, _, message, _, _ in found}


class TestCatalogues:
    @pytest.mark.fidelity("invitations.languages")
    @pytest.mark.parametrize("language", OTHERS)
    def test_translate_every_message_and_no_other(self, language: str) -> None:
        """What the code says has a translation, with the same places for values."""
        folder = files("hirewire.interviews.invitations").joinpath("catalogues")
        with folder.joinpath(f"{language}.po").open("rb") as file:
            catalogue = {str(each.id): str(each.string) for each in read_po(file) if each.id}

        assert set(catalogue) == messages()
        for message, translated in catalogue.items():
            assert translated
            assert sorted(_HOLE.findall(translated)) == sorted(_HOLE.findall(message))

    def test_are_used(self) -> None:
        """A message and its value are said in the language."""
        said = Speech.of("fr", None).say("Hello %(name)s,", name="100 %")

        assert said == "Bonjour 100 %,"


class TestChoice:
    @pytest.mark.fidelity("invitations.language-and-country")
    @pytest.mark.parametrize(
        ("language", "country", "tag"),
        [
            ("fr", "CA", "fr-CA"),
            ("fr", None, "fr"),
            ("fr-CH", None, "fr-CH"),
            ("fr-CH", "CA", "fr-CA"),
            ("ja", "JP", "ja-JP"),
            ("es-419", "MX", "es-MX"),
            ("de", "US", "de"),
            (None, None, "en"),
            (None, "GB", "en-GB"),
            ("pt-BR", None, "en"),
            ("pt", "GB", "en-GB"),
        ],
    )
    def test_follows_language_and_country(
        self, language: str | None, country: str | None, tag: str
    ) -> None:
        """What we do not speak is answered in English; a country that fits decides formats."""
        assert Speech.of(language, country).tag == tag
