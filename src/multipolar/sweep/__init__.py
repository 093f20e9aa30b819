"""Sweeps: many scenarios from one design, on disk in shards, on as many machines as there are.

Its parts are loaded when they are first used, so that a worker can be bound to its core before the
solver is imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
