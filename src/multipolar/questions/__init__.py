"""Questions: one file a question; from the registry derive files, commands, page, JSON, report.

`ls` lists them. What they are made of is in `asking`; a new one is a class in a file of its own.
"""
