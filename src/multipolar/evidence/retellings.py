"""Retellings: which accounts tell the same report, found by the marks that survive spinning.

Two accounts of one *event* share names; two retellings of one *report* make the same statements in
nearly the same order. So accounts are compared statement by statement. A statement's weight is the
sum over its marks of how rare they are; two statements correspond if they share enough weight. The
score of a pair is the weight that corresponding statements share, divided by the weight of the
shorter account, and reduced for statements in another order. Pairs come from an index (a sparse
product of weighted marks, the nearest neighbours of each account); not all pairs are compared.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components

from multipolar.evidence.accounts import Account
from multipolar.evidence.marks import Marks, marks_of, quotations

WEIGHT = {"name": 1.0, "number": 1.0, "word": 0.5}
ALIKE = 0.3  # share of the marks' weight that corresponding statements have in common
SURVIVES = 0.6  # share of the marks' weight that the best retellings keep
SAME_REPORT = 0.5  # score from which two accounts tell one report
FEWEST = 3  # statements that must correspond (all, if an account has fewer)
ON_AVERAGE = 0.8  # of SAME_REPORT: mean score from which two groups tell one report
ALL = 0.999  # coverage from which an account counts as wholly contained in another
NAMED = 4  # names and numbers that two retellings must share
NEIGHBOURS = 24  # accounts that the index proposes for each
NEAR = 0.05  # cosine of whole accounts below which nothing is proposed
BLOCK = 512  # accounts multiplied at a time
REPORTED = 1000  # pairs between two progress messages
SMALL = 60  # number of accounts up to which every pair is scored


@dataclass(frozen=True)
class Pair:
    """Two accounts: their score (0 to 1) and its parts.

    `coverage`: share of the shorter account, by weight, that has a counterpart. `order`: share of
    the corresponding statements in the same order. `matches`: positions of those statements.
    """

    one: int
    other: int
    score: float
    coverage: float
    order: float
    matches: tuple[tuple[int, int], ...]
    names: int = 0
    numbers: int = 0
    quotations: int = 0
    words: int = 0


@dataclass(frozen=True)
class Retellings:
    """Accounts, the pairs that the index proposed with their scores, and the report of each.

    `report[k]`: number of the report that account k tells; accounts of one report share it.
    """

    accounts: tuple[Account, ...]
    pairs: tuple[Pair, ...] = field(repr=False)
    report: tuple[int, ...]
    weights: "Weights" = field(repr=False)

    @cached_property
    def reports(self) -> list[list[int]]:
        """The accounts of each report, by position; the most retold first."""
        members: dict[int, list[int]] = {}
        for k, number in enumerate(self.report):
            members.setdefault(number, []).append(k)
        return [members[number] for number in sorted(members)]

    @cached_property
    def copies(self) -> list[tuple[int, int]]:
        """Accounts with the same text as an earlier one, apart from spaces and capitals."""
        first: dict[str, int] = {}
        texts = [" ".join(account.text.casefold().split()) for account in self.accounts]
        return [(first[t], k) for k, t in enumerate(texts) if first.setdefault(t, k) != k]

    @cached_property
    def by_ends(self) -> dict[tuple[int, int], Pair]:
        """The scored pairs by their accounts' positions, the smaller first."""
        return {(pair.one, pair.other): pair for pair in self.pairs}

    def score(self, one: int, other: int) -> float:
        """Score of a pair; 0 if the index found nothing in common."""
        pair = self.by_ends.get((min(one, other), max(one, other)))
        return pair.score if pair else 0.0


def compare(accounts: list[Account], on_step: Callable[[str], object] | None = None) -> Retellings:
    """Find who retells whom among accounts (1 to many thousands).

    `on_step`: called from time to time with what is done so far.
    """
    table = Weights([marks_of(account) for account in accounts])
    proposed = _proposed(table, len(accounts))
    found = []
    for done, (i, j) in enumerate(proposed):
        found.append(table.pair(i, j, accounts))
        if on_step is not None and done % REPORTED == 0:
            on_step(f"pairs scored: {done} of {len(proposed)}")
    return Retellings(tuple(accounts), tuple(found), _grouped(found, len(accounts)), table)


