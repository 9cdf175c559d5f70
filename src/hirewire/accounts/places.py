"""Countries, currencies and time zones: the ones that an employer can have."""

from functools import cache
from importlib.resources import files
from typing import Final

from hirewire.accounts.errors import UnknownCountry, UnknownCurrency, UnknownTimeZone

_LONGEST_SHOWN: Final = 64
_NOWHERE: Final = frozenset({"Factory"})
"""Zones that say of a machine that nobody has told it where it is."""

COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
    VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a table is read as a table
)
"""ISO 3166-1 alpha-2."""

CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a table is read as a table
)
"""ISO 4217, the ones that people are paid in."""


def parse_country(text: str) -> str:
    """
    Return *text* in capitals.

    Raises:
        UnknownCountry: it is no ISO 3166-1 alpha-2 code.
    """
    country = text.upper()
    if not text.isascii() or country not in COUNTRIES:  # The capitals of ß are SS.
        raise UnknownCountry(country=text[:_LONGEST_SHOWN])
    return country


def parse_currency(text: str) -> str:
    """
    Return *text* in capitals.

    Raises:
        UnknownCurrency: it is no ISO 4217 code.
    """
    currency = text.upper()
    if not text.isascii() or currency not in CURRENCIES:
        raise UnknownCurrency(currency=text[:_LONGEST_SHOWN])
    return currency


def parse_time_zone(text: str) -> str:
    """
    Return *text* as it is.

    Raises:
        UnknownTimeZone: the IANA database has no zone of that name, or it is nobody's.
    """
    if text not in time_zones():
        raise UnknownTimeZone(time_zone=text[:_LONGEST_SHOWN])
    return text


@cache
def time_zones() -> frozenset[str]:
    """
    The list that tzdata carries: the same on every machine, whatever it has installed.

    So it has none of what is a file beside the zones (`localtime`, `posixrules`), or a second
    spelling of them (`posix/`, `right/`).
    """
    listed = files("tzdata").joinpath("zones").read_text("ascii").split()
    return frozenset(listed) - _NOWHERE
