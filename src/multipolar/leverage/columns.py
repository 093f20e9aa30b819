"""The meaning and unit of every column of this room's tables: one name, one meaning."""

from collections.abc import Mapping

INCOME = "fraction of real income"
MONEY = "million USD a year"
WORD = "label"
YES = "true or false"

# name: (unit, meaning). Losses are positive where real income falls.
COLUMNS: Mapping[str, tuple[str, str]] = {
    # who and when
    "horizon": (WORD, "how long after the cut-off: short run, long run, or a number of years"),
    "country": (WORD, "the country or bloc that the row is about"),
    "partner": (WORD, "the country or bloc from which it is cut off"),
    "supplier": (WORD, "who withholds"),
    "sector": (WORD, "the sector's code"),
    "kind": (WORD, "whether the partner is a country or a bloc"),
    "status": (WORD, "converged, or why there is no number (the numbers are then NaN)"),
    # losses
    "loss": (INCOME, "fall of real income"),
    "cost": (MONEY, "the same loss in money"),
    "partner_loss": (INCOME, "the partner's own loss from the same cut-off"),
    "supplier_loss": (INCOME, "the supplier's own loss from withholding"),
    "leverage": ("ratio", "the other loss over the loss of the side that has the leverage"),
    "together": (INCOME, "loss of the target cut off by the whole coalition"),
    "apart": (INCOME, "sum of its losses from each member alone"),
    "complementarity": (INCOME, "together less apart"),
    "imports": (MONEY, "the target's purchases of the sector from the supplier, tariff included"),
    "share": ("fraction", "of the target's spending on the sector"),
    # relief
    "package": (WORD, "what the suitor lifts"),
    "target": (MONEY, "gain of the target"),
    "suitor": (MONEY, "gain of the suitor"),
    "rival": (MONEY, "gain of the rival"),
    "target_share": (INCOME, "gain of the target"),
    "closed": (MONEY, "gain of the target if also all trade between rival and target stops"),
    "rival_closed": (MONEY, "gain of the rival in that case"),
    "holds": (YES, "whether relief outweighs the loss of the rival: closed > 0"),
    # a weaker target
    "state": (WORD, "as_is, labour_force, productivity or debt_service: what weakens the target"),
    "shock": ("fraction; debt_service: million USD a year", "how much: the change, or the payment"),
    # leaks
    "gain": (MONEY, "gain over not leaking"),
    "gain_share": (INCOME, "gain over not leaking"),
    "gain_punished": (MONEY, "the same gain under secondary sanctions"),
    "leaks": (YES, "whether it still gains under secondary sanctions"),
    # the frontier
    "weight": ("USD per USD", "what the coalition would give up for a dollar of the target's loss"),
    "cost_share": (INCOME, "loss of the coalition"),
    "loss_share": (INCOME, "loss of the target"),
    "slope": ("fraction of the target's income per unit", "largest derivative not yet followed"),
    "evaluations": ("count", "sanctions tried before the search ended"),
    "tariff": ("fraction", "added to the tariff on the target's goods"),
    "import_coverage": ("fraction", "of the target's goods embargoed"),
    "export_coverage": ("fraction", "of the coalition's own sales withheld"),
    "coverage": ("fraction", "of an embargo, the same for all sectors, both ways"),
}
