"""What a process leaves to the next: compiled programs on disk; and an interrupt that is heeded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from multipolar.display.progress import bars
from multipolar.progress import INTERRUPTED

SOLVE = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from worlds import random_world\nimport multipolar as mp\n"
    "print(float(mp.solve(random_world(1), mp.Tariff('USA', 'CHN', rate=0.1)).real_income[0]))"
)


def test_a_damaged_program_is_replaced_without_a_word(tmp_path):
    """It used to stay, and to warn at every run."""

    def solved():
        done = subprocess.run(
            [sys.executable, "-c", SOLVE, str(Path(__file__).parent)], capture_output=True,
            text=True, check=True, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.stderr == ""
        return done.stdout

    first = solved()
    programs = list((tmp_path / "multipolar").glob("*-cache"))
    assert programs
    for path in programs:
        path.write_bytes(b"damaged")
    assert solved() == first
    assert all(not path.exists() or path.read_bytes() != b"damaged" for path in programs)


def test_an_interrupt_that_was_lost_is_heeded_at_the_next_step():
    with bars() as on_step:
        on_step("one")
        INTERRUPTED.set()
        try:
            with pytest.raises(KeyboardInterrupt):
                on_step("two")
        finally:
            INTERRUPTED.clear()
