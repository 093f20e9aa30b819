"""gegravity 0.3 (Herman 2021) asked the same question, timed."""

import os
import statistics
import time
from pathlib import Path

import gegravity
import numpy as np
import pandas as pd

import multipolar as mp

SIGMA = 5
COSTS = {
    "lndist": -0.3764,
    "contiguity": 0.8850,
    "pta": 0.4823,
    "common_language": 0.0392,
    "international": -3.4224,
}  # fmt: skip  (the coefficients of gegravity's own example)


def sample(root: Path) -> dict[str, pd.DataFrame]:
    """Its sample (30 x 1), where it is at hand, and a synthetic table of 80 countries."""
    folder = Path(os.environ.get("MULTIPOLAR_PAPERS", root.parent / "shared/data/papers"))
    path = folder / "structural-gravity" / "sample_data_set.dlm"
    tables = {"30 x 1, its sample": pd.read_csv(path)} if path.exists() else {}
    return tables | {"80 x 1, synthetic": _synthetic(80)}


def _synthetic(countries: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    names = [f"N{k:02d}" for k in range(countries)]
    output = rng.lognormal(12, 1, countries).round()
    rows = [
        {"exporter": i, "importer": n, "year": 2006, "trade": 1.0, "Y": output[a], "E": output[b],
         "pta": 0, "contiguity": 0, "common_language": 0,
         "lndist": 5.0 if a == b else rng.uniform(6, 9.5), "international": int(a != b)}
        for a, i in enumerate(names) for b, n in enumerate(names)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def gegravity_ms(data: pd.DataFrame, repeats: int = 3) -> tuple[float, mp.World, mp.Policy]:
    """Median time of its `simulate`, and the same world and shock for us."""
    pair = [str(code) for code in sorted(data["exporter"].unique())[2:4]]
    times = []
    for _ in range(repeats):  # a model of its own each time: it simulates only once
        model = _model(data, pair)
        begin = time.perf_counter()
        model.simulate(ge_tolerance=1e-8)
        times.append(1e3 * (time.perf_counter() - begin))
    cheaper = float(np.exp(-COSTS["pta"] / (SIGMA - 1)) - 1)
    policy = mp.TradeCost(*pair, rate=cheaper) + mp.TradeCost(*pair[::-1], rate=cheaper)
    return statistics.median(times), _world(model), policy


def _model(data: pd.DataFrame, pair: list[str]) -> gegravity.OneSectorGE:
    model = gegravity.OneSectorGE(
        _baseline(data), year="2006", expend_var_name="E", output_var_name="Y", sigma=SIGMA,
        cost_coeff_values=_coefficients(), cost_variables=list(COSTS), quiet=True,
        reference_importer=str(data["importer"].iloc[-1]),
    )  # fmt: skip
    model.build_baseline(omr_rescale=10)
    shocked = model.baseline_data.copy()
    joins = shocked["exporter"].isin(pair) & shocked["importer"].isin(pair)
    shocked.loc[joins & (shocked["exporter"] != shocked["importer"]), "pta"] = 1
    model.define_experiment(shocked)
    return model


def _baseline(data: pd.DataFrame) -> gegravity.BaselineData:
    return gegravity.BaselineData(
        data, imp_var_name="importer", exp_var_name="exporter", year_var_name="year",
        trade_var_name="trade", expend_var_name="E", output_var_name="Y",
    )  # fmt: skip


def _coefficients() -> gegravity.CostCoeffs:
    table = pd.DataFrame([{"var": k, "coeff": v, "ste": 0.1} for k, v in COSTS.items()])
    return gegravity.CostCoeffs(table, identifier_col="var", coeff_col="coeff", stderr_col="ste")


def _world(model: gegravity.OneSectorGE) -> mp.World:
    wide = model.bilateral_trade_results.reset_index().pivot(
        index="exporter", columns="importer", values="baseline modeled trade"
    )
    codes = sorted(wide.index)
    X = wide.loc[codes, codes].to_numpy()
    n = len(codes)
    return mp.World.from_arrays(
        codes, ["all"],
        expenditure_share=(X / X.sum(0))[None], input_share=np.ones((1, 1, n)),
        value_added_share=np.ones((1, n)), consumption_share=np.ones((1, n)),
        value_added=X.sum(1), transfer=X.sum(0) - X.sum(1), trade_elasticity=[SIGMA - 1],
    )  # fmt: skip
