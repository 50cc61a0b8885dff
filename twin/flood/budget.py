"""Where the water went: the balance of a computation, and what happens when it does not close."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geodata.errors import CityTwinError

ENTRIES = ("steps", "stored_at_start", "rain", "inflow", "edge_outflow", "infiltration", "sewer", "pumped_out", "stored",
           "mass_error")  # fmt: skip
WARN_AT, STOP_AT = 1e-4, 1e-2


class FloodError(CityTwinError):
    """A flood computation went wrong; the states before it are good."""


@dataclass
class Budget:
    """Volumes since the scenario's start, m³; one entry each for `ENTRIES`.

    Examples
    --------
    >>> budget = Budget()
    >>> budget.add("rain", 100.0); budget.close(99.0)
    >>> budget.error
    0.01
    """

    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(ENTRIES)))

    def add(self, entry: str, amount: float) -> None:
        """Add to an entry."""
        self.values[ENTRIES.index(entry)] += amount

    def get(self, entry: str) -> float:
        """An entry."""
        return float(self.values[ENTRIES.index(entry)])

    def close(self, stored: float) -> None:
        """State what is stored now, and with it the error of the balance, as a share of all water that there was."""
        came = self.get("stored_at_start") + self.get("rain") + self.get("inflow")
        left = sum(self.get(entry) for entry in ("edge_outflow", "infiltration", "sewer", "pumped_out"))
        turned = came + max(-self.get("edge_outflow"), 0.0)
        self.values[ENTRIES.index("stored")] = stored
        missing = abs(came - left - stored)
        self.values[ENTRIES.index("mass_error")] = missing / turned if turned > 0 else 0.0

    @property
    def error(self) -> float:
        """Error of the balance as a share of the water."""
        return self.get("mass_error")

    def require(self, time: float) -> None:
        """Stop a computation whose balance is off by more than one per cent.

        Raises
        ------
        FloodError
        """
        if not self.error <= STOP_AT:
            raise FloodError(
                "The flood computation lost track of {share} of its water by {time} s; give a smaller alpha or a finer grid.",
                share=f"{self.error:.1%}",
                time=round(time),
            )
