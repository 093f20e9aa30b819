"""Made-up news and its spinning, by seed: nothing here was used to set the thresholds.

Every event is reported twice, independently: other statements in another order about the same
people, places and numbers. Every report is retold several times: synonyms, numbers as words or
digits, clauses turned, neighbours swapped, statements dropped, the head cut, names garbled.
"""

# ruff: noqa: SIM905

import random
import re

SYLLABLES = (
    "bal cor dan el fen gar hol im jor kal lun mar nor ost pel quin rav sel tor ul ven wix yar zam"
).split()
ENDS = "da el ik mont na or ska ston va wick".split()

TEMPLATES = (
    "{p1} will travel to {c2} this week to sign an agreement on {g1} with {p2}.",
    "The deal would lower the tariff on {g1} from {n1}% to {n2}% by {month} {d1}.",
    "Trade between {k1} and {k2} reached ${n3} billion in {y1}, up {n4}% from {y2}, it is said.",
    '"{k1} needs partners that keep their word," said {p3}, director of the {i1}.',
    "Shipments of {g2} through {c1} fell to the lowest level since {month} {y2}.",
    "The government of {k2} has promised to build {n5} factories near {c3} before {y3}.",
    "{p4}, an economist at the {i2}, warned that prices of {g2} could rise quickly.",
    "Farmers in {c3} fear that cheap {g1} from {k1} will destroy their market.",
    "Officials from {k3} rejected the plan and threatened to close the border at {c4}.",
    "The two sides have been negotiating for {n6} months without a result.",
    "{p2} told parliament that the state would pay {n7} million euros to workers without jobs.",
    "A separate report by the {i1} gave a gloomy view of the economy of {k2}.",
    "Thousands of people marched in {c1} against the agreement on {month} {d2}.",
    '"Nobody here believes that the ships will come back," said {p5}, head of the dockers in {c1}.',
    "The central bank in {c2} raised its interest rate to {n8}% after the currency fell.",
    "{k3} buys {n9}% of its {g2} from {k1} and has no other supplier.",
    "Investors remain careful because the last treaty collapsed in {y2}.",
    "The railway between {c3} and {c4} will be repaired with money from {k1}.",
    "{p1} is expected to meet {p6}, the president of {k3}, at the end of the month.",
    "The parties disagree about the status of {c4}, which {k3} claims as its own.",
    "Exports of {g1} to {k3} have doubled since {y2}, mostly through {c4}.",
    "{p6} accused {k1} of spreading rumours about a shortage of {g2}.",
    "An earlier proposal by {p4} was blocked by the upper house in {y1}.",
    "The final text will be published in {c2} once {k2} has approved it.",
)  # fmt: skip
REPORT = 12  # statements of a report, of the templates above

SYNONYMS = {
    "travel": "journey fly head", "agreement": "accord pact contract", "deal": "bargain bid",
    "lower": "cut reduce trim", "tariff": "duty levy", "reached": "attained hit climbed-to",
    "official": "government public", "needs": "requires wants", "partners": "allies associates",
    "director": "chief manager", "fell": "dropped sank slid", "lowest": "weakest smallest",
    "government": "cabinet administration", "promised": "pledged vowed", "build": "erect construct",
    "factories": "plants works", "warned": "cautioned alerted", "prices": "costs charges",
    "rise": "climb grow increase", "quickly": "fast rapidly", "fear": "dread worry",
    "cheap": "inexpensive low-cost", "destroy": "ruin wreck", "market": "trade outlet",
    "rejected": "refused dismissed", "plan": "scheme project", "threatened": "menaced warned",
    "close": "shut seal", "border": "frontier boundary", "negotiating": "talking bargaining",
    "result": "outcome success", "workers": "employees labourers", "jobs": "posts employment",
    "separate": "distinct different", "gloomy": "dark bleak", "view": "picture assessment",
    "economy": "business-life production", "marched": "demonstrated protested",
    "believes": "thinks supposes", "ships": "vessels boats", "head": "leader boss",
    "raised": "lifted increased", "currency": "money coinage", "supplier": "provider seller",
    "investors": "financiers backers", "careful": "cautious wary", "treaty": "convention compact",
    "collapsed": "failed crumbled", "railway": "rail-line train", "repaired": "mended restored",
    "money": "funds cash", "expected": "due set", "disagree": "differ quarrel",
    "status": "standing position", "claims": "demands regards", "doubled": "multiplied soared",
    "mostly": "mainly chiefly", "accused": "blamed charged", "spreading": "circulating sowing",
    "rumours": "gossip hearsay", "shortage": "lack scarcity", "earlier": "former previous",
    "proposal": "offer suggestion", "blocked": "stopped halted", "published": "printed released",
    "approved": "endorsed passed", "sides": "parties camps", "said": "stated declared",
    "report": "study paper", "show": "reveal indicate", "level": "mark point",
}  # fmt: skip
MONTHS = ("March", "April", "June", "September", "October")
GOODS = (
    "grain",
    "copper",
    "timber",
    "cement",
    "fertiliser",
    "tractors",
    "cotton",
    "sugar",
    "glass",
)
NUMBERS = {
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten", "11": "eleven", "12": "twelve", "15": "fifteen", "20": "twenty",
}  # fmt: skip


