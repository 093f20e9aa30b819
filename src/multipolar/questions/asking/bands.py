"""How ranges are told: a band beside the number, two tables, and sentences for the headline."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.display.words import listed
from multipolar.model.spread import ANSWERED, FEWEST, Band
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.ranges import Ranged, Ranges

FEW = 4  # names in a sentence
MANY = 2  # structures named for each
MOST = 0.5  # share of the variance from which a result hangs on something
HANGS_ON = {
    "services": "the trade elasticity of services, which is a convention and no estimate",
    "common level": "the level common to all trade elasticities",
    "goods": "the trade elasticities of single goods sectors",
    "not estimated": "the trade elasticities of sectors that nobody has estimated",
}


def with_bands(answers: Sequence[Answer], ranges: Ranges) -> list[Answer]:
    """The answers with a band beside each number that has one, and the two tables of ranges."""
    shown = [ranged for ranged in ranges.ranged if ranged.shown.label]
    told = [replace(answer, table=_beside(answer.table, shown)) for answer in answers]
    return [*told, how_sure(shown, ranges), structure(shown, ranges)] if shown else told


def _beside(table: pd.DataFrame, ranged: Sequence[Ranged]) -> pd.DataFrame:
    """The table with a column of bands after each column that has some."""
    widened = table.copy()
    for column in dict.fromkeys(each.shown.column for each in ranged):
        rows = {r.shown.row: _text(_scaled(r)) for r in ranged if r.shown.column == column}
        if column not in table.columns or not set(rows) & set(map(str, table.index)):
            continue
        words = [rows.get(str(row), "-") for row in table.index]
        heading = f"90 % band: {column}"
        widened.insert(list(widened.columns).index(column) + 1, heading, words)
    return widened


def _scaled(ranged: Ranged) -> Band:
    """The band in the unit in which people read it."""
    scale, found = ranged.shown.scale, ranged.band
    low, high = sorted((scale * found.low, scale * found.high))
    return replace(
        found, central=scale * found.central, median=scale * found.median, low=low, high=high
    )


def _text(found: Band) -> str:
    if not found.count:
        return "none"
    size = max(abs(found.low), abs(found.high))
    digits = 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{found.low:+,.{digits}f} to {found.high:+,.{digits}f}"


def how_sure(ranged: Sequence[Ranged], ranges: Ranges) -> Answer:
    """The band of each number, the share of draws with its sign, and what it hangs on most."""
    rows = []
    for each in ranged:
        found = _scaled(each)
        group = max(each.shares, key=lambda name: each.shares[name], default="")
        rows.append(
            {
                "unit": each.shown.unit,
                "as assumed": found.central,
                "5 % lie below": found.low,
                "median": found.median,
                "5 % lie above": found.high,
                "same sign, % of draws": f"{100 * found.same_sign:.0f}" if found.count else "-",
                "sign": _certainty(found),
                "hangs most on, % of variance": (
                    f"{group} {100 * each.shares[group]:.0f}" if group else "-"
                ),
            }
        )
    index = pd.Index([each.shown.label for each in ranged], name="result")
    return Answer(
        "ranges",
        "How sure: the same over draws of the trade elasticities",
        pd.DataFrame(rows, index),
        _drawn_remark(ranges),
        joins=True,
    )


def _certainty(found: Band) -> str:
    if not found.count:
        return "no band"
    return "certain" if found.sign_certain else "not certain"


def _drawn_remark(ranges: Ranges) -> str:
    failed = sum(ranges.failed.values())
    missing = f" {failed} gave no answer ({next(iter(ranges.failed))})." if failed else ""
    return (
        f"{ranges.draws} draws (Sobol, seed {ranges.seed}) from the standard errors of Caliendo & "
        "Parro (2015) by sector, a level common to all, and a factor of 2 for services and for "
        "sectors that nobody has estimated, whose elasticities are conventions and no estimates."
        f"{missing}"
    )


def structure(ranged: Sequence[Ranged], ranges: Ranges) -> Answer:
    """Lowest and highest of each number when one assumption is another."""
    rows = []
    for each in ranged:
        known = {k: each.shown.scale * v for k, v in each.structure.items() if math.isfinite(v)}
        low = min(known, key=lambda name: known[name], default="")
        high = max(known, key=lambda name: known[name], default="")
        central = each.shown.scale * each.band.central
        turned = [name for name, value in known.items() if value * central < 0]
        rows.append(
            {
                "unit": each.shown.unit,
                "as assumed": central,
                "lowest": known.get(low, math.nan),
                "lowest with": low,
                "highest": known.get(high, math.nan),
                "highest with": high,
                "sign": f"turns in {len(turned)} of {len(known)}" if turned else "stays",
            }
        )
    refused = "; ".join(f"{name}: {why}" for name, why in ranges.refused.items())
    index = pd.Index([each.shown.label for each in ranged], name="result")
    remark = (
        "Solved again with one assumption changed at a time, and the others as they are; not "
        "pooled with the draws. Lowest and highest are over these changes."
    )
    remark += f" Without an answer: {refused}." if refused else ""
    title = "The same with another assumption: deficits, supply, elasticities, horizon"
    return Answer("structure", title, pd.DataFrame(rows, index), remark, joins=True)


def sentences(ranges: Sequence[Ranges]) -> list[str]:
    """How sure the signs of several questions' numbers are, and what the numbers hang on."""
    reasons = dict.fromkeys(each.left for each in ranges if each.left)
    left = [
        f"No range for {listed([e.question for e in ranges if e.left == reason])}: {reason}."
        for reason in reasons
    ]
    shown = [one for each in ranges for one in each.ranged if one.shown.label]
    ranged = [one for one in shown if one.band.count]
    if len(ranged) < len(shown):
        left.append(
            f"{len(shown) - len(ranged)} of {len(shown)} numbers have no band: fewer than {FEWEST} "
            f"draws, or than {100 * ANSWERED:.0f} % of them, gave an answer."
        )
    return [*(_signs(ranged) + _turns(ranged) + _hangs(ranged) if ranged else []), *left]


