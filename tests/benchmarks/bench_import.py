"""How fast cities are read and joined: ``python tests/benchmarks/bench_import.py``.

Real files of ../shared/data where they are (CITY_TWIN_REAL_DATA), and a GeoParquet of the sample city. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def repeated_citygml(source: Path, folder: Path, times: int) -> tuple[Path, int]:
    """The buildings of a PLATEAU file written so many times over, with ids of their own; and how many those are."""
    import re

    text = source.read_text(encoding="utf-8-sig")
    members = re.findall(r"<core:cityObjectMember>.*?</core:cityObjectMember>", text, flags=re.DOTALL)
    head, tail = text[: text.index("<core:cityObjectMember>")], text[text.rindex("</core:cityObjectMember>") + 25 :]
    path = folder / "udx" / "bldg" / source.name
    path.parent.mkdir(parents=True)
    (folder / "codelists").symlink_to((source.parents[2] / "codelists").resolve())
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number in range(times):
            for member in members:
                again = member if number == 0 else re.sub(r'(gml:id="|buildingID>)', rf"\g<1>n{number}-", member)
                file.write(again)
        file.write(tail)
    return folder, len(members) * times


def measure(name: str, count: int, read: object) -> None:
    """Print how long a reader takes, and its rate."""
    began, cpu = time.perf_counter(), time.process_time()
    read()  # type: ignore[operator]
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<52}{count:>10,}{wall:>9.2f}{used:>9.2f}{count / used:>13,.0f}{peak:>10,.0f}")


def main() -> None:
    """Measure every format that is at hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000, help="buildings of the GeoParquet")
    parser.add_argument("--repeat", type=int, default=40, help="how often the PLATEAU file is repeated")
    options = parser.parse_args()
    real = Path(os.environ.get("CITY_TWIN_REAL_DATA", ROOT.parent / "shared" / "data"))

    from geodata.importer import import_city, import_sample
    from geodata.readers.osm import read_osm
    from geodata.readers.plateau import read_plateau
    from geodata.readers.vector import read_vector
    from geodata.report import ImportReport

    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<52}{'buildings':>10}{'wall s':>9}{'cpu s':>9}{'per cpu s':>13}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if real.exists():
            gml = next((real / "plateau_tamana" / "udx" / "bldg").glob("*.gml"))
            plateau, count = repeated_citygml(gml, folder / "plateau", options.repeat)
            measure(
                "CityGML (PLATEAU LOD1/2, all risk records), read", count, lambda: read_plateau(plateau, report=ImportReport())
            )
            measure("CityGML, imported to a package", count, lambda: import_city([plateau], out=folder / "p"))
            pbf = real / "helsinki_osm" / "Helsinki.osm.pbf"
            measure("OpenStreetMap PBF (with 4,700 road edges), read", 480, lambda: read_osm(pbf, report=ImportReport()))
            measure("OpenStreetMap PBF, imported to a package", 480, lambda: import_city([pbf], out=folder / "o"))
        else:
            print(f"(no real data in {real}: CityGML and OpenStreetMap are left out)")
        sample = folder / "sample"
        measure(
            "sample city, made and imported",
            options.buildings,
            lambda: import_sample(out=sample, buildings=options.buildings, seed=1),
        )
        table = sample / "tables" / "buildings.parquet"
        measure("GeoParquet, read", options.buildings, lambda: read_vector(table, table="buildings", report=ImportReport()))
        measure("GeoParquet, imported to a package", options.buildings, lambda: import_city([table], out=folder / "v"))


if __name__ == "__main__":
    main()
