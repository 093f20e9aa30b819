"""Builds the shipped gas network; not installed."""
