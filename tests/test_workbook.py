"""The workbook of a run: sheets, real tables, formats, charts; and nothing in it is a formula."""

import io
import re
import shutil
import subprocess
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.native import NATIVE, numbers_of
from multipolar.display.workbook import Book, number_format, sheet_name, unique
from multipolar.report.document import Report
from multipolar.report.files import whole_tables, write_run
from multipolar.report.workbook import WORKBOOK, workbook_of
from multipolar.scenario import Scenario

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example")',
           "http://x.example", "{=1+1}")  # fmt: skip
CASE = """
title = "=HYPERLINK(1)"
story = "+A test"
[[policy]]
id = "=chips"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.5
from = 2025-04-09
source = "@cmd"
[[policy]]
id = "answer"
act = "export-tax"
exporter = "CHN"
importer = "USA"
rate = 0.1
[[questions]]
ask = "gains"
countries = ["USA", "CHN", "VNM"]
[[questions]]
ask = "markets"
exporter = "CHN"
"""


@pytest.fixture(scope="module")
def finished(nine, tmp_path_factory):
    """A run on a small world, written with --out."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "case.toml").write_text(CASE)
    few = ("gains", "markets")
    run = Scenario.load(folder / "case.toml").run(nine, asks=lambda question: question.kind in few)
    written = write_run(run, folder / "out", {"assume": {}, "tariffs": True})
    return run, folder / "out", written


@pytest.fixture(scope="module")
def book(finished):
    """Its workbook, as another program reads it."""
    return openpyxl.load_workbook(finished[1] / WORKBOOK)


def frame_of(sheet):
    """The first table of a sheet."""
    (table, *_) = sheet.tables.values()
    head, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
    return pd.DataFrame(rows, columns=head)


def test_the_workbook_has_every_part(finished, book):
    run, folder, written = finished
    assert folder / WORKBOOK in written
    assert book.sheetnames == [
        "Overview", "Assumptions", "Acts", "Real income", "Markets CHN", "New goods CHN",
        "Countries", "Trade", "Sources", "Chart data",
    ]  # fmt: skip
    said = [cell.value for cell in book["Overview"]["B"] if cell.value]
    for answer in run.answers:
        names = [sheet["A1"].value for sheet in book]
        assert answer.title in names
    assert run.asked[0].sentences[0] in said
    assert "multipolar run case.toml --out report" in said
    assert f"{run.case.world.name}, checksum {run.outcome.checksum}" in said
    links = {
        cell.value: cell.hyperlink.location for cell in book["Overview"]["B"] if cell.hyperlink
    }
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert all(sheet.freeze_panes for sheet in book.worksheets[1:-1])


def test_every_answer_is_a_real_table_with_its_numbers(finished, book):
    run = finished[0]
    by_title = {sheet["A1"].value: sheet for sheet in book}
    for answer in run.answers:
        found = frame_of(by_title[answer.title])
        assert list(found.columns[1:]) == list(answer.table.columns)
        assert found.iloc[:, 0].tolist() == answer.table.index.tolist()
        for heading in answer.table.select_dtypes("number"):
            numbers = found[heading].to_numpy(float)
            assert numbers == pytest.approx(answer.table[heading].to_numpy(), rel=1e-7, nan_ok=True)
    names = [name.casefold() for sheet in book for name in sheet.tables]
    assert len(names) == len(set(names))


def test_all_countries_and_pairs_are_as_in_the_csv(finished, book):
    for name in ("countries", "trade"):
        csv = pd.read_csv(finished[1] / f"{name}.csv")
        found = frame_of(book[name.capitalize()])
        pd.testing.assert_frame_equal(found, csv, check_dtype=False)


def test_acts_have_their_days_and_sources(book):
    acts = frame_of(book["Acts"])
    assert acts["act"].tolist() == ["=chips", "answer"]
    assert acts["from"].tolist()[0] == "2025-04-09"
    assert acts["source"].tolist() == ["@cmd", "hypothetical"]
    assert "50 %" in acts["what it does"][0]


def test_numbers_are_formatted_and_never_rescaled(finished, book):
    sheet, table = book["Real income"], finished[0].answers[0].table
    top = next(row for row in sheet.iter_rows() if row[0].value == "country")[0].row
    loss = sheet.cell(top + 1, 2)
    assert loss.value == pytest.approx(table.iloc[0, 0], rel=1e-7)  # per cent, as in the tables
    assert "%" not in loss.number_format
    assert loss.number_format.startswith("+")
    assert book["Trade"]["C2"].number_format == "#,##0"
    assert sheet.column_dimensions["A"].width > 10


def test_charts_show_the_figures_numbers(finished, book):
    drawn = [f for a in finished[0].answers for f in a.figures if numbers_of(f) is not None]
    assert len(drawn) == sum(len(sheet._charts) for sheet in book) == 2
    data = book["Chart data"]
    titles = {cell.value: cell.row for cell in data["A"] if cell.value}
    for figure in drawn:
        shown = numbers_of(figure)
        rows = data.iter_rows(titles[figure.title] + 2, titles[figure.title] + 1 + len(shown))
        found = [[cell.value for cell in row[: shown.shape[1]]] for row in rows]
        assert [row[0] for row in found] == shown.iloc[:, 0].tolist()
        assert np.array([row[1:] for row in found], float) == pytest.approx(
            shown.iloc[:, 1:].to_numpy(float), rel=1e-7, nan_ok=True
        )
    (bars,) = book["Real income"]._charts
    assert bars.series[0].val.numRef.f.startswith("'Chart data'!$B$")
    assert len(book["Real income"]._images) == 1  # the map, which has no native chart


def test_nothing_in_a_workbook_is_a_formula_or_leaves_it(finished):
    table = pd.DataFrame({text: [text, 1.0] for text in HOSTILE}, pd.Index(HOSTILE[:2], name="=x"))
    drawn = pd.DataFrame({"=who": ["=A1", "+b"], "=x": [1.0, -1.0], "=y": [2.0, 1.0]})
    words = {"key": "=k", "title": "=A1", "source": "=s", "subtitle": "=A1", "alt": "=A1"}
    figures = (charts.scatter(drawn, **words), charts.ranked_bars(drawn, **words))
    answer = Answer("=key", "=t", table, "=remark", figures)
    report = Report(HOSTILE[0], HOSTILE[1], list(HOSTILE), [answer],
                    [HOSTILE[:3]], [HOSTILE[1:4]], [], [HOSTILE[:2]], "=cmd")  # fmt: skip
    for made in (workbook_of(report, {"=sheet": table}), (finished[1] / WORKBOOK).read_bytes()):
        with zipfile.ZipFile(io.BytesIO(made)) as parts:
            inside = {name: parts.read(name).decode("utf-8", "ignore") for name in parts.namelist()}
        sheets = [text for name, text in inside.items() if name.startswith("xl/worksheets/")]
        assert sheets
        assert not any("<f>" in text or "<f " in text for text in sheets)
        titles = [text for name, text in inside.items() if name.startswith("xl/charts/chart")]
        refers = re.findall(r"<c:f>(.*?)</c:f>", "".join(titles))
        assert refers
        assert all(where.startswith("'Chart data'!$") for where in refers)
        assert not any('TargetMode="External"' in text for text in inside.values())
    found = openpyxl.load_workbook(io.BytesIO(workbook_of(report, {"=sheet": table})))
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row if cell.value]
    assert not any(cell.data_type == "f" for cell in cells if cell.row > 1 or cell.column > 1)
    held = [c for c in cells if str(c.value).startswith(("=", "+", "-", "@", "\t")) and c.row > 6]
    assert held
    assert [cell.value for cell in held if not (cell.quotePrefix or cell.data_type == "n")] == []


def test_the_same_run_makes_the_same_bytes(finished):
    from multipolar.report.document import report_of

    report, whole = report_of(finished[0]), whole_tables(finished[0])
    assert workbook_of(report, whole) == workbook_of(report, whole)


def test_names_of_sheets_are_such_as_programs_accept():
    taken: set[str] = set()
    for text in ("a/b:c*d?e[f]g\\h", "'quoted'", "", "x" * 50, "X" * 50, "x" * 31, "History", "[]"):
        name = sheet_name(text, taken)
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.casefold() not in {*taken, "history"}
        assert name.strip("'") == name
        taken.add(name.casefold())
    assert unique(["a", "A", "b", "a 2"]) == ["a", "A 2", "b", "a 2 2"]


@pytest.mark.parametrize(
    ("heading", "values", "shape"),
    [
        ("real income, % change", [-0.31, 2.0], "+0.00;-0.00;0.00"),
        ("real income, % change", [-0.001], "+0.0000;-0.0000;0.0000"),
        ("goods before, million USD", [1.5], "#,##0"),
        ("before, bn USD", [374.0], "#,##0.0"),
        ("rank", [1, 2], "0"),
        ("country", ["USA"], ""),
    ],
)
def test_formats_follow_the_unit(heading, values, shape):
    assert number_format(heading, pd.Series(values)) == shape


@pytest.mark.parametrize("kind", NATIVE)
def test_every_kind_of_native_chart_is_made_from_its_figure(kind):
    words = {"key": "k", "title": "T", "source": "s", "alt": "what is seen"}
    by_name = pd.DataFrame({"who": ["a", "b"], "x, %": [1.0, -2.0], "y, %": [2.0, 1.0],
                            "change, %": [1.0, 3.0]})  # fmt: skip
    paths = pd.DataFrame({"at": ["2025-01-01", "2026-01-01"] * 2, "who": ["a", "a", "b", "b"],
                          "x, %": [1.0, 2.0, 3.0, np.nan]})  # fmt: skip
    made = {
        "bars": lambda: charts.ranked_bars(by_name, **words),
        "waterfall": lambda: charts.waterfall(by_name, total=-1.0, **words),
        "before_after": lambda: charts.before_after(by_name, **words),
        "lines": lambda: charts.lines(paths.assign(at=[2025, 2026] * 2), **words),
        "over_time": lambda: charts.over_time(paths, [], **words),
        "scatter": lambda: charts.scatter(by_name, **words),
    }[kind]()
    answer = Answer("k", "t", by_name.set_index("who"), figures=(made,))
    report = Report("t", "", [], [answer], [], [], [], [], "")
    found = openpyxl.load_workbook(io.BytesIO(workbook_of(report, {})))
    (chart,) = found["K"]._charts
    assert chart.title.tx.rich.p[0].r[0].t == "T"
    assert len(chart.series) == (2 if kind in ("before_after", "lines", "over_time") else 1)


def test_an_empty_table_and_gaps_are_written():
    book = Book("t")
    sheet = book.sheet("a")
    book.table(sheet, pd.DataFrame({"n": pd.Series([], dtype=float)}))
    book.table(sheet, pd.DataFrame({"n": [1.0, np.nan, np.inf]}), 5)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.to_bytes())).get_sheet_by_name("a")
    assert [row[0] for row in rows.to_python()][5:] == ["n", 1.0]


def test_the_workbook_opens_in_libreoffice(finished, tmp_path):
    """Another program reads every sheet of it and writes it again, with its charts."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [program, "--headless", f"-env:UserInstallation={tmp_path.as_uri()}", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path, finished[1] / WORKBOOK],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    ours, theirs = (openpyxl.load_workbook(f / WORKBOOK) for f in (finished[1], tmp_path))
    assert theirs.sheetnames == ours.sheetnames
    for sheet in ours:
        assert len(theirs[sheet.title]._charts) == len(sheet._charts)
        for row, other in zip(sheet.iter_rows(), theirs[sheet.title].iter_rows(), strict=False):
            for cell, again in zip(row, other, strict=False):
                if isinstance(cell.value, float):
                    assert again.value == pytest.approx(cell.value, rel=1e-12)
                    assert again.number_format.replace("\\", "") == cell.number_format
                elif cell.value is not None:
                    assert again.value == cell.value
