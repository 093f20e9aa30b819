"""What transport costs: curves of two straight pieces, so that no marginal cost is below zero.

The line through the benchmark is steep, and would fall below zero at a fraction of the usual flow.
So where it has fallen to the link's `knee`, a flatter piece takes over that reaches zero where
nothing flows. Each piece is a link of its own in a program; the cheap one is filled first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.program import Array


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of links' curves; e of them: the upper ones of all links, then the lower ones.

    `link` [e]: whose piece it is; `price`, `slope`, `room` [..., e]: marginal cost ``price + slope
    f`` (USD/MMBtu, bcm) and the most that it carries (bcm).
    """

    link: NDArray[np.intp]
    links: int
    price: Array
    slope: Array
    room: Array

    def flow(self, carried: Array) -> Array:
        """Flows of links [..., a] from what pieces carry [..., e]."""
        found = carried[..., : self.links].copy()
        found[..., self.link[self.links :]] += carried[..., self.links :]
        return found

    def cost(self, carried: Array) -> Array:
        """What transport costs, by link [..., a], from what pieces carry [..., e]."""
        return self.flow((self.price + 0.5 * self.slope * carried) * carried)

    def split(self, flow: Array) -> Array:
        """What pieces carry [e] of the flows of links [a]: the lower piece first."""
        carried = np.zeros(len(self.link))
        below = self.link[self.links :]
        carried[self.links :] = np.minimum(flow[below], self.room[..., self.links :])
        carried[: self.links] = flow
        carried[below] -= carried[self.links :]
        return carried

    @property
    def of_links(self) -> sparse.csc_matrix:
        """Which pieces make up which link [a, e]."""
        count = len(self.link)
        shape = (self.links, count)
        return sparse.csc_matrix((np.ones(count), (self.link, np.arange(count))), shape)


def pieces(price: Array, slope: Array, knee: Array, capacity: Array) -> Pieces:
    """The pieces of curves ``price + slope f`` that bend at the marginal cost `knee` [..., a].

    Only curves that would begin below zero bend.
    """
    price, slope, knee, capacity = np.broadcast_arrays(price, slope, knee, capacity)
    below = np.where(price < 0, (knee - price) / slope, 0.0)
    links = price.shape[-1]
    bent = np.flatnonzero(((below > 0) & (capacity > 0)).reshape(-1, links).any(axis=0))
    low = below[..., bent]
    flat = np.where(low > 0, knee[..., bent] / np.where(low > 0, low, 1.0), 1.0)
    return Pieces(
        np.r_[np.arange(links), bent],
        links,
        np.concatenate([np.where(below > 0, knee, price), np.zeros_like(low)], axis=-1),
        np.concatenate([slope, flat], axis=-1),
        np.concatenate(
            [np.maximum(capacity - below, 0.0), np.minimum(low, capacity[..., bent])], axis=-1
        ),
    )
