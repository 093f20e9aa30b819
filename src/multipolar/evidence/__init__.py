"""Evidence: accounts, who retells whom, the facts stated, and the ledger that scenarios cite."""

from multipolar.evidence.accounts import Account, read_accounts
from multipolar.evidence.acts import acts_of
from multipolar.evidence.claims import claims
from multipolar.evidence.facts import facts_of
from multipolar.evidence.ledger import Fact, ledger, read_ledger
from multipolar.evidence.outline import outline
from multipolar.evidence.retellings import Retellings, compare

__all__ = [
    "Account",
    "Fact",
    "Retellings",
    "acts_of",
    "claims",
    "compare",
    "facts_of",
    "ledger",
    "outline",
    "read_accounts",
    "read_ledger",
]
