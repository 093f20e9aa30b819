"""Answer: one question answered, as a table with units, a remark and pictures."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from multipolar.display.figure import Figure
from multipolar.display.words import slug, written

ROWS = 8  # how many rows of a long list a table shows: the largest
# Only in the JSON and the CSV: too wide for a page or a terminal of 80 columns.
WIDE = ("terms of trade", "volume of trade", "wage", "tariff revenue")


@dataclass(frozen=True)
class Answer:
    """One answer: a title, a table with units in its headings, a remark, pictures.

    Answers with the same key and `joins` true become one table with all their rows.
    """

    key: str
    title: str
    table: pd.DataFrame
    remark: str = ""
    figures: tuple[Figure, ...] = ()
    joins: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", slug(self.key))

    @property
    def shown(self) -> pd.DataFrame:
        """The table without the columns that are only for files."""
        return self.table[[c for c in self.table.columns if not str(c).startswith(WIDE)]]

    def _repr_html_(self) -> str:
        """Title, pictures, table and remark, in a notebook."""
        text = pd.DataFrame(
            {name: [written(v, str(name))[0] for v in self.shown[name]] for name in self.shown},
            self.shown.index,
        )
        pictures = "".join(figure._repr_html_() for figure in self.figures)
        remark = f"<p>{escape(self.remark)}</p>" if self.remark else ""
        return f"<h4>{escape(self.title)}</h4>{pictures}{text.to_html()}{remark}"
