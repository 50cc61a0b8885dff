"""``city-twin``: the command line. Errors are one sentence on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import entry_points

import click

from geodata.errors import CityTwinError

ENTRY_POINTS = "city_twin.commands"
FAULT = 2
INTERRUPTED = 130


class _Commands(click.Group):
    """The commands that installed packages offer through the entry-point group; each is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        del ctx
        return sorted({entry.name for entry in entry_points(group=ENTRY_POINTS)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None when there is none."""
        del ctx
        for entry in entry_points(group=ENTRY_POINTS, name=cmd_name):
            command = entry.load()
            if isinstance(command, click.Command):
                return command
        return None


@click.group("city-twin", cls=_Commands)
@click.version_option(package_name="city-twin")
def city_twin() -> None:
    """City Twin: a geospatial digital twin of a city. Import a city, ask what-if, see it in a browser."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 2 a fault that a person can mend, 130 interrupted.

    Parameters
    ----------
    arguments
        Words after ``city-twin``; None = those of this process.
    """
    if not sys.warnoptions:
        # libraries warn programmers; people get our sentence or nothing
        warnings.simplefilter("ignore")
    try:
        status = city_twin.main(
            args=None if arguments is None else list(arguments), prog_name="city-twin", standalone_mode=False
        )
    except CityTwinError as fault:
        return _told(str(fault))
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message(), err=True)
        return FAULT
    except click.UsageError as fault:
        hint = f" See {fault.ctx.command_path} --help." if fault.ctx is not None else ""
        return _told(fault.format_message() + hint)
    except click.ClickException as fault:
        return _told(fault.format_message())
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except OSError as fault:
        # a full disk or a missing permission, with the file it happened at
        where = f"{fault.filename}: " if fault.filename else ""
        return _told(f"{where}{fault.strerror or fault}; free space, correct the permission, or choose another place.")
    return status if isinstance(status, int) else 0


def _told(sentence: str) -> int:
    click.echo(" ".join(sentence.split()), err=True)
    return FAULT
