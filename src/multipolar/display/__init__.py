"""How things look: answers, figures, charts, readable words. It does not know the questions."""
