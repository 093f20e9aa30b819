"""Readable words: names of countries and sectors, sources of numbers, cells of tables."""

import re
import zlib
from collections.abc import Sequence
from importlib.metadata import version

import pandas as pd

from multipolar.world import labels
from multipolar.world.labels import sector_names

# The text under a picture; SOURCES.md beside the world has it in full.
DATA = {
    "world-2023": "OECD Inter-Country Input-Output tables 2025, CEPII BACI V202501, World Bank",
    "world-2021": "as world-2023, Russia's goods trade of 2021 from IMF IMTS",
}


LONGEST_KEY = 100  # characters in the name of a file


def name(country: str) -> str:
    """A country's or bloc's name for a table (several are joined); the label if it has no name."""
    return ", ".join(capital(called(code).removeprefix("the ")) for code in country.split(", "))


def called(country: str) -> str:
    """A country or bloc as a sentence names it: "the United States"; several are joined."""
    return ", ".join(labels.called(code) or code for code in country.split(", "))


def sector_name(code: str) -> str:
    """A sector's readable name; its code if it has no name."""
    return sector_names().get(code, code)


def source_line(world: str, assumptions: str) -> str:
    """Where the numbers computed on a world come from, and what they assume, in one line."""
    data = next((made for known, made in DATA.items() if world.startswith(known)), "")
    return (
        f"multipolar {version('multipolar')}, world {world or 'without a name'}"
        f"{f' (data: {data})' if data else ''}. Assumes {assumptions}."
    )


def slug(text: str) -> str:
    """A text as part of a file's name: letters, digits, dashes; labels of a world can be any text.

    If something is cut or replaced, a few digits of a checksum keep the names different.
    """
    plain = re.sub(r"[^A-Za-z0-9_@-]+", "-", text).strip("-")[:LONGEST_KEY]
    if plain == text:
        return text
    return f"{plain}-{zlib.crc32(text.encode()):08x}" if plain != text.replace(" ", "-") else plain


def listed(parts: Sequence[str]) -> str:
    """Words as a list within a sentence: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def ends_in_words(table: pd.DataFrame, few: int = 3) -> str:
    """Lowest and highest of a table (label, number), for readers who cannot see the picture."""
    label, measure = table.columns[:2]
    ranked = table.dropna(subset=[measure]).sort_values(measure)
    parts = [
        ", ".join(f"{row[label]} {row[measure]:+.2f}" for row in rows.to_dict("records"))
        for rows in (ranked[:few], ranked[::-1][:few])
    ]
    return f"{measure}. Lowest: {parts[0]}. Highest: {parts[1]}."


def written(value: object, heading: str) -> tuple[str, int]:
    """A cell of a table as text, and whether it is a loss (-1) or a gain (1), if it is a change.

    The heading says whether it is a change; a rise of prices counts as a loss, as in the charts.
    """
    if not isinstance(value, int | float):
        return str(value), 0
    if pd.isna(value):
        return "-", 0
    moves = any(word in heading for word in ("change", "won", "lost", "worth"))
    moves = moves or heading.startswith("real income")
    digits = 1 if "bn USD" in heading and abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    text = f"{value:+,.{digits}f}" if moves else f"{value:,.{digits}f}"
    if not moves or float(f"{value:.{digits}f}") == 0:
        return text, 0
    return text, -1 if (value < 0) != ("price" in heading) else 1
