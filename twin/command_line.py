"""``city-twin``: the command line. Errors are one sentence on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import click

from geodata.errors import CityTwinError
from twin.commands.export import export_command
from twin.commands.import_city import import_command
from twin.commands.info import info_command
from twin.commands.sample import sample_command
from twin.commands.serve import serve_command
from twin.commands.simulate import simulate_command

FAULT = 2
INTERRUPTED = 130


@click.group("city-twin")
@click.version_option(package_name="city-twin")
def city_twin() -> None:
    """City Twin: a geospatial digital twin of a city. Import a city, ask what-if, see it in a browser."""


for _command in (import_command, sample_command, info_command, simulate_command, export_command, serve_command):
    city_twin.add_command(_command)


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
