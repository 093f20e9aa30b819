"""Bundles with a constant elasticity of substitution: their price, and the demand for their parts.

A sector's cost nests value added and materials, and materials nest the inputs; consumers nest
final goods (Baqaee & Farhi 2024, Econometrica 92; in changes as in Dekle, Eaton & Kortum 2008).
Every elasticity is stated as r = 1 - elasticity. At r = 0, Cobb-Douglas, nothing is rounded: a
bundle's log price is the mean of log prices, and shares stand still. Index order as in
`equilibrium`; prices are logs of changes, and there may be one more axis at the end for a batch.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Nests(NamedTuple):
    """One minus each elasticity of substitution."""

    materials: Array  # [s] between value added and materials, in sector s
    inputs: Array  # [] across the inputs of every sector; or [s, 1] of each: slower
    final: Array  # [] across final goods


def raised(r: Array, log_price: Array) -> Array:
    """(P^r - 1) / r, where P is a price; log P at r = 0."""
    power = jnp.where(r == 0, 1.0, r)
    return jnp.where(r == 0, log_price, jnp.expm1(power * log_price) / power)


def lowered(r: Array, mean: Array) -> Array:
    """The log of (1 + r mean)^(1 / r), where `mean` is a weighted mean of `raised`."""
    power = jnp.where(r == 0, 1.0, r)
    return jnp.where(r == 0, mean, jnp.log1p(jnp.where(r == 0, 0.0, power * mean)) / power)


def consumer_prices(nests: Nests | None, alpha: Array, price: Array) -> Array:
    """( sum_k alpha_n^k (P_n^k)^r )^(1/r), in logs  [n]."""
    if nests is None:
        return (alpha * price).sum(0)
    r = nests.final
    return lowered(r, (alpha * raised(r, price)).sum(0))


def final_demand(nests: Nests | None, alpha: Array, price: Array, cpi: Array) -> Array:
    """alpha_n^k (P_n^k / P_n)^r: consumption shares at these prices  [k, n]."""
    return alpha if nests is None else alpha * jnp.exp(nests.final * (price - cpi))


def materials_prices(nests: Nests | None, G: Array, price: Array) -> Array:
    """( sum_k G_n^ks (P_n^k)^r )^(1/r), in logs  [s, n]."""
    if nests is None:
        return jnp.einsum("nks,kn...->sn...", G, price)
    r = nests.inputs
    if not _each(r):
        return lowered(r, jnp.einsum("nks,kn...->sn...", G, raised(r, price)))
    every = raised(r[None], price[:, None])  # [k, s, n]
    return lowered(r, jnp.einsum("nks,ksn...->sn...", G, every))


def input_demand(
    nests: Nests | None, G: Array, price: Array, materials: Array, bill: Array
) -> Array:
    """sum_s G_n^ks (P_n^k / M_n^s)^r bill_n^s  [k, n]; `bill` pays for materials [s, n]."""
    if nests is None:
        return jnp.einsum("nks,sn...->kn...", G, bill)
    r = nests.inputs
    if not _each(r):
        used = jnp.einsum("nks,sn...->kn...", G, jnp.exp(-r * materials) * bill)
        return jnp.exp(r * price) * used
    moved = r * (price[:, None] - materials[None])
    return jnp.einsum("nks,ksn...->kn...", G, jnp.exp(moved) * bill[None])


def _each(r: Array) -> bool:
    """Whether every sector has an elasticity of its own."""
    return r.ndim > 1


def input_shares(nests: Nests | None, G: Array, price: Array, materials: Array) -> Array:
    """G_n^ks (P_n^k / M_n^s)^r: input shares at these prices  [n, k, s]."""
    if nests is None:
        return G
    apart = price.T[:, :, None] - materials.T[:, None, :]
    r = nests.inputs[:, 0] if _each(nests.inputs) else nests.inputs
    return G * jnp.exp(r * apart)


def bundle_prices(nests: Nests | None, beta: Array, w: Array, materials: Array) -> Array:
    """( beta_n^s w_n^r + (1 - beta_n^s) (M_n^s)^r )^(1/r), in logs  [s, n]."""
    if nests is None:
        return beta * w + (1 - beta) * materials
    r = nests.materials[:, None]
    return lowered(r, beta * raised(r, w) + (1 - beta) * raised(r, materials))


def share_at(nests: Nests | None, share: Array, part: Array, bundle: Array) -> Array:
    """share_n^s (part / bundle)^r: what value added or materials take of cost  [s, n]."""
    return share if nests is None else share * jnp.exp(nests.materials[:, None] * (part - bundle))
