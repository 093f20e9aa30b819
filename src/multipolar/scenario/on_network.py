"""Whether the gas network that a scenario names has what its acts and findings are about."""

from typing import TYPE_CHECKING

from multipolar.energy import Network, apply, calibrate
from multipolar.energy.changes import network_acts
from multipolar.energy.network import shipped_networks
from multipolar.errors import InputError
from multipolar.policy import Policy
from multipolar.questions.asking import registry

if TYPE_CHECKING:
    from multipolar.scenario.scenario import Scenario


def check_network(scenario: "Scenario") -> None:
    """Raise `InputError` if the gas network lacks something that an act names."""
    found = [Policy(tuple(network_acts(scenario.policy_of(act)))) for act in scenario.all_acts()]
    acts = [policy for policy in found if len(policy)]
    if not acts and not scenario.network:
        return
    if not scenario.network:
        reason = (
            'its acts on gas need a network: say which, such as network = "gas-2023"; there '
            f"are {', '.join(shipped_networks())}, or a folder of your own"
        )
        raise InputError(reason, file=scenario.file, field="network")
    try:
        network = Network.load(scenario.network)
    except InputError as error:
        raise error.located(file=scenario.file, field="network") from None
    _check_findings(scenario, network)
    market = calibrate(network)
    for policy in acts:
        try:
            apply(market, policy)
        except InputError as error:
            raise error.located(file=scenario.file, field="policy") from None


def _check_findings(scenario: "Scenario", network: Network) -> None:
    """Raise `InputError` if a finding is about a link or node that the network lacks."""
    checks = {"link": network.link, "node": network.node}
    for number, finding in enumerate(scenario.findings, start=1):
        kind = registry.kinds().get(finding.kind)  # an unknown one is refused when it is asked
        if kind is None or not kind.needs_network:
            continue
        for what in finding.of.keys() & checks:
            try:
                checks[what](finding.of[what])
            except InputError as error:
                where = f"findings.{number}.of"
                raise error.located(file=scenario.file, field=where) from None
