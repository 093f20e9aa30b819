"""Build `model/data/elasticity-errors.csv`: standard errors of Caliendo & Parro's elasticities.

    python tools/build_priors.py elasticity_sample_100.csv

The file is the full sample behind Table 1 of Caliendo & Parro (2015), from their replication files:
sector, log of the triple ratio of trade flows, log of the triple ratio of tariffs. A regression
without constant by sector gives theta; the errors are robust to heteroskedasticity (HC1), which is
what reproduces the table: 8.11 (1.86), 15.72 (2.76), 51.08 (18.05).
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

TABLE = Path(__file__).parents[1] / "src/multipolar/model/data/elasticity-errors.csv"

# In the order of the file's codes. It has no observations of the medical sector.
SECTORS = (
    "Agriculture", "Mining", "Food", "Textile", "Wood", "Paper", "Petroleum", "Chemicals",
    "Plastic", "Minerals", "Basic metals", "Metal products", "Machinery n.e.c.", "Office",
    "Electrical", "Communication", "Auto", "Other Transport", "Other",
)  # fmt: skip


def estimated(flows: np.ndarray, tariffs: np.ndarray) -> tuple[float, float]:
    """Theta and its robust standard error from log triple ratios."""
    square = tariffs @ tariffs
    theta = -(tariffs @ flows) / square
    residual = flows + theta * tariffs
    n = len(flows)
    error = np.sqrt(n / (n - 1) * ((tariffs * residual) ** 2).sum()) / square
    return theta, error


def build(sample: Path) -> pd.DataFrame:
    """A row for each sector: estimate, standard error, observations."""
    data = pd.read_csv(sample, header=None)[[0, 1, 2]].apply(pd.to_numeric, errors="coerce")
    rows = []
    for code, group in data.dropna().groupby(0):
        theta, error = estimated(group[1].to_numpy(), group[2].to_numpy())
        rows.append((SECTORS[int(code) - 1], round(theta, 2), round(error, 2), len(group)))
    return pd.DataFrame(rows, columns=["sector", "theta", "standard_error", "observations"])


if __name__ == "__main__":
    build(Path(sys.argv[1])).to_csv(TABLE, index=False)
    print(TABLE.read_text())
