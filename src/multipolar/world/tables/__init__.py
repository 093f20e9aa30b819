"""Readers of published input-output tables; each gives a `Table`, which `world.balance` takes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
