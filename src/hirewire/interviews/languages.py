"""Languages: which tags name one."""

import re
from typing import Final

from hirewire.interviews.errors import BadLanguage

LONGEST_TAG: Final = 100
_LONGEST_SHOWN: Final = 100

# RFC 5646, section 2.1: a `langtag` whose language is of two letters, and the one irregular
# tag (its section 2.2.8) that begins with such a language.
_TAG: Final = re.compile(
    r"""
    (?P<language>[a-z]{2}) (?P<extlang>(?:-[a-z]{3}){0,3})
    (?:-(?P<script>[a-z]{4}))?
    (?:-(?P<region>[a-z]{2}|[0-9]{3}))?
    (?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)
    (?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)
    (?P<private>(?:-x(?:-[a-z0-9]{1,8})+)?)
    | (?P<irregular>en-gb-oed)
    """,
    re.VERBOSE | re.ASCII,
)
_SINGLETON: Final = re.compile(r"-([0-9a-wy-z])(?=-)")

# ISO 639-1, the two-letter codes.
_LANGUAGES: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv
    cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho
    hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku
    kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm
    sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi
    vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - a table is read as a table
)


def read_language(text: str) -> str:
    """
    Return the language that *text* names, in the case that RFC 5646, section 2.1.1, has it.

    Whether anybody speaks it in such a script or region is not asked.

    Raises:
        BadLanguage: it names none.
    """
    found = None
    if text.isascii() and len(text) <= LONGEST_TAG:
        found = _TAG.fullmatch(text.lower())
    if found is None or not (found["irregular"] or _is_valid(found)):
        raise BadLanguage(language=text[:_LONGEST_SHOWN])
    if found["irregular"]:
        return "en-GB-oed"
    script, region = found["script"], found["region"]
    return "".join(
        (
            found["language"],
            found["extlang"],
            f"-{script.title()}" if script else "",
            f"-{region.upper()}" if region else "",
            found["variants"],
            found["extensions"],
            found["private"],
        )
    )


def _is_valid(found: re.Match[str]) -> bool:
    """Check what the grammar leaves open: the language, and that nothing is said twice."""
    variants = found["variants"].split("-")[1:]
    singletons = _SINGLETON.findall(found["extensions"])
    return (
        found["language"] in _LANGUAGES
        and len(set(variants)) == len(variants)
        and len(set(singletons)) == len(singletons)
    )
