"""Scenarios: TOML files of story, evidence, dated policy, assumptions and questions; their runs."""

from multipolar.scenario.claim import Claim, Verdict
from multipolar.scenario.files import FOLDER, inputs, scenario_names
from multipolar.scenario.finding import Finding
from multipolar.scenario.run import Run, affordable, anything
from multipolar.scenario.scenario import Scenario

__all__ = [
    "FOLDER",
    "Claim",
    "Finding",
    "Run",
    "Scenario",
    "Verdict",
    "affordable",
    "anything",
    "inputs",
    "scenario_names",
]
