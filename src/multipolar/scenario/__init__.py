"""Scenarios: TOML files of story, evidence, dated policy, assumptions and questions; their runs."""

from multipolar.scenario.files import FOLDER, inputs, scenario_names
from multipolar.scenario.finding import Finding
from multipolar.scenario.run import Run
from multipolar.scenario.scenario import Scenario

__all__ = ["FOLDER", "Finding", "Run", "Scenario", "inputs", "scenario_names"]
