"""The table of acts: every kind of act that a file, a page or a command may name.

Checks, docs and controls are made from it. An instrument's own fields are described where they
are declared (`policy.fields`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from multipolar.policy.acts import (
    Embargo,
    ExportTax,
    LabourSupply,
    Productivity,
    Tariff,
    TradeCost,
    Transfer,
)
from multipolar.policy.fields import ActField, fields_of
from multipolar.policy.instrument import Instrument
from multipolar.policy.network import (
    CloseLink,
    GasBan,
    GasDemand,
    GasStocks,
    GasSupply,
    LinkCapacity,
    OpenLink,
)
from multipolar.policy.sanctions import Leakage, PriceCap
from multipolar.policy.schedule import TariffSchedule


@dataclass(frozen=True)
class ActKind:
    """A kind of act: its name in files, its class, what to call it, what it means, its fields.

    `phrase`: an act of this kind in a few words, without its number; fields are in braces.
    """

    name: str
    instrument: type[Instrument]
    title: str
    meaning: str
    phrase: str
    fields: Mapping[str, ActField]

    @property
    def names_a_file(self) -> bool:
        """Whether the act is read from a file beside the scenario, and so cannot be typed in."""
        return any(field.holds == "file" for field in self.fields.values())

    @property
    def slider(self) -> ActField | None:
        """The number that a control on a page moves, if there is one."""
        return next((field for field in self.fields.values() if field.slider), None)


FILE = ActField("file", "A CSV of importer, exporter, sector, rate", "file", required=True)

ACTS: Mapping[str, ActKind] = MappingProxyType(
    {
        name: ActKind(
            name, kind, title, meaning, phrase, MappingProxyType({**more, **fields_of(kind)})
        )
        for name, kind, title, meaning, phrase, more in (
            ("tariff", Tariff, "Tariff",
             "The importer taxes what it buys from the exporter.",
             "{importer}: tariff on {sectors} from {exporter}", {}),
            ("export-tax", ExportTax, "Export tax",
             "The exporter taxes what it sells to the importer.",
             "{exporter}: export tax on {sectors} to {importer}", {}),
            ("trade-cost", TradeCost, "Trade cost",
             "Shipping from the exporter to the importer costs more; nobody earns it.",
             "Trade cost: {sectors} from {exporter} to {importer}", {}),
            ("embargo", Embargo, "Embargo",
             "A share of the varieties from the exporter to the importer is not sold.",
             "Embargo: {sectors} from {exporter} to {importer}", {}),
            ("leakage", Leakage, "Leakage",
             "A share of what an embargo blocks returns via third countries, at a higher price.",
             "Leakage: {sectors} from {exporter} to {importer} through {via}", {}),
            ("price-cap", PriceCap, "Price cap",
             "Sales that use the coalition's services are paid the cap at most.",
             "Price cap: {sectors} from {exporter} to {importer}", {}),
            ("productivity", Productivity, "Productivity",
             "The same inputs make more or less in a country's sectors.",
             "{country}: productivity of {sectors}", {}),
            ("labour-supply", LabourSupply, "Labour force",
             "A country's labour force grows or shrinks.",
             "{country}: labour force", {}),
            ("transfer", Transfer, "Transfer",
             "One country pays another.",
             "Transfer from {sender} to {receiver}", {}),
            ("tariff-schedule", TariffSchedule, "Tariff schedule",
             "Many tariffs at once, from a file.",
             "", {"file": FILE}),
            ("close-link", CloseLink, "Close a gas link",
             "Nothing flows through a link of the gas network any more.",
             "{link}: closed", {}),
            ("open-link", OpenLink, "Open a gas link",
             "A link of the gas network that is planned or shut is opened.",
             "{link}: opened", {}),
            ("link-capacity", LinkCapacity, "Capacity of a gas link",
             "The capacity of a link of the gas network is set, scaled or added to.",
             "{link}: capacity", {}),
            ("gas-ban", GasBan, "Gas ban",
             "A seller's gas is neither sold to the buyers nor let through.",
             "Gas of {seller} is not sold to {buyer}", {}),
            ("gas-demand", GasDemand, "Demand for gas",
             "At every price, users want more or less gas.",
             "{node}: demand for gas", {}),
            ("gas-supply", GasSupply, "Supply of gas",
             "At every price, fields yield more or less gas.",
             "{node}: production of gas", {}),
            ("gas-stocks", GasStocks, "Gas into stores",
             "More gas goes into stores in the year.",
             "{node}: gas into stores", {}),
        )
    }
)  # fmt: skip

# Acts that can be written down field by field.
INSTRUMENTS: Mapping[str, type[Instrument]] = MappingProxyType(
    {name: kind.instrument for name, kind in ACTS.items() if not kind.names_a_file}
)
