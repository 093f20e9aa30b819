"""Questions: one file a question; from the registry derive files, commands, page, JSON, report.

`ls` lists them. What they are made of is in `asking`; a new one is a class in a file of its own.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
