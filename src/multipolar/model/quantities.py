"""Every quantity of an outcome, computed from a solved state when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from multipolar.model import equilibrium as eq
from multipolar.model.outcome import CONTENTS
from multipolar.policy.wedges import Wedges
from multipolar.world import World

Array = NDArray[np.float64]

_purchases = jax.jit(eq.purchases)


class Quantities(Mapping[str, Array]):
    """The quantities of `outcome.CONTENTS` that a solved state implies, by name, as plain arrays.

    Each is computed when it is first asked for, and is read-only. Quantities without a bilateral
    dimension never need a bilateral array, nor the economy. They are pickled as plain numbers.
    """

    def __init__(
        self,
        world: World,
        wedges: Wedges,
        state: eq.State,
        flows: eq.Flows,
        kappa: float,
        economy: Callable[[], eq.Economy],
    ) -> None:
        self._world, self._wedges, self._state = world, wedges, state
        self._found_flows, self._kappa, self._economy = flows, kappa, economy
        self._benchmark = world.arrays()
        self._known: dict[str, Array] = {}

    @property
    def world(self) -> World:
        """The benchmark against which changes are told; without deficits if they were purged."""
        return self._world

    def __getitem__(self, name: str) -> Array:
        if name not in CONTENTS:
            raise KeyError(name)
        if name not in self._known:
            array = np.asarray(getattr(self, name))
            array.flags.writeable = False
            self._known[name] = array
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(CONTENTS)

    def __len__(self) -> int:
        return len(CONTENTS)

    def __reduce__(self) -> tuple[type, tuple[dict[str, Array]]]:
        return dict, (dict(self),)

    @cached_property
    def _flows(self) -> Any:  # eq.Flows of NumPy arrays
        return jax.tree.map(np.asarray, self._found_flows)

    @property
    def _cpi(self) -> Array:
        return np.asarray(self._flows.prices.cpi)

    @cached_property
    def _w(self) -> Array:
        return np.asarray(self._state.w)

    # --- income and prices -------------------------------------------------------------------

    @property
    def income(self) -> Array:
        return self._flows.income

    @cached_property
    def income_before(self) -> Array:
        a = self._benchmark
        return a["value_added"] + self.tariff_revenue_before + a["transfer"]

    @cached_property
    def real_income(self) -> Array:
        return self.income / self.income_before / np.exp(self._cpi) - 1

    @property
    def welfare(self) -> Array:
        """Change of consumption less the cost of labour, in units of consumption.

        Preferences without income effect on labour (as in Ignatenko et al. 2025): labour costs
        kappa / (1 + kappa) of net-of-tax real payroll. Real income where labour is inelastic.
        """
        kappa, f = self._kappa, self._flows
        VA = f.payroll / f.L * np.exp(-self._w)
        before = kappa / (1 + kappa) * VA / f.keep
        after = before * f.keep * f.L * np.exp(self._w - self._cpi)
        consumption = (1 + self.real_income) * self.income_before
        change: Array = (consumption - after) / (self.income_before - before) - 1
        return change

    @property
    def price_index(self) -> Array:
        return np.expm1(self._cpi)

    @property
    def wage(self) -> Array:
        return np.expm1(self._w)

    @property
    def real_wage(self) -> Array:
        return np.expm1(self._w - self._cpi)

    @property
    def employment(self) -> Array:
        return self._flows.work - 1

    @property
    def unemployment(self) -> Array:
        return self._flows.idle

    @property
    def price(self) -> Array:
        bought = self._benchmark["expenditure"] > 0
        return np.where(bought, np.expm1(self._flows.prices.price), 0.0)

    @cached_property
    def unit_cost(self) -> Array:
        return np.where(self.output_before > 0, np.expm1(np.asarray(self._state.c)), 0.0)

    @property
    def transfer(self) -> Array:
        return self._flows.D

    @property
    def tariff_revenue(self) -> Array:
        return self._flows.R

    @property
    def tariff_revenue_before(self) -> Array:
        return self._world.tariff_revenue.values

    @property
    def export_tax_revenue(self) -> Array:
        return self._flows.E

    @property
    def profits(self) -> Array:
        return self._flows.profits

    @property
    def rent(self) -> Array:
        return self._flows.rent

    # --- output and trade --------------------------------------------------------------------

    @property
    def output(self) -> Array:
        return self._flows.Y

    @property
    def output_before(self) -> Array:
        return self._world.output.values

    @property
    def output_volume(self) -> Array:
        made = self.output_before > 0
        value = self.output / np.where(made, self.output_before, 1.0)
        return np.where(made, value / (1 + self.unit_cost) - 1, 0.0)

    @cached_property
    def trade(self) -> Array:
        return np.asarray(_purchases(self._economy(), self._state))

    @property
    def trade_before(self) -> Array:
        return self._world.trade.values

    @property
    def exports(self) -> Array:
        return self._flows.exports

    @property
    def imports(self) -> Array:
        return self._flows.imports

    @property
    def exports_before(self) -> Array:
        return self._world.abroad[0]

    @property
    def imports_before(self) -> Array:
        return self._world.abroad[1]

    @property
    def tariff(self) -> Array:
        return self._wedges.tariff

    @property
    def tariff_before(self) -> Array:
        return self._benchmark["tariff"]

    # --- the linear formula ------------------------------------------------------------------

    @property
    def terms_of_trade(self) -> Array:
        """ToT_n = [ sum_{s,m} x_mn (c_n - 1) - sum_{s,i} x_ni (c_i - 1) ] / I_n.

        Caliendo & Parro (2015, eq. 15 and Table 2): the first-order effect, evaluated at the full
        changes; x are benchmark flows net of tariff. Together with the volume of trade it differs
        much from the exact change where tariffs fall a lot: it values new trade at the old tariff.
        """
        x, c = self._border_before, self.unit_cost
        sold = (self.output_before * c).sum(axis=0)
        change: Array = (sold - np.einsum("sin,si->n", x, c)) / self.income_before
        return change

    @property
    def volume_of_trade(self) -> Array:
        """VoT_n = sum_{s,i} tau_ni x_ni [ (x'/x - 1) - (c_i - 1) ] / I_n, tau benchmark tariffs."""
        x, c, tau = self._border_before, self.unit_cost, self.tariff_before
        after = np.einsum("sin,sin->n", tau / (1 + self.tariff), self.trade)
        before = np.einsum("sin,sin,si->n", tau, x, 1 + c)
        change: Array = (after - before) / self.income_before
        return change

    @cached_property
    def _border_before(self) -> Array:
        return self.trade_before / (1 + self.tariff_before)
