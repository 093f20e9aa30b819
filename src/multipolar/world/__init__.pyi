from .balancing import Balanced, balance, lay_tariffs
from .elasticities import read_elasticities, trade_elasticities
from .rebasing import Rebased, read_totals, rebase
from .regrouping import read_map, regroup
from .tables import Table, fetch, read_table
from .world import World

__all__ = [
    "Balanced",
    "Rebased",
    "Table",
    "World",
    "balance",
    "fetch",
    "lay_tariffs",
    "read_elasticities",
    "read_map",
    "read_table",
    "read_totals",
    "rebase",
    "regroup",
    "trade_elasticities",
]
