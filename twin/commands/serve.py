"""``city-twin serve``: the app in a browser, for one city, on this machine only."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import click

from geodata.errors import InputError


@click.command("serve")
@click.argument("city", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535), help="Port on 127.0.0.1.")
@click.option(
    "--public",
    is_flag=True,
    help="For the public: only what is computed already, no counts of fewer than 11 people, nothing of single places.",
)
def serve_command(city: Path, port: int, public: bool) -> None:
    """Serve the city package DIR as an app on http://127.0.0.1:PORT."""
    from geodata.package import open_city

    open_city(city)  # a package that cannot be opened is told here, not in the browser
    arguments, environment = server_command(city, port, public=public)
    click.echo(f"{city} on http://127.0.0.1:{port} — stop with Ctrl-C", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # the server takes the place of this process, so that signals reach it directly
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - our own interpreter, no shell


def server_command(city: Path, port: int, *, public: bool = False) -> tuple[list[str], dict[str, str]]:
    """The command line of the server and its environment.

    Raises
    ------
    InputError
        When the app is not installed.
    """
    found = importlib.util.find_spec("app")
    if found is None or found.origin is None:
        raise InputError("The app is not installed beside this command; install City Twin with pip install . in its folder.")
    settings = {
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        # A full collection after every run of a page or fragment holds up the whole server; Python collects by itself.
        "runner.postScriptGC": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "theme.base": "light",
        "theme.primaryColor": "#0b5e8a",
        "theme.backgroundColor": "#fbfbf9",
        "theme.secondaryBackgroundColor": "#f1f1ee",
        "theme.textColor": "#1d2327",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    arguments = [sys.executable, "-m", "streamlit", "run", found.origin, *options]
    return arguments, {**os.environ, "CITY_TWIN_CITY": str(city.absolute()), "CITY_TWIN_PUBLIC": "1" if public else ""}
