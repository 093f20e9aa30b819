"""What the page offers, made from the tables of acts and assumptions and the registry of questions.

Nothing here lists a kind of act, assumption or question: what is in its table is on the page.
"""

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from multipolar.app.drafts import NETWORK, world
from multipolar.display.words import name
from multipolar.energy import Network
from multipolar.energy.network import shipped_networks
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.policy import NetworkAct
from multipolar.policy.dated import DatedAct
from multipolar.policy.table import ACTS, ActKind
from multipolar.questions.asking import registry
from multipolar.questions.asking.question import Question
from multipolar.scenario import Scenario, scenario_names
from multipolar.world.labels import bloc_names, sector_groups, sector_names


def choices() -> dict[str, Any]:
    """Everything that the page offers."""
    return _choices(tuple(registry.kinds().values()))


@cache
def _choices(kinds: tuple[type[Question], ...]) -> dict[str, Any]:
    known = world("world-2023", tariffs=True)
    shipped = [Scenario.load(each) for each in scenario_names()]
    return {
        "scenarios": [{"name": s.name, "title": s.title, "story": _line(s.story)} for s in shipped],
        "countries": {code: name(code) for code in known.countries},
        "blocs": {bloc: name(bloc) for bloc in bloc_names()},
        "sectors": {code: sector_names().get(code, code) for code in known.sectors},
        "groups": list(sector_groups()),
        "acts": {kind.name: _act(kind) for kind in ACTS.values() if not kind.names_a_file},
        "assumptions": [_assumption(each) for each in ASSUMPTIONS],
        "questions": [_question(kind) for kind in kinds],
        "gas": _gas(),
    }


def _gas() -> dict[str, Any]:
    """The gas networks that ship; names of links and nodes are the same in all of them."""
    network = Network.load(NETWORK)
    inland = network.nodes[network.nodes["region"] != "port"]
    links = network.links.index[network.links["kind"] != "route"]
    names = {str(code): str(said) for code, said in inland["name"].items()}
    return {
        "networks": shipped_networks(),
        "usual": NETWORK,
        "links": list(map(str, links)),
        "nodes": names,
        "regions": sorted({str(region) for region in inland["region"]}),
    }


def _line(text: str) -> str:
    return " ".join(text.split())


def _act(kind: ActKind) -> dict[str, Any]:
    fields = {each: dataclasses.asdict(field) for each, field in kind.fields.items()}
    for field in fields.values():
        for end in ("low", "high"):
            field[end] = field[end] if np.isfinite(field[end]) else None
    return {
        "title": kind.title,
        "meaning": kind.meaning,
        "phrase": kind.phrase,
        "fields": fields,
        "slider": kind.slider.name if kind.slider else None,
        "gas": issubclass(kind.instrument, NetworkAct),
    }


def _assumption(named: str) -> dict[str, Any]:
    about = ASSUMPTIONS[named]
    return {
        "name": about.name,
        "title": about.title,
        "default": about.default,
        "meaning": about.meaning,
        "choices": dict(about.choices),
        "limits": list(about.limits) if about.limits else None,
        "unit": about.unit,
        "only_with": list(about.only_with) if about.only_with else None,
        "takes_table": about.takes_table,
    }


def _question(kind: type[Question]) -> dict[str, Any]:
    """A kind of question: its sentence, how long it takes, the schema that its form is made of."""
    return {
        "ask": kind.kind,
        "summary": _line((kind.__doc__ or "").partition("\n\n")[0]),
        "cost": kind.cost,
        "schema": kind.model_json_schema(),
    }


def described(scenario: Scenario) -> dict[str, Any]:
    """A shipped scenario: its acts in force, each with its fields, and its own assumptions."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "story": _line(scenario.story),
        "date": scenario.date.isoformat() if scenario.date else None,
        "tariffs": scenario.benchmark_tariffs,
        "network": scenario.network,
        "assumptions": scenario.assume().as_dict(),
        "acts": [_described(scenario, act) for act in scenario.acts(scenario.date)],
        "headline": [side for side in scenario.countries if isinstance(side, str)],
        "questions": [question.fields() for question in scenario.all_questions()],
        "evidence": [fact.as_data() for fact in scenario.facts],
        "contested": scenario.contested,
    }


def _described(scenario: Scenario, act: DatedAct) -> dict[str, Any]:
    fields = {key: value for key, value in (act.model_extra or {}).items() if key != "file"}
    return {
        "id": act.id,
        "act": act.act,
        "fields": fields,
        "says": "; ".join(repr(instrument) for instrument in scenario.policy_of(act)),
        "source": "; ".join(filter(None, (act.source, ", ".join(act.evidence), act.note))),
        "fixed": ACTS[act.act].names_a_file,  # a schedule: in force or not, nothing to move
    }
