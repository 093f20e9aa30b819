"""A scenario as a notebook shows it: what it is about, its acts, what it asks."""

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from multipolar.scenario.scenario import Scenario


def as_html(scenario: "Scenario") -> str:
    """Title, story, acts with days and sources, assumptions and questions."""
    acts = pd.DataFrame(
        {
            "from": [str(act.start or "") for act in scenario.policy],
            "until": [str(act.until or "") for act in scenario.policy],
            "what it does": [repr(scenario.policy_of(act)) for act in scenario.policy],
            "source": [
                "; ".join([*act.evidence, act.source]).strip("; ") for act in scenario.policy
            ],
        },
        pd.Index([act.id for act in scenario.policy], name="act"),
    )
    day = f" ({scenario.date})" if scenario.date else ""
    asked = ", ".join(question.called for question in scenario.all_questions())
    return (
        f"<h4>{escape(scenario.title)}{day}</h4><p>{escape(' '.join(scenario.story.split()))}</p>"
        f"{acts.to_html() if len(acts) else '<p>Nobody acts.</p>'}"
        f"<p>World {escape(scenario.world)}; {escape(scenario.assume().sentence())}. "
        f"Asked: {escape(asked)}.</p>"
    )
