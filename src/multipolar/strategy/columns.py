"""The meaning and unit of every column of this room's tables: one name, one meaning."""

from collections.abc import Mapping

INCOME = "fraction of real income"
CHANGE = "fraction, change of real income"
RATE = "fraction"
WORD = "label"

# name: (unit, meaning)
PAYOFFS: Mapping[str, tuple[str, str]] = {
    "player": (WORD, "a country or bloc"),
    "today": (CHANGE, "under the policy of the case, relative to the benchmark"),
    "then": (CHANGE, "under the tariffs chosen, relative to the benchmark"),
    "gain": (CHANGE, "under the tariffs chosen, relative to today"),
}
TARIFFS: Mapping[str, tuple[str, str]] = {
    "player": (WORD, "who taxes"),
    "partner": (WORD, "the country or bloc whose goods are taxed; * where all are taxed the same"),
    "sector": (WORD, "code; * where all sectors of the game are taxed the same"),
    "today": (RATE, "tariff under the policy of the case, mean weighted by trade"),
    "then": (RATE, "tariff chosen, mean weighted by trade"),
    "highest": (RATE, "the highest tariff chosen on a sector of the partner"),
    "reply": ("true or false", "whether the tariff follows another by a rule"),
}
DEALS: Mapping[str, tuple[str, str]] = {
    "country": (WORD, "the third country"),
    "tariff": (RATE, "the hegemon's tariff on its goods today, mean weighted by benchmark trade"),
    "relief": (CHANGE, "gain from the offered relief alone"),
    "demand": (CHANGE, "effect of the demanded tariff on the rival's goods alone"),
    "retaliation": (RATE, "what the rival adds to its tariff on the country's goods"),
    "loss": (CHANGE, "from the rival's retaliation, given the deal (negative)"),
    "deal": (CHANGE, "the deal with retaliation, relative to the best without a deal"),
    "accepts": ("true or false", "whether the deal is worth at least the cost of siding"),
    "least": ("fraction of the tariff", "least relief for which it accepts; NaN if there is none"),
    "break_even": (RATE, "least retaliation that deters; NaN if none up to 10 does"),
    "siding": (INCOME, "it accepts if siding with the hegemon costs it less than this"),
    "transfer": ("million USD a year", "payment for which it would accept; 0 where it accepts"),
    "counter": (CHANGE, "gain if the rival drops its own tariff on the country's goods"),
    "hegemon": (CHANGE, "of the hegemon, if only this country agrees, relative to today"),
    "rival": (CHANGE, "of the rival, if only this country agrees, relative to today"),
}
MOVES: Mapping[str, tuple[str, str]] = {
    "offer": ("fraction of the tariff", "relief that the hegemon offers"),
    "threat": (RATE, "retaliation of the rival against the countries that agree"),
    "agree": ("codes", "the countries that then agree"),
    "agree_also": ("codes", "the countries that agree in the other resting point, if there is one"),
    "hegemon": ("log", "the hegemon's log real income relative to today, alignment included"),
    "rival": ("log", "the rival's log real income relative to today, alignment included"),
}
