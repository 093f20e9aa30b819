"""What a person reads of an outcome: answers as tables, on the terminal, in files."""

from multipolar.display.answer import Answer
from multipolar.report.answers import answers
from multipolar.report.files import as_json, write_run

__all__ = ["Answer", "answers", "as_json", "write_run"]
