"""Fetch published tables from their publishers, once (optional: `multipolar[tables]`).

Nothing is fetched unless asked for, and never at import. Who has the file already needs none of
this.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from multipolar.errors import InputError, choose
from multipolar.progress import OnStep, quiet

OECD = "https://webfs-sti.oecd.org/files/STI-PIE/ICIO"


@dataclass(frozen=True)
class Source:
    """An archive at its publisher's address; `checksum` where it is known, as pooch writes it."""

    address: str
    first: int
    last: int
    checksum: str | None = None


# Checksums as others recorded them for the archives of the time; a later revision has another.
ADDRESSES: dict[str, tuple[Source, ...]] = {
    "oecd-2025": (
        Source(f"{OECD}/2025/1995-2000_SML.zip", 1995, 2000),
        Source(f"{OECD}/2025/2001-2005_SML.zip", 2001, 2005),
        Source(f"{OECD}/2025/2006-2010_SML.zip", 2006, 2010),
        Source(f"{OECD}/2025/2011-2015_SML.zip", 2011, 2015),
        Source(
            f"{OECD}/2025/2016-2022_SML.zip", 2016, 2022,
            "sha256:46db55c45747e26dde5c1716d072b2aa74ace362a4424491ac646d2ab175befb",
        ),
    ),
    "oecd-2023": tuple(
        Source(f"{OECD}/2023/{first}-{last}_SML.zip", first, last)
        for first, last in ((1995, 2000), (2001, 2005), (2006, 2010), (2011, 2015), (2016, 2020))
    ),
    "wiod-2016": (
        Source(
            "https://dataverse.nl/api/access/datafile/199103", 2000, 2014,
            "sha1:cde6085d4233fec2356877aedf21d950de912b78",
        ),
    ),
}  # fmt: skip
FILES = {"https://dataverse.nl/api/access/datafile/199103": "WIOTS_in_STATA.zip"}


def fetch(
    name: str,
    year: int,
    folder: str | os.PathLike[str] | None = None,
    *,
    any_revision: bool = False,
    on_step: OnStep = quiet,
) -> Path:
    """The archive that has a year of "oecd-2025", "oecd-2023" or "wiod-2016"; fetched if not there.

    `folder` (default: the user's cache) keeps it. Where a checksum is known it must match, unless
    `any_revision`: publishers revise. Raises `InputError` for an unknown name or year, without
    pooch, and where the address cannot be reached or gives another file.
    """
    source = _source(name, year)
    try:
        import pooch
    except ImportError:
        raise InputError(
            "fetching needs pooch; install it with: pip install 'multipolar[tables]'", field=name
        ) from None
    pooch.get_logger().setLevel("WARNING")
    target = Path(folder or Path(platformdirs.user_cache_dir("multipolar")) / "tables" / name)
    try:
        return Path(
            pooch.retrieve(
                source.address,
                known_hash=None if any_revision else source.checksum,
                fname=FILES.get(source.address, source.address.rsplit("/", 1)[1]),
                path=target,
                downloader=pooch.HTTPDownloader(progressbar=_Told(on_step)),
            )
        )
    except ValueError as error:
        raise InputError(
            f"is not the file that was expected ({_said(error)}); the publisher may have revised "
            "it: any_revision=True (--any-revision) takes it",
            file=source.address,
        ) from None
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"cannot be fetched ({_said(error)}); fetch it with a browser and give that file",
            file=source.address,
        ) from None


class _Told:
    """What pooch takes for a progress bar: tells the listener of bytes."""

    def __init__(self, on_step: OnStep) -> None:
        self.total, self._done, self._on_step = 0, 0, on_step

    def update(self, more: int) -> None:
        """Be told of bytes that have come; pooch counts its last block as a whole one."""
        self._done += more
        self._on_step("fetching", min(self._done, self.total), self.total)

    def reset(self) -> None:
        """Begin again: pooch resets its bar once all has come, to show it full."""
        self._done = 0

    def close(self) -> None:
        """Do nothing more."""


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


def _source(name: str, year: int) -> Source:
    if name not in ADDRESSES:
        raise InputError(f"no table {name!r}{choose(name, ADDRESSES)}", field="table", value=name)
    for source in ADDRESSES[name]:
        if source.first <= year <= source.last:
            return source
    first, last = ADDRESSES[name][0].first, ADDRESSES[name][-1].last
    raise InputError(f"has the years {first} to {last}, not {year}", field=name, value=year)
