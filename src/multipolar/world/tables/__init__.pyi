from .fetching import ADDRESSES, fetch
from .long import from_dataset, read_long
from .mrio import from_pymrio, read_mrio
from .oecd import read_oecd
from .reading import FORMATS, kind_of, read_table
from .table import Table
from .wiod import read_wiod

__all__ = [
    "ADDRESSES",
    "FORMATS",
    "Table",
    "fetch",
    "from_dataset",
    "from_pymrio",
    "kind_of",
    "read_long",
    "read_mrio",
    "read_oecd",
    "read_table",
    "read_wiod",
]
