"""What the tests share: the world that ships, the papers' data, and hypothesis' settings."""

import ctypes
import gc
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import settings

import multipolar as mp

HOW = {"derandomize": True, "deadline": None, "database": None}
settings.register_profile("laws", max_examples=15, **HOW)
settings.register_profile("thorough", max_examples=200, **HOW)  # --hypothesis-profile=thorough
settings.load_profile("laws")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def world():
    """The world that ships: 80 economies, 50 sectors."""
    return mp.World.load()


@pytest.fixture(scope="session")
def nine(world):
    """The shipped world merged to nine economies and five sectors: nothing takes long on it."""
    kept = ["USA", "CHN", "RUS", "DEU", "JPN", "IND", "VNM", "TUR"]
    rest = ["*", *(f"-{code}" for code in kept)]
    goods = ["goods", "-B06", "-C26", "-C29"]
    return mp.regroup(world, {"BRA": rest}, {"C28": goods, "G": ["*", "-goods"]}, name="small")


@pytest.fixture(scope="module", autouse=True)
def programs_end_with_their_module():
    """Compiled programs are dropped after each module, and their memory given back.

    The next module reads those that it needs from the cache on disk.
    """
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
        gc.collect()
        if sys.platform == "linux":  # glibc keeps what is freed, which then counts as used
            ctypes.CDLL(None).malloc_trim(0)


@pytest.fixture(scope="session")
def papers():
    """The folder of published papers' data; without it, replications are skipped."""
    folder = Path(os.environ.get("MULTIPOLAR_PAPERS", SHARED / "papers"))
    if not folder.is_dir():
        pytest.skip(f"no papers' data in {folder}; set MULTIPOLAR_PAPERS to its folder")
    return folder


@pytest.fixture(scope="session")
def trade_data():
    """The folder of bilateral trade data (BACI); without it, comparisons with it are skipped."""
    folder = SHARED / "trade"
    if not folder.is_dir():
        pytest.skip(f"no trade data in {folder}")
    return folder


@pytest.fixture(scope="module")  # while it lives, its event loop is the thread's
def browser():
    """Headless Chromium; without one, what needs it is skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium found; install Debian's package, or set CHROMIUM to its path")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address():
    """The page's server, running on a free port; its address."""
    import uvicorn

    from multipolar.app.server import create_app, listen

    taken = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)
    taken.close()


@pytest.fixture
def tally():
    """A kind of question that no file of the package holds, and that is gone afterwards."""
    import made_up

    from multipolar.questions.asking.question import KNOWN

    kind = made_up.tally()
    yield kind
    del KNOWN[kind.kind]


@pytest.fixture
def dawdle():
    """A kind of question that takes as long as it is let; what it did is in `begun` and `steps`."""
    import made_up

    from multipolar.questions.asking.question import KNOWN

    kind = made_up.dawdle()
    yield kind
    kind.gate.set()
    del KNOWN[kind.kind]
