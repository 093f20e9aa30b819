"""The command that serves the page."""

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8025,
    show_default=True,
    help="Port; 0 picks a free one.",
)
@click.option("--open/--no-open", "open_browser", default=True, help="Open the page in a browser.")
def serve(host: str, port: int, *, open_browser: bool) -> None:
    """Serve the page that solves while you move the slider."""
    from multipolar.app.server import serve as run_server

    run_server(host, port, open_browser=open_browser)
