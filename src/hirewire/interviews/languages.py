"""Languages: which tags name one."""

import re
from typing import Final

from hirewire.accounts.places import COUNTRIES
from hirewire.interviews.errors import BadLanguage

_LONGEST_SHOWN: Final = 100
_TAG: Final = re.compile(
    r"(?P<language>[A-Za-z]{2})(?:-(?P<script>[A-Za-z]{4}))?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3}))?"
)

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
    Return the language that *text* names, in the case that BCP 47 recommends.

    Raises:
        BadLanguage: it names none.
    """
    match = _TAG.fullmatch(text)
    if match is None or match["language"].lower() not in _LANGUAGES:
        raise BadLanguage(language=text[:_LONGEST_SHOWN])
    region = match["region"]
    if region and region.isalpha() and region.upper() not in COUNTRIES:
        raise BadLanguage(language=text[:_LONGEST_SHOWN])
    script = match["script"]
    parts = [match["language"].lower()]
    parts += [script.title()] if script else []
    parts += [region.upper()] if region else []
    return "-".join(parts)
