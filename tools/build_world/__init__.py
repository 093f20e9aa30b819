"""Builds the data that ship with multipolar from their sources."""
