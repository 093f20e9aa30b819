"""What optimal tariffs, wars and deals cost to find on the world that ships.

`python benchmarks/strategy.py` prints Markdown: real incomes, certificates, seconds. About two
minutes on two cores.
"""

import time

import multipolar as mp
from multipolar import strategy
from multipolar.scenario import Scenario


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def optima(world: mp.World) -> None:
    """The United States against the world before 2025, in ever finer tariffs."""
    rows = []
    for by in ("uniform", "partner", "sector", "partner-sector"):
        play = strategy.optimal(mp.Case(world), "USA", strategy.Tariffs(by))
        others = play.incidence().drop("USA")
        rows.append(
            [
                by,
                f"{len(play.tariffs):,}",
                f"{100 * play.payoffs()['gain'].iloc[0]:+.3f}",
                f"{100 * play.tariffs.then.median():.1f}",
                f"{others.index[0]} {100 * others.iloc[0]:+.2f}",
                f"{max(play.uphill.values()):.0e}",
                f"{play.seconds:.1f}",
            ]
        )
    head = ["tariff", "decisions", "USA, real income, %", "median tariff, %", "worst hit, %",
            "slope left", "seconds"]  # fmt: skip
    table("Optimal tariffs of the United States on goods, world-2023", head, rows)


def wars(case: mp.Case) -> None:
    """Wars and an agreement from the tariffs of May 2025."""
    rows = []
    three, five = ["USA", "CHN", "EU"], ["USA", "CHN", "EU", "JPN", "IND"]
    asked = [
        ("war of 3, by partner", lambda: strategy.nash(case, three)),
        ("war of 5, by partner", lambda: strategy.nash(case, five)),
        (
            "war of 5, by partner and sector",
            lambda: strategy.nash(
                case, five, strategy.Tariffs("partner-sector"), several_starts=False
            ),
        ),
        ("agreement of 3, by partner", lambda: strategy.cooperate(case, three)),
    ]
    for name, ask in asked:
        play = ask()
        gains = 100 * play.payoffs()["gain"]
        rows.append(
            [
                name,
                f"{len(play.tariffs):,}",
                ", ".join(f"{player} {gain:+.2f}" for player, gain in gains.items()),
                f"{max(play.uphill.values()):.0e}",
                str(1 + len(play.starts)),
                f"{play.seconds:.1f}",
            ]
        )
    head = ["game", "decisions", "real income against May 2025, %", "slope left", "starts",
            "seconds"]  # fmt: skip
    table("From the tariffs of May 2025", head, rows)


def main() -> None:
    """All tables."""
    world, scenario = mp.World.load("world-2023"), Scenario.load("may-2025")
    case = mp.Case(world, scenario.policy_on(scenario.date))
    # Compiled before anything is timed.
    strategy.optimal(mp.Case(world), "IND", strategy.Tariffs("uniform"))
    optima(world)
    wars(case)
    begin = time.perf_counter()
    deals = strategy.deal(case, strategy.Terms("USA", "CHN", 0.25))
    seconds = time.perf_counter() - begin
    yes, no = len(deals.accepting()), len(deals.failed)
    print(f"\n{len(deals.table)} deals in {seconds:.0f} seconds; {yes} accepted, {no} not found.")


if __name__ == "__main__":
    main()
