"""What the columns of every table of this room mean, and in which unit: one name, one meaning."""

from collections.abc import Mapping

INCOME = "fraction of real income"
CHANGE = "fraction, change of real income"
RATE = "fraction"
WORD = "label"

# name: (unit, meaning)
PAYOFFS: Mapping[str, tuple[str, str]] = {
    "player": (WORD, "a country or bloc"),
    "today": (CHANGE, "under the policy of the case, against the benchmark"),
    "then": (CHANGE, "under the tariffs chosen, against the benchmark"),
    "gain": (CHANGE, "under the tariffs chosen, against today"),
}
TARIFFS: Mapping[str, tuple[str, str]] = {
    "player": (WORD, "who taxes"),
    "partner": (WORD, "whose goods; * where all are taxed alike"),
    "sector": (WORD, "code; * where all sectors of the game are taxed alike"),
    "today": (RATE, "tariff under the policy of the case, mean by trade"),
    "then": (RATE, "tariff chosen, mean by trade"),
    "highest": (RATE, "the highest tariff chosen on a sector of the partner"),
    "reply": ("true or false", "whether it is not chosen, but follows another's by a rule"),
}
DEALS: Mapping[str, tuple[str, str]] = {
    "country": (WORD, "the third country"),
    "tariff": (RATE, "the hegemon's tariff on its goods today, mean by trade"),
    "relief": (CHANGE, "gain from the offered relief alone"),
    "demand": (CHANGE, "effect of the demanded tariff on the rival alone"),
    "retaliation": (RATE, "what the rival adds to its tariff on the country's goods"),
    "loss": (CHANGE, "from the rival's retaliation, given the deal (negative)"),
    "deal": (CHANGE, "the deal with retaliation, over the best without a deal"),
    "accepts": ("true or false", "whether the deal is worth at least the cost of siding"),
    "least": ("fraction of the tariff", "least relief that buys acceptance; NaN where none does"),
    "break_even": (RATE, "least retaliation that deters; NaN where none up to 10 does"),
    "siding": (INCOME, "the answer is yes while siding with the hegemon costs less than this"),
    "transfer": ("million USD a year", "payment that would buy acceptance; 0 where it accepts"),
    "counter": (CHANGE, "gain if the rival drops its own tariff on the country's goods"),
    "hegemon": (CHANGE, "the hegemon's, if this country alone agrees, against today"),
    "rival": (CHANGE, "the rival's, if this country alone agrees, against today"),
}
MOVES: Mapping[str, tuple[str, str]] = {
    "offer": ("fraction of the tariff", "relief that the hegemon offers"),
    "threat": (RATE, "retaliation of the rival against those who agree"),
    "agree": ("codes", "who agrees then"),
    "agree_also": ("codes", "who agrees in the other rest point, if there is one; else nobody"),
    "hegemon": ("log", "the hegemon's log real income against today, alignment included"),
    "rival": ("log", "the rival's log real income against today, alignment included"),
}
