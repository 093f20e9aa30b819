"""The page: a small server over scenario and report, for who has no Python."""

from multipolar.app.server import create_app, serve

__all__ = ["create_app", "serve"]