def _grouped(pairs: list[Pair], n: int) -> tuple[int, ...]:
    """Number of each account's report; the report with the most accounts is 0.

    Average linkage (SciPy's) among accounts that links of `SAME_REPORT` connect: two groups become
    one while their pairs tell one report on average, so that one account with parts of two reports
    joins no reports.
    """
    scores = {(pair.one, pair.other): pair.score for pair in pairs}
    linked = [ends for ends, score in scores.items() if score >= SAME_REPORT]
    ends = np.array(linked, dtype=int).reshape(-1, 2).T
    links = sparse.coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(n, n))
    _, component = connected_components(links, directed=False)
    groups: list[NDArray[np.intp]] = []
    for members in _by_number(np.arange(n), np.asarray(component, dtype=np.intp)):
        groups += _by_number(members, _linked_groups(members, scores))
    ranked = sorted(groups, key=lambda group: (-len(group), min(group)))
    number = {int(k): rank for rank, group in enumerate(ranked) for k in group}
    return tuple(number[k] for k in range(n))


def _by_number(members: NDArray[np.intp], numbers: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Members by their numbers."""
    return [members[numbers == number] for number in np.unique(numbers)]


def _linked_groups(
    members: NDArray[np.intp], scores: Mapping[tuple[int, int], float]
) -> NDArray[np.intp]:
    """The group of each member, by average linkage of 1 - score.

    A pair that the index did not propose counts as 0 while its group fits in the proposals; in a
    larger group, where most pairs cannot have been proposed, as the mean of those that were.
    """
    if len(members) == 1:
        return np.zeros(1, dtype=np.intp)
    known = [scores.get(pair) for pair in combinations(members.tolist(), 2)]
    seen = [score for score in known if score is not None]
    unseen = 0.0 if len(members) <= NEIGHBOURS else float(np.mean(seen))
    distance = 1 - np.array([unseen if score is None else score for score in known])
    tree = linkage(distance, method="average")
    groups = fcluster(tree, 1 - SAME_REPORT * ON_AVERAGE, criterion="distance")
    return np.asarray(groups, dtype=np.intp)


class Weights:
    """Statements x marks as a sparse matrix of square roots of weights: products are shared weight.

    A mark weighs log(1 + statements / statements that have it), half for a plain word.
    """

    def __init__(self, marks: list[list[Marks]]) -> None:
        rows, columns, kinds = [], [], []
        index: dict[str, int] = {}
        self.first = np.concatenate([[0], np.cumsum([len(row) for row in marks])]).astype(int)
        self.marks = [statement for account in marks for statement in account]
        for row, statement in enumerate(self.marks):
            for key, mark in statement.items():
                rows.append(row)
                columns.append(index.setdefault(key, len(index)))
                kinds.append(WEIGHT[mark.kind])
        shape = (len(self.marks), max(1, len(index)))
        spread = np.bincount(columns, minlength=shape[1]) if columns else np.ones(1)
        rarity = np.log1p(shape[0] / np.maximum(spread, 1))
        weight = np.sqrt(np.array(kinds) * rarity[columns]) if columns else []
        self.matrix = sparse.csr_array((weight, (rows, columns)), shape=shape)
        self.own = np.asarray(self.matrix.multiply(self.matrix).sum(axis=1)).ravel()

    def of_accounts(self) -> sparse.csr_array:
        """Accounts x marks, rows of length 1; a mark counts once in each account."""
        n = len(self.first) - 1
        owner = np.repeat(np.arange(n), np.diff(self.first))
        stack = sparse.csr_array(
            (np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(n, len(owner))
        )
        total = (stack @ self.matrix).tocsr()
        count = (stack @ self.matrix.astype(bool).astype(float)).tocsr()
        total.data /= np.maximum(count.data, 1.0)
        length = np.sqrt(np.asarray(total.multiply(total).sum(axis=1)).ravel())
        return sparse.csr_array(sparse.diags_array(1 / np.maximum(length, 1e-12)) @ total)

    def of_account(self, account: int) -> list[Marks]:
        """The marks of an account's statements, in order."""
        return self.marks[self.first[account] : self.first[account + 1]]

    def best(self, account: int, others: list[tuple[int, int]]) -> list[tuple[int, float]]:
        """For each statement of an account the most similar of `others`, and how similar (0 to 1).

        `others`: statements, each given by account and position.
        """
        rows = np.array([self.first[k] + s for k, s in others])
        mine = slice(self.first[account], self.first[account + 1])
        weight = (self.matrix[mine] @ self.matrix[rows].T).toarray()
        alike = weight / np.sqrt(np.maximum(np.outer(self.own[mine], self.own[rows]), 1e-12))
        place = alike.argmax(axis=1)
        return [(int(k), float(alike[s, k])) for s, k in enumerate(place)]

    def shared(self, i: int, j: int) -> NDArray[np.float64]:
        """Shared weight [statement of i, statement of j]."""
        one, other = (self.matrix[self.first[k] : self.first[k + 1]] for k in (i, j))
        return (one @ other.T).toarray()

    def pair(self, i: int, j: int, accounts: list[Account]) -> Pair:
        """The score of two accounts."""
        a, b = (self.own[self.first[k] : self.first[k + 1]] for k in (i, j))
        turned = a.sum() > b.sum()
        shared = self.shared(i, j)
        short, long, weight = (b, a, shared.T) if turned else (a, b, shared)
        alike = weight / np.sqrt(np.maximum(np.outer(short, long), 1e-12))
        best = alike.argmax(axis=1)
        row = np.arange(len(short))
        matched = alike[row, best] >= ALIKE
        common = np.minimum(weight[row, best], short)[matched].sum()
        whole = max(float(short.sum()), 1e-12)
        coverage = float(short[matched].sum()) / whole
        order = _in_order(best[matched])
        enough = matched.sum() >= min(FEWEST, int((short > 0).sum()))
        kept = min(1.0, float(common) / whole / SURVIVES)
        matches = [
            (int(k), int(s)) if turned else (int(s), int(k))
            for s, k in zip(row[matched], best[matched], strict=True)
        ]
        counts = self._rests_on(i, j, matches, accounts)
        enough &= counts["names"] + counts["numbers"] >= NAMED or bool(coverage > ALL)
        score = kept * (0.5 + 0.5 * order) if enough else 0.0
        return Pair(i, j, score, coverage, order, tuple(sorted(matches)), **counts)

    def _rests_on(
        self, i: int, j: int, matches: list[tuple[int, int]], accounts: list[Account]
    ) -> dict[str, int]:
        """How many names, numbers, words and quotations the corresponding statements share."""
        kinds: dict[str, set[str]] = {"name": set(), "number": set(), "word": set()}
        quoted = 0
        for s, k in matches:
            one, other = self.marks[self.first[i] + s], self.marks[self.first[j] + k]
            for key in one.keys() & other.keys():
                kinds[one[key].kind].add(key)
            quoted += bool(
                quotations(accounts[i].statements[s]) and quotations(accounts[j].statements[k])
            )
        return {f"{kind}s": len(keys) for kind, keys in kinds.items()} | {"quotations": quoted}


def _in_order(places: NDArray[np.intp]) -> float:
    """Longest subsequence of places that never falls, as a share of all; 0 if there are none."""
    ends: list[int] = []
    for place in places.tolist():
        at = bisect_right(ends, place)
        ends[at : at + 1] = [place]
    return len(ends) / len(places) if len(places) else 0.0


def _proposed(table: Weights, n: int) -> list[tuple[int, int]]:
    """Pairs worth scoring: all pairs of a few accounts, or each account's nearest neighbours."""
    if n <= SMALL:
        return [(i, j) for i in range(n) for j in range(i + 1, n)]
    whole = table.of_accounts()
    turned = whole.T.tocsc()
    pairs: set[tuple[int, int]] = set()
    for start in range(0, n, BLOCK):
        near = (whole[start : start + BLOCK] @ turned).toarray()
        rows = np.arange(len(near))
        near[rows, start + rows] = 0.0
        k = min(NEIGHBOURS, n - 1)
        best = np.argpartition(-near, k - 1, axis=1)[:, :k]
        kept = np.take_along_axis(near, best, axis=1) >= NEAR
        for row, place in zip(*np.nonzero(kept), strict=True):
            i, j = start + int(row), int(best[row, place])
            pairs.add((min(i, j), max(i, j)))
    return sorted(pairs)
