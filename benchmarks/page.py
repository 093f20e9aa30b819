"""From the slider to new numbers and pictures on the page: a real browser, a real server.

    python benchmarks/page.py [moves]

Moves the tariff slider of `may-2025` and takes the time from the event until every number and the
pictures in view are drawn; the page itself keeps it, and draws what is out of sight after. Needs
Chromium, and the test extras.
"""

import os
import platform
import shutil
import statistics
import sys
import threading
import time

import uvicorn
from playwright.sync_api import sync_playwright

from multipolar.app.server import create_app, listen

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main(moves: int) -> None:
    """Print the median and spread of so many moves."""
    taken = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="warning"))
    threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True).start()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"http://127.0.0.1:{taken.getsockname()[1]}/")
        page.wait_for_selector("html[data-solves='1']", state="attached", timeout=120_000)
        time.sleep(3)  # the first solves compile
        found, bare = [], []
        for k in range(moves):
            before = int(page.evaluate("document.documentElement.dataset.solves"))
            slider = page.locator("#acts input[type=range]").nth(1)
            slider.evaluate(
                "(node, value) => { node.value = value;"
                " node.dispatchEvent(new Event('input', {bubbles: true})); }",
                str(20 + (k * 37) % 150),
            )
            page.wait_for_selector(f"html[data-solves='{before + 1}']", state="attached")
            found.append(float(page.evaluate("document.documentElement.dataset.milliseconds")))
            bare.append(float(page.evaluate("document.documentElement.dataset.answered")))
        browser.close()
    server.should_exit = True
    print(f"{platform.platform()}, {os.cpu_count()} cores, {moves} moves, milliseconds:")
    for title, times in (("server's answer", bare), ("numbers and pictures in view", found)):
        tenths = statistics.quantiles(times, n=10)
        print(f"  {title}: median {statistics.median(times):.0f}, "
              f"from {tenths[0]:.0f} to {tenths[-1]:.0f} in eight of ten")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
