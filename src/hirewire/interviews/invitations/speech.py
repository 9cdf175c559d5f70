"""Languages: which one a mail is in, its catalogue, and how its country writes dates."""

import gettext
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final, Self

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = ("en", "es", "fr", "de", "ja")
"""What mails can be in; the messages in the code are the English ones."""

ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Speech:
    """One language, as one country writes it."""

    language: str
    locale: Locale
    catalogue: gettext.NullTranslations

    @classmethod
    def of(cls, language: str | None, country: str | None) -> Self:
        """
        Speak the *language* of an interview, a BCP 47 tag, as its *country* does.

        A language that we have no catalogue of is answered in English. Without a country, the
        region of the tag counts; one that does not write the language changes nothing.
        """
        subtags = (language or ENGLISH).split("-")
        known = subtags[0] if subtags[0] in LANGUAGES else ENGLISH
        regions = [country, *(each for each in subtags[1:] if _is_region(each))]
        return cls(known, _locale(known, next(filter(None, regions), None)), catalogue(known))

    def say(self, message: str, /, **values: object) -> str:
        """Say the English *message* in this language, with *values* in its %(places)s."""
        said = self.catalogue.gettext(message)
        return said % values if values else said

    @property
    def tag(self) -> str:
        """The language and the country as BCP 47 spells them."""
        return str(self.locale).replace("_", "-")


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """
    Load what we say in *language*.

    The catalogues are read as translators write them: there is no compiled file that could
    be missing from a checkout, or older than its source.
    """
    if language == ENGLISH:
        return gettext.NullTranslations()
    text = files(__package__).joinpath("catalogues", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _locale(language: str, country: str | None) -> Locale:
    if country is not None:
        with suppress(UnknownLocaleError):
            return Locale(language, territory=country)
    return Locale(language)


def _is_region(subtag: str) -> bool:
    """Tell a region from the other subtags of RFC 5646, of which no other has two letters."""
    return len(subtag) == 2 and subtag.isalpha() and subtag.isupper()  # noqa: PLR2004