def _signs(ranged: Sequence[Ranged]) -> list[str]:
    unsure = [each for each in ranged if not each.band.sign_certain]
    drawn = f"{max(each.band.count for each in ranged)} draws of the trade elasticities"
    if not unsure:
        which = "The sign is" if len(ranged) == 1 else f"The signs of all {len(ranged)} numbers are"
        return [f"{which} the same in 95 % or more of {drawn}."]
    parts = [f"{each.shown.label} ({100 * each.band.same_sign:.0f} %)" for each in unsure]
    share = f"in brackets is the share of {drawn} with the sign that is shown"
    return [f"Sign not certain: {_few(parts)}; {share}."]


def _turns(ranged: Sequence[Ranged]) -> list[str]:
    """Which signs that all draws share turn under another structure, and under which."""
    turned = []
    for each in ranged:
        others = [k for k, value in each.structure.items() if value * each.band.central < 0]
        if each.band.sign_certain and others:
            turned.append(f"{each.shown.label} ({', '.join(others[:MANY])})")
    return [f"The sign turns if one assumption is another: {_few(turned)}."] if turned else []


def _hangs(ranged: Sequence[Ranged]) -> list[str]:
    """What carries more than half of the variance of results; the largest results are named."""
    said = []
    for group, words in HANGS_ON.items():
        on = [each for each in ranged if each.shares.get(group, 0.0) >= MOST]
        if not on:
            continue
        largest = sorted(on, key=lambda each: -each.shares[group])
        parts = [
            f"{each.shown.label} {100 * each.shares[group]:.0f} %"
            + (f" ({each.input})" if group == "goods" and each.input not in HANGS_ON else "")
            for each in largest
        ]
        of = f"{len(on)} of {len(ranged)} results" if len(ranged) > 1 else "The result"
        verb = "hang" if len(on) > 1 else "hangs"
        said.append(f"{of} {verb} mostly on {words}: {_few(parts)} of the variance.")
    return said


def _few(parts: Sequence[str]) -> str:
    more = len(parts) - FEW
    return f"{', '.join(parts[:FEW])} and {more} more" if more > 0 else listed(parts)


def data(ranges: Ranges) -> dict[str, Any]:
    """Ranges as plain data, in the units of the measures."""
    return {
        "draws": ranges.draws,
        "seed": ranges.seed,
        "left": f"no range for {ranges.question}: {ranges.left}" if ranges.left else "",
        "failed": dict(ranges.failed),
        "refused": dict(ranges.refused),
        "measures": [
            {
                "measure": each.shown.measure,
                "of": dict(each.shown.of),
                "label": each.shown.label,
                **plain(each.band),
                "sign_certain": each.band.sign_certain,
                "variance_shares": plain(each.shares),
                "largest_input": each.input,
                "largest_input_share": plain(each.input_share),
                "structure": plain(each.structure),
            }
            for each in ranges.ranged
        ],
    }
