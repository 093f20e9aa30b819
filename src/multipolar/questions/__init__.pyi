from .asking.asked import Asked, ask
from .asking.question import Question

__all__ = ["Asked", "Question", "ask"]
