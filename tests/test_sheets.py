"""Scenarios in workbooks: read like the TOML that says the same, refused by sheet, row, column."""

import datetime as dt
import io
import json
import shutil
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pytest
import tomli_w
from click.testing import CliRunner

import multipolar as mp
from multipolar.cli import app
from multipolar.policy import TariffSchedule
from multipolar.policy.table import ACTS
from multipolar.questions.asking import registry
from multipolar.questions.asking.fields import pick_of
from multipolar.report.document import report_of
from multipolar.report.manifest import sha256
from multipolar.scenario import inputs
from multipolar.scenario.sheets import LISTS, TEXTS, act_columns
from multipolar.scenario.template import template

SHIPPED = sorted((Path(mp.__file__).parent / "scenarios").glob("*.toml"))
SAID = (*TEXTS, *LISTS, "benchmark_tariffs", "policy", "assumptions", "questions")


def inline(value):
    """A value as TOML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{k}" = {inline(v)}' for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(value)


def words(value, join="; "):
    return join.join(words(v, ", ") for v in value) if isinstance(value, list) else value


def written(data, path):
    """Fields of a scenario as a workbook, by another program than the one that reads it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Scenario"
    sheet.append(["field", "value"])
    for name in (*TEXTS, *LISTS, "benchmark_tariffs"):
        if name in data:
            shown = {True: "yes", False: "no"}.get(data[name], data[name]) \
                if isinstance(data[name], bool) else words(data[name])  # fmt: skip
            sheet.append([name, shown])
    _acts(book, data.get("policy", []))
    sheet = book.create_sheet("Assumptions")
    sheet.append(["assumption", "value"])
    for name, value in data.get("assumptions", {}).items():
        shown = (
            "; ".join(f"{k} = {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        sheet.append([name, shown])
    _questions(book, data.get("questions", []))
    book.save(path)
    return path


def _acts(book, acts):
    sheet = book.create_sheet("Acts")
    sheet.append(act_columns())
    for act in acts:
        sheet.append([words(act.get(name)) for name in act_columns()])


def _questions(book, asked):
    sheet = book.create_sheet("Questions")
    plain = [{n: v for n, v in q.items() if _in_a_cell(q["ask"], n, v)} for q in asked]
    columns = list(dict.fromkeys(["ask", *(n for q in plain for n in q), "more"]))
    sheet.append(columns)
    for question, told in zip(asked, plain, strict=True):
        more = {n: v for n, v in question.items() if n not in told}
        cells = {n: words([f"{words(a, '')}:{words(b, '')}" for a, b in v]) if n == "pairs"
                 else words(v) for n, v in told.items()}  # fmt: skip
        cells["more"] = ", ".join(f"{n} = {inline(v)}" for n, v in more.items()) or None
        sheet.append([cells.get(name) for name in columns])


def _in_a_cell(kind, name, value):
    field = registry.kind_of(kind).model_fields.get(name)
    pick = pick_of(field) if field else ""
    if name == "pairs":
        return all(isinstance(side, str) for pair in value for side in pair)
    return pick in ("sides", "side", "country", "sectors") or isinstance(value, str | int | float)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_workbook_is_the_scenario_that_its_toml_is(path, tmp_path):
    """Every shipped scenario, but for what only TOML has: evidence, findings, claims."""
    whole = tomllib.loads(path.read_text())
    data = {n: v.strip() if n == "story" else v for n, v in whole.items() if n in SAID}
    own = {fact["key"] for fact in whole.get("evidence", [])}
    for act in data.get("policy", []):
        act["evidence"] = [key for key in act.get("evidence", []) if key not in own]
        alone = {n: v for n, v in act.items() if isinstance(v, list) and len(v) == 1}
        act |= {n: v[0] for n, v in alone.items() if n != "evidence"}  # a list of one is its word
        if "file" in act:
            shutil.copy(path.parent / act["file"], tmp_path)
    (tmp_path / "one.toml").write_text(tomli_w.dumps(data))
    toml = mp.Scenario.load(tmp_path / "one.toml")
    book = mp.Scenario.load(written(data, tmp_path / "one.xlsx"))
    assert book.model_dump(exclude={"file"}) == toml.model_dump(exclude={"file"})
    assert book.questions == toml.questions


@pytest.fixture
def filled(tmp_path):
    """The template, and a way to change cells of it."""
    path = tmp_path / "mine.xlsx"
    path.write_bytes(template())

    def change(**cells):
        book = openpyxl.load_workbook(path)
        for place, value in cells.items():
            sheet, cell = place.split("_")
            book[sheet][cell] = value
        book.save(path)
        return path

    return change


def column(name):
    """The letter of a column of the template's acts."""
    (head, *_) = openpyxl.load_workbook(io.BytesIO(template()))["Acts"].iter_rows()
    return next(cell.column_letter for cell in head if cell.value == name)


def test_the_template_is_a_scenario_that_runs(filled, nine):
    scenario = mp.Scenario.load(filled())
    assert [question.kind for question in scenario.questions] == ["gains", "markets"]
    run = scenario.run(nine, asks=lambda question: question.kind == "gains")
    tariff = mp.Tariff("USA", "CHN", "electronics", rate=0.25)
    assert run.outcome.real_income.values == pytest.approx(
        mp.solve(nine, tariff).real_income.values, abs=1e-12
    )
    report = report_of(run)
    assert tomllib.loads(report.scenario)["policy"][0]["rate"] == 0.25
    assert report.command == "multipolar run mine.xlsx --out report"


def test_the_template_has_drop_downs_and_limits():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    assert book.sheetnames == ["Scenario", "Acts", "Assumptions", "Questions", "Schedule", "Codes"]
    rules = {str(v.sqref): v for v in book["Acts"].data_validations.dataValidation}
    codes = list(book["Codes"].iter_cols(values_only=True))
    listed = {cells[0]: [cell for cell in cells[1:] if cell] for cells in codes[::2]}
    assert listed["act"] == list(ACTS)
    assert listed["question"] == sorted(registry.summaries())
    assert {"EU", "USA", "*"} <= set(listed["country or bloc"])
    letter = column("act")
    source = rules[f"{letter}2:{letter}501"].formula1
    sheet, _, cells = source.partition("!")
    found = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    assert found == list(ACTS)
    rate = rules[f"{column('rate')}2:{column('rate')}501"]
    assert (rate.type, rate.formula1, rate.formula2) == ("decimal", "-1.0", "10.0")
    assert rules[f"{column('from')}2:{column('from')}501"].type == "date"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"Acts_B2": "tarif"}, "sheet Acts, row 2, column act: .*did you mean tariff"),
        ({"Acts_F2": "a lot"}, "sheet Acts, row 2, column rate: .*is not a number"),
        ({"Acts_F2": 25}, "sheet Acts, row 2, column rate: .*25 % meant"),
        ({"Acts_H2": "April"}, "sheet Acts, row 2, column from: 'April' is not a day"),
        ({"Acts_I2": dt.date(2024, 1, 1)}, "sheet Acts, row 2: .*ends on 2024-01-01"),
        ({"Acts_F1": "rat"}, "row 2, column rat: no column of this name; did you mean rate"),
        ({"Acts_B4": "embargo"}, "sheet Acts, row 4, column exporter: this field is missing"),
        ({"Acts_A5": "x"}, "sheet Acts, row 5, column act: says not what is done"),
        ({"Acts_C1": "exporter"}, "sheet Acts, row 1, column exporter: .*more than once"),
        ({"Acts_AZ9": "x"}, "sheet Acts, row 9: 'x' stands in a column without a heading"),
        ({"Assumptions_B2": "purgd"}, "sheet Assumptions, row 2, column value: .*purged"),
        ({"Questions_A2": "gain"}, "sheet Questions, row 2, column ask: .*did you mean gains"),
        ({"Questions_M2": "top ="}, "sheet Questions, row 2, column more: is not readable TOML"),
        ({"Questions_K2": "CHN"}, "sheet Questions, row 2, column pairs: "),
        ({"Scenario_A3": "stori", "Scenario_B3": "x"}, "Scenario, row 3, column field: .*story"),
        ({"Scenario_B4": "soon"}, "sheet Scenario, row 4, column value: 'soon' is not a day"),
        ({"Scenario_B6": "maybe"}, "sheet Scenario, row 6, column value: .*neither yes nor no"),
    ],
    ids=str,
)  # fmt: skip
def test_errors_name_sheet_row_and_column(cells, said, filled):
    with pytest.raises(mp.InputError, match=said) as error:
        mp.Scenario.load(filled(**cells))
    assert "mine.xlsx" in str(error.value)


