"""The common parts of all questions: their form, how they are asked and told, their registry."""
