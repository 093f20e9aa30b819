"""Who joins whom: every third country picks the first hegemon's club, the second's, or neither."""

import math
from typing import Any, Literal

import numpy as np
import pandas as pd

from multipolar.alignment.clubs import ACTIONS, Resting, clubs
from multipolar.alignment.clubs import Clubs as Found
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, listed, name
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.hegemons import HegemonsQuestion
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import source
from multipolar.world.labels import bloc


class Clubs(HegemonsQuestion):
    """Who joins whom: every third country picks one hegemon's club, the other's, or neither."""

    cost = "minutes"
    scenario = ""

    neutral: float = entry(
        "neutral", "The neutrals' share of both threats.", default=0.5, unit="fraction", ge=0, le=1
    )
    kappa: float | Literal["affinity"] = entry(
        "weight of affinity",
        "0: income alone; larger: affinity counts too; affinity: it alone, nothing is solved.",
        default=0.0,
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Found:
        """Best replies from all three extremes; see `alignment.clubs`."""
        weight = math.inf if self.kappa == "affinity" else float(self.kappa)
        if self.kappa != "affinity" and not 0 <= weight < math.inf:
            reason = 'a weight is zero or more; write "affinity" for affinity alone'
            raise InputError(reason, field="kappa", value=self.kappa)
        return clubs(case, self.offers(self.neutral), weight, on_step=on_step)

    def status(self, found: Found) -> str:
        """Whether best replies come to rest from each extreme."""
        lost = [self._side(each.start) for each in found.resting if not each.profile]
        return f"no resting point from all {listed(lost)}" if lost else "converged"

    def _side(self, action: int) -> str:
        return {1: called(self.first), -1: called(self.second), 0: "neither"}[action]

    def tell(self, case: Case, found: Found) -> list[Answer]:
        """Every resting point; who joins whom in the first, with break-even weights."""
        points = distinct(found)
        if not points:
            empty = pd.DataFrame(index=pd.Index([], name="nothing found"))
            return [Answer("clubs", "No resting point", empty, self.status(found))]
        return [self._points(found, points), self._players(case, found, points[0])]

    def _points(self, found: Found, points: list[Resting]) -> Answer:
        rows = pd.DataFrame(
            {
                f"join {self._side(1)}": [str(p.profile.count(1)) for p in points],
                f"join {self._side(-1)}": [str(p.profile.count(-1)) for p in points],
                "neither": [str(p.profile.count(0)) for p in points],
                "reached from all": [
                    listed([self._side(r.start) for r in found.resting if r.profile == p.profile])
                    for p in points
                ],
                "moves": [p.how for p in points],
            },
            pd.Index([str(k) for k in range(1, len(points) + 1)], name="resting point"),
        )
        remark = f"{len(found.players)} players, the European Union as one. "
        if found.substitutes is not None:
            remark += (
                f"For {found.substitutes} of them joining {self._side(1)} is worth less if all "
                "others join too. "
            )
            remark += (
                "Nobody gains by changing sides alone; every payoff is an equilibrium. Three "
                "starts find no other; there may be more."
            )
        else:
            remark += "Affinity alone decides; nothing is solved."
        return Answer("clubs", "Where choices come to rest", rows, remark)

    def _players(self, case: Case, found: Found, point: Resting) -> Answer:
        table = pd.DataFrame(
            {
                "joins": [self._side(a) for a in point.profile],
                "gain over neither, %": 100 * _over_neither(point),
                "at home at": found.home.to_numpy(),
                "break-even weight": point.kappa,
            },
            pd.Index(list(found.players), name="player"),
        ).sort_values("break-even weight", ascending=False)
        shown = table.rename(index=name)
        remark = (
            "Resting point 1. At home: -1 with China, 1 with the G7 without the United States, by "
            "ideal points. Break-even weight: from which affinity decides (at 0.1 standing one "
            "step from home costs 5 % of income); 0: income says the same. It stands here instead "
            "of an assumed weight."
        )
        figures = (self._map(case, found, point),)
        return Answer("clubs-players", "Who joins whom", shown, remark, figures)

    def _map(self, case: Case, found: Found, point: Resting) -> Figure:
        side = dict(zip(found.players, point.profile, strict=True))
        union = side.get("EU") if "EU" not in case.world.countries else None
        if union is not None:
            side |= {c: union for c in bloc("EU") if c in case.world.countries}
        codes = [c for c in case.world.countries if c in side]
        values = pd.DataFrame(
            {
                "code": codes,
                "country": [name(c) for c in codes],
                "joins": [self._side(side[c]) for c in codes],
            }
        )
        counts = ", ".join(f"{self._side(a)} {point.profile.count(a)}" for a in ACTIONS)
        return charts.shape_map(
            values, key="clubs", title="Who joins whom", source=source(case),
            alt=f"World map of clubs: {counts}.",
        )  # fmt: skip

    def say(self, case: Case, found: Found) -> list[str]:
        """How many join whom."""
        points = distinct(found)
        if not points:
            return [f"Choices find no resting point: {self.status(found)}."]
        first = points[0].profile
        how = "one resting point" if len(points) == 1 else f"{len(points)} resting points"
        said = (
            f"Of {len(first)} players {first.count(1)} join {self._side(1)}, {first.count(-1)} "
            f"{self._side(-1)}, {first.count(0)} neither; {how} from three starts."
        )
        return [said]

    def data(self, case: Case, found: Found) -> dict[str, Any]:
        """Players, where they are at home, and every resting point with its certificate."""
        return {
            "players": list(found.players),
            "home": plain(found.home.to_dict()),
            "substitutes": found.substitutes,
            "resting": [
                {
                    "start": each.start,
                    "profile": dict(zip(found.players, each.profile, strict=False)),
                    "how": each.how,
                    "rounds": each.rounds,
                    "log_income_of_actions": plain(each.worth.tolist()),
                    "break_even_weight": plain(each.kappa.tolist()),
                }
                for each in found.resting
            ],
        }

    @measure("players that join a side in the first resting point", "players")
    def joining(self, case: Case, found: Found, *, side: str) -> float:
        """Of "first", "second" or "neither"."""
        action = {"first": 1, "second": -1, "neither": 0}[side]
        return float(distinct(found)[0].profile.count(action))

    @measure("weight from which affinity decides", "log income per squared step")
    def break_even(self, case: Case, found: Found, *, country: str) -> float:
        """Of a player, in the first resting point."""
        return float(distinct(found)[0].kappa[found.players.index(country)])


def distinct(found: Found) -> list[Resting]:
    """The different resting points, in the order in which they were found."""
    points: dict[tuple[int, ...], Resting] = {}
    for each in found.resting:
        if each.profile:
            points.setdefault(each.profile, each)
    return list(points.values())


def _over_neither(point: Resting) -> np.ndarray:
    taken = [ACTIONS.index(a) for a in point.profile]
    gain: np.ndarray = point.worth[np.arange(len(taken)), taken] - point.worth[:, 1]
    return gain if math.isfinite(gain.sum()) else np.full(len(taken), np.nan)
