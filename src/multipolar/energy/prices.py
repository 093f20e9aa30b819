"""Prices at all nodes of a network, from the few that are published and what transport costs."""

from typing import Any

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.network import Network
from multipolar.energy.program import Array
from multipolar.errors import NotConverged

USED = 1e-3  # bcm: a link with less is not in use
LEAST_EARNED = 0.25  # of its engineering cost: what a link in use earns at least, assumed
LEAST_PRICE = 0.5  # USD/MMBtu
PUBLISHED = 1e4  # weight of a published price beside one of a link's difference
BREACH = 1e5  # penalty by bcm for a link that earns less than it must


def node_prices(network: Network, flow: Array, start: NDArray[np.intp], end: NDArray[np.intp]
                ) -> Array:  # fmt: skip
    """Prices at all nodes [n], USD/MMBtu: near the published ones, the others by transport cost.

    Least squares over links in use, each weighted by its flow: where nobody publishes a price, it
    is the neighbours' less or plus the cost of transport. Nobody ships gas to where it is cheaper,
    so a link in use earns at least `LEAST_EARNED` of its cost; where published prices or gas that
    goes both ways forbid that, the links with least flow give way.
    """
    links, known = network.links, network.nodes["price"].to_numpy(float)
    count, nodes = len(flow), len(known)
    cost, rows = links["cost"].to_numpy(float), np.arange(count)
    keeps = 1 - links["loss"].to_numpy(float)
    ends = (np.r_[rows, rows], np.r_[end, start])
    spread = sparse.csr_matrix((np.r_[keeps, -np.ones(count)], ends), (count, nodes))
    used = flow > USED
    weight = np.where(used, np.minimum(flow, 50), 1e-6)
    published = np.where(np.isfinite(known), PUBLISHED, 1e-8)
    square = spread.T @ sparse.diags(weight) @ spread + sparse.diags(published)
    linear = -spread.T @ (weight * cost) - published * np.nan_to_num(known, nan=5.0)
    m = int(used.sum())
    breach = sparse.identity(m)
    rows_of: list[list[Any]] = [
        [-spread[used], -breach],
        [None, -breach],
        [-sparse.identity(nodes), None],
    ]
    limits = sparse.csc_matrix(sparse.bmat(rows_of))
    right = np.r_[-LEAST_EARNED * cost[used], np.zeros(m), np.full(nodes, -LEAST_PRICE)]
    whole = sparse.block_diag([square, sparse.csc_matrix((m, m))])
    return _least(whole, np.r_[linear, BREACH * flow[used]], limits, right)[:nodes]


def _least(square: Any, linear: Array, limits: sparse.csc_matrix, right: Array) -> Array:
    """Where ``x'Px/2 + c'x`` is least with ``A x <= b``, by Clarabel."""
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cones = [clarabel.NonnegativeConeT(len(right))]
    upper = sparse.csc_matrix(sparse.triu(square))
    found = clarabel.DefaultSolver(upper, linear, limits, right, cones, settings).solve()
    if str(found.status) != "Solved":
        raise NotConverged(f"no prices fit the network: {found.status}")
    return np.array(found.x)