def test_an_unknown_country_names_its_cell(filled, nine):
    """Names are held against a world, which is there only when the case is made."""
    with pytest.raises(
        mp.InputError, match=r"mine\.xlsx: sheet Acts, row 2, column importer: .*'USB'"
    ):
        mp.Scenario.load(filled(Acts_C2="USB")).case(nine)


def test_a_schedule_is_read_as_its_csv(filled, nine, tmp_path):
    rows = [("importer", "exporter", "sector", "rate", "from"),
            ("USA", "CHN", "C26", 0.5, "2025-04-09"),
            ("USA", "CHN; VNM", "goods", 0.1, "2025-01-01"),
            ("USA", "CHN", "C26", 0.7, "2026-01-01")]  # fmt: skip
    table = tmp_path / "t.csv"
    table.write_text("\n".join(",".join(map(str, row)) for row in rows))
    cells = {f"Schedule_{'ABCDE'[k]}{number}": value
             for number, row in enumerate(rows, 1) for k, value in enumerate(row)}  # fmt: skip
    cells["Schedule_E3"] = dt.date(2025, 1, 1)  # a day as a number, beside days as text
    path = filled(**cells)
    for day in (None, dt.date(2025, 2, 1), dt.date(2025, 5, 1)):
        ours, theirs = (TariffSchedule.from_csv(file, day=day) for file in (path, table))
        assert (ours.wedges(nine).tariff == theirs.wedges(nine).tariff).all()
    scenario = mp.Scenario.load(path)
    assert [act.id for act in scenario.policy] == ["us-electronics", "schedule"]
    assert inputs(path) == [path]
    with pytest.raises(mp.InputError, match=r"mine\.xlsx: row 3, rate: 'x' is not a number"):
        mp.Scenario.load(filled(Schedule_D3="x"))


@pytest.mark.parametrize("text", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_workbook_is_refused(text, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(text)
    with pytest.raises(mp.InputError, match="is not a readable workbook"):
        mp.Scenario.load(path)


def test_a_workbook_without_a_scenario_or_too_large_is_refused(tmp_path, monkeypatch):
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    with pytest.raises(mp.InputError, match="has no sheet 'Scenario'"):
        mp.Scenario.load(tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "y.xlsx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"0" * 300_000_000)
    with pytest.raises(mp.InputError, match="is too large a workbook"):
        mp.Scenario.load(tmp_path / "y.xlsx")


def test_the_command_writes_a_template_once(tmp_path):
    path = tmp_path / "mine.xlsx"
    done = CliRunner().invoke(app, ["template", str(path)])
    assert done.exit_code == 0
    assert "Next: fill it in, then multipolar run" in done.output
    first = sha256(path)
    with pytest.raises(mp.InputError, match="is there already"):
        CliRunner().invoke(app, ["template", str(path)], catch_exceptions=False)
    assert sha256(path) == first
    with pytest.raises(mp.InputError, match=r"end it in \.xlsx"):
        CliRunner().invoke(app, ["template", str(tmp_path / "a.csv")], catch_exceptions=False)
