"""multipolar: an open simulator of the world economy in great-power conflict.

Its parts are loaded when they are first used, so that the command line starts at once.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
