"""What every question is made of: its form, how it is asked and told, and what names it."""
