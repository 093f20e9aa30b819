"""What a person reads of a run: on the terminal, as one report, in files."""

from multipolar.report.files import as_json, write_run

__all__ = ["as_json", "write_run"]
