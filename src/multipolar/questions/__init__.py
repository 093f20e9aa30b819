"""Questions, one in each file; scenario files, commands, page, JSON and report use the registry.

The files of this folder are the list of questions. Their common parts are in `asking`; a new
question is a class in a file of its own.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
