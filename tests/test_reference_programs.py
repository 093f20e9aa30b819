"""The same question to another program: the same answer where the two ask the same thing."""

import contextlib
import io
import warnings

import numpy as np
import pandas as pd
import pytest

import multipolar as mp

SIGMA = 5
COEFFICIENTS = {
    "lndist": -0.3764, "contiguity": 0.8850, "pta": 0.4823, "common_language": 0.0392,
    "international": -3.4224,
}  # fmt: skip
PARTNERS = [("JPN", "CAN"), ("CAN", "JPN")]


@pytest.fixture(scope="module")
def gegravity(papers):
    """gegravity's own example: a trade agreement between Japan and Canada, solved, quietly."""
    sample = pd.read_csv(papers / "structural-gravity" / "sample_data_set.dlm")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        ge = pytest.importorskip("gegravity")
        data = ge.BaselineData(
            sample, imp_var_name="importer", exp_var_name="exporter", year_var_name="year",
            trade_var_name="trade", expend_var_name="E", output_var_name="Y",
        )  # fmt: skip
        table = pd.DataFrame(
            {"var": COEFFICIENTS.keys(), "coeff": COEFFICIENTS.values(), "ste": 0.1}
        )
        costs = ge.CostCoeffs(
            estimates=table, identifier_col="var", coeff_col="coeff", stderr_col="ste"
        )
        model = ge.OneSectorGE(
            data, year="2006", expend_var_name="E", output_var_name="Y", cost_coeff_values=costs,
            cost_variables=list(COEFFICIENTS), reference_importer="DEU", sigma=SIGMA, quiet=True,
        )  # fmt: skip
        model.build_baseline(omr_rescale=10, mr_tolerance=1e-12)
        experiment = model.baseline_data.copy()
        for exporter, importer in PARTNERS:
            pair = (experiment.exporter == exporter) & (experiment.importer == importer)
            experiment.loc[pair, "pta"] = 1
        model.define_experiment(experiment)
        model.simulate(ge_tolerance=1e-12)
    return model


def square(model, column, countries):
    """One of the program's bilateral costs, t^(1 - sigma), as [exporter, importer]."""
    costs = model.bilateral_costs.reset_index()
    wide = costs.pivot(index="exporter", columns="importer", values=column)
    return wide.loc[countries, countries].to_numpy()


@pytest.fixture(scope="module")
def same_world(gegravity):
    """The trade its baseline implies, X = Y E t^(1 - sigma) / (Pi P)^(1 - sigma), as a world."""
    results = gegravity.country_results
    countries = sorted(results.index)
    data = gegravity.baseline_data
    Y = data.groupby("exporter").Y.first().loc[countries].to_numpy()
    E = data.groupby("importer").E.first().loc[countries].to_numpy()
    terms = gegravity.country_mr_terms.loc[countries]
    outward, inward = (
        terms[f"baseline {side}"].to_numpy() ** (1 - SIGMA) for side in ("omr", "imr")
    )
    costs = square(gegravity, "baseline trade cost", countries)
    trade = np.outer(Y / outward, E / inward) * costs / Y.sum()
    return mp.World.from_flows(
        countries,
        ["all"],
        sales=trade[None],
        intermediate_use=np.zeros((1, 1, len(countries))),
        trade_elasticity=[SIGMA - 1],
        name="gegravity's sample",
    )


@pytest.fixture(scope="module")
def agreement(gegravity, same_world):
    """The trade agreement as a fall of trade costs."""
    columns = gegravity.bilateral_costs.columns
    before, after = (square(gegravity, name, same_world.countries) for name in columns[:2])
    ratio = pd.DataFrame(
        (after / before) ** (1 / (1 - SIGMA)) - 1, same_world.countries, same_world.countries
    )
    return sum(mp.TradeCost(i, n, rate=float(ratio.loc[i, n])) for i, n in PARTNERS)


def factory_gate_prices(model, countries):
    return 1 + model.country_results.loc[countries, "factory gate price change (percent)"] / 100


def test_gegravity(gegravity, same_world, agreement):
    """gegravity 0.3's full equilibrium is ours with a labour supply of 1 / p.

    It holds nominal output and spending at the baseline in its full GE step (its conditional and
    its experiment resistances coincide). In our terms each country then works 1 / p as much, p its
    factory-gate price; under that closure wages are its p and price indices its inward resistances.
    """
    countries = same_world.countries
    p = factory_gate_prices(gegravity, countries)
    labour = sum(mp.LabourSupply(code, change=1 / p[code] - 1) for code in countries)
    outcome = mp.solve(same_world, agreement + labour, tolerance=1e-12)
    terms = gegravity.country_mr_terms.loc[countries]
    np.testing.assert_allclose(1 + outcome.wage, p, rtol=1e-10)
    inward = terms["experiment imr"] / terms["baseline imr"]
    np.testing.assert_allclose(1 + outcome.price_index, inward, rtol=1e-10)


def test_gegravity_against_the_full_equilibrium(gegravity, same_world, agreement):
    """With labour fixed instead, real GDP agrees in sign and rank, and to a tenth for the two.

    Canada +0.445 % here and +0.435 % there, Japan +0.053 % and +0.056 %.
    """
    full = mp.solve(same_world, agreement, mp.Assumptions(deficits="own-gdp"))
    ours = 100 * full.real_wage.to_series()
    theirs = gegravity.country_results["GDP change (percent)"].loc[ours.index]
    assert ours[["CAN", "JPN"]].to_numpy() == pytest.approx([0.445, 0.053], abs=5e-4)
    assert theirs[["CAN", "JPN"]].to_numpy() == pytest.approx([0.435, 0.056], abs=5e-4)
    outside = [code for code in ours.index if code not in ("CAN", "JPN")]
    assert (ours[outside] < 0).all()
    assert ours.corr(theirs, method="spearman") > 0.9
