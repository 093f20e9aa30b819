"""How things look: answers, figures, charts, words for people; knows no question."""
