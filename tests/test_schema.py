"""The schema of scenario files: what loads is valid, what the schema refuses does not load."""

import copy
import datetime as dt
import json
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import multipolar as mp
from multipolar.scenario.schema import scenario_schema

SHIPPED = sorted((Path(mp.__file__).parent / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(scenario_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def plain(value):
    """TOML as JSON: days as text."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_is_valid(path, validator):
    data = plain(tomllib.loads(path.read_text()))
    errors = [f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(data)]
    assert not errors


def test_the_schema_that_ships_is_that_of_the_classes():
    """Written by tools/write_tables.py; named in the first line of every scenario."""
    shipped = json.loads((SHIPPED[0].parent / "scenario.schema.json").read_text())
    assert shipped == json.loads(json.dumps(scenario_schema()))
    for path in SHIPPED:
        assert path.read_text().startswith("#:schema scenario.schema.json\n")


def broken(data, rng):
    """A copy with one field renamed, one value of another kind, or one number out of limits."""
    data = copy.deepcopy(data)
    tables = [data, *data.get("policy", []), *data.get("questions", []),
              *([data["assumptions"]] if data.get("assumptions") else [])]  # fmt: skip
    table = tables[rng.integers(len(tables))]
    name = list(table)[rng.integers(len(table))]
    how = rng.integers(3)
    if how == 0:
        table[f"{name}_"] = table.pop(name)
    elif how == 1:
        table[name] = [{"what": 1}]
    else:
        table[name] = -1e9 if isinstance(table[name], float | int) else ""
    return data


def test_schema_and_loader_agree_on_broken_files(validator):
    """What the schema refuses, loading refuses; loading refuses more, since it knows names."""
    rng, seen = np.random.default_rng(7), {"both": 0, "loader": 0, "neither": 0, "schema": []}
    sources = [tomllib.loads(path.read_text()) for path in SHIPPED]
    for _ in range(150):
        data = broken(sources[rng.integers(len(sources))], rng)
        refused = not validator.is_valid(plain(data))
        try:
            mp.Scenario.from_data(data)
            loaded = True
        except mp.InputError:
            loaded = False
        if refused and loaded:
            seen["schema"].append(data)
        else:
            seen["both" if refused else "neither" if loaded else "loader"] += 1
    assert not seen["schema"]
    assert seen["both"] > 6 * seen["loader"]