def accounts(n: int, seed: int, strength: float = 1.0) -> list[tuple[str, str, str]]:
    """`n` accounts: name, text, and the report that it tells; in no order.

    `strength`: how much more often than usual (1) statements and names are lost and moved.
    """
    dice = random.Random(seed)  # noqa: S311
    made: list[tuple[str, str, str]] = []
    event = 0
    while len(made) < n:
        slots = _event(dice)
        order = dice.sample(range(len(TEMPLATES)), len(TEMPLATES))
        for which, chosen in enumerate((order[:REPORT], order[-REPORT:])):
            report = [TEMPLATES[k].format(**slots) for k in chosen]
            label = f"{event}-{which}"
            made += [
                (f"{label}-{k}.txt", _spun(report, dice, strength), label)
                for k in range(dice.randint(1, 6))
            ]
        event += 1
    dice.shuffle(made)
    return made[:n]


def _event(dice: random.Random) -> dict[str, str]:
    def name() -> str:
        return (dice.choice(SYLLABLES) + dice.choice(SYLLABLES) + dice.choice(ENDS)).title()

    slots = {f"p{k}": f"{name()} {name()}" for k in range(1, 7)}
    slots |= {f"{kind}{k}": name() for kind in "ck" for k in range(1, 5)}
    slots |= {f"i{k}": f"{name()} Institute" for k in (1, 2)}
    slots |= {f"n{k}": str(dice.randint(2, 60)) for k in range(1, 10)}
    slots |= {f"g{k}": good for k, good in enumerate(dice.sample(GOODS, 2), 1)}
    slots |= {f"y{k}": str(dice.randint(2020, 2035)) for k in range(1, 4)}
    slots |= {"month": dice.choice(MONTHS), "d1": str(dice.randint(1, 28)),
              "d2": str(dice.randint(1, 28))}  # fmt: skip
    return slots


def _spun(report: list[str], dice: random.Random, strength: float) -> str:
    kept = [s for s in report if dice.random() > 0.15 * strength] or report
    if dice.random() < 0.2 * strength:
        kept = kept[len(kept) // 4 :]
    for k in range(len(kept) - 1):
        if dice.random() < 0.12 * strength:
            kept[k], kept[k + 1] = kept[k + 1], kept[k]
    return "\n".join(_sentence(s, dice, strength) for s in kept)


def _sentence(text: str, dice: random.Random, strength: float) -> str:
    said = re.fullmatch(r'"(.+)," said (.+)\.', text)
    if said and dice.random() < 0.5:
        text = f'{said[2]} said: "{said[1]}."'
    return re.sub(r"[A-Za-z]+|\d+", lambda match: _word(match[0], dice, strength), text)


def _word(word: str, dice: random.Random, strength: float) -> str:
    if word in NUMBERS and dice.random() < 0.4:
        return NUMBERS[word]
    if word in SYNONYMS and dice.random() < 0.8:
        return dice.choice(SYNONYMS[word].split()).replace("-", " ")
    if word[0].isupper() and len(word) > 5 and dice.random() < 0.03 * strength:
        k = dice.randrange(2, len(word) - 1)
        return word[:k] + word[k + 1 :]
    return word


def true_pairs(labels: list[str]) -> set[tuple[int, int]]:
    """Positions of accounts that tell one report."""
    homes: dict[str, list[int]] = {}
    for k, label in enumerate(labels):
        homes.setdefault(label, []).append(k)
    return {(i, j) for home in homes.values() for i in home for j in home if i < j}
