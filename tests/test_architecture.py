"""The house plan, held by a test: imports point one way, names say what is meant, importing does nothing, no other host."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAIN = ("geodata", "twin", "layers", "pages", "app")
"""geodata <- twin <- layers <- pages <- app: each may import what stands before it."""
PACKAGES = CHAIN[:-1]
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared", "core"}
BROAD = {"Exception", "BaseException"}
TEXTS = {".py", ".js", ".toml", ".txt", ".css", ".html", ".yaml", ".yml"}

HOSTS = {
    "127.0.0.1", "localhost",
    "doi.org",  # sources of formulas
    "www.w3.org", "www.opengis.net", "schemas.opengis.net", "uri.etsi.org", "json-schema.org", "www.geospatial.jp",
    "www.iana.org", "www.kantei.go.jp",  # names of standards: compared as text, never fetched
}  # fmt: skip
FAMILIES = (r"(.*\.)?example(\.(com|org|net|jp|test|invalid))?", r".*\.test", r".*\.example")
_URL = re.compile(r"\b(?:https?|wss?|ftp)://([A-Za-z0-9.\-]+)", re.I)


def modules() -> list[Path]:
    """Every module of ours, tests apart."""
    return [ROOT / "app.py", *sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of everything a file imports, also inside functions and under TYPE_CHECKING."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield node.lineno, ".".join([*above, *filter(None, [node.module])])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "import_module":
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def test_imports_point_one_way() -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for path in modules()
        for line, module in imports(path)
        if (target := module.partition(".")[0]) in CHAIN
        and CHAIN.index(target) > CHAIN.index(path.relative_to(ROOT).parts[0].removesuffix(".py"))
    ]
    assert wrong == []


def test_nothing_of_ours_imports_tests_or_documents() -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for path in modules()
        for line, module in imports(path)
        if module.partition(".")[0] in ("tests", "docs", "conftest")
    ]
    assert wrong == []


def test_the_chain_is_seen_at_all() -> None:
    seen = {(path.relative_to(ROOT).parts[0], module.partition(".")[0]) for path in modules() for _, module in imports(path)}
    assert {("twin", "geodata"), ("layers", "twin"), ("pages", "layers")} <= seen


def test_every_module_says_what_it_is_about() -> None:
    wrong = [name_of(path) for path in modules() if SHAPELESS & set(path.relative_to(ROOT).with_suffix("").parts)]
    assert wrong == []
    silent = [name_of(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_file_that_a_newcomer_would_dread_to_open() -> None:
    long = {name_of(path): count for path in modules() if (count := len(path.read_text(encoding="utf-8").splitlines())) > 600}
    assert long == {}


def caught(node: ast.ExceptHandler) -> set[str]:
    if node.type is None:
        return {"everything"}
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return {kind.id for kind in kinds if isinstance(kind, ast.Name)}


def test_nobody_catches_everything_without_saying_why() -> None:
    wrong = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.ExceptHandler) and caught(node) & {*BROAD, "everything"}:
                explained = re.search(r"#\s*noqa: BLE001\s*(--?|\()\s*\w+", lines[node.lineno - 1])
                if not explained:
                    wrong.append(f"{name_of(path)}:{node.lineno} catches {', '.join(caught(node))}")
    assert wrong == []


def test_no_print() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert wrong == []


def texts() -> list[Path]:
    """Every text of ours in which the name of a host could stand: what git knows or would be given."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # an archive without its history
        folders = [ROOT / name for name in (*PACKAGES, "tests", "docs", "examples", "locks")]
        names = [name_of(path) for folder in folders for path in folder.rglob("*")] + [path.name for path in ROOT.iterdir()]
    paths = [ROOT / name for name in names]
    return sorted(path for path in paths if path.suffix in TEXTS and path.is_file())


def strange_hosts(text: str) -> set[str]:
    hosts = {host.lower().rstrip(".") for host in _URL.findall(text.replace("\\.", "."))}  # also in patterns
    return {host for host in hosts if host and host not in HOSTS and not any(re.fullmatch(each, host) for each in FAMILIES)}


def test_hosts_are_recognised() -> None:
    assert strange_hosts("see https://doi.org/10.1 and http://127.0.0.1:8501/x, ws://localhost") == set()
    assert strange_hosts("http://a.example.org http://sensor.test https://example.com") == set()
    beacon, other = "https:" + "//cdn.beacon.io/x.js", "HTTP:" + "//doi.org.evil.net"
    assert strange_hosts(f"{beacon} {other}") == {"cdn.beacon.io", "doi.org.evil.net"}


def test_no_other_host_is_named() -> None:
    found = {
        name_of(path): hosts for path in texts() if (hosts := strange_hosts(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


IMPORT = """
import importlib, json, sys, threading
sys.path.insert(0, sys.argv[2])
deeds = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        deeds.append(f"opened {arguments[0]}")
    elif event in ("os.mkdir", "os.remove", "os.rename", "socket.connect", "subprocess.Popen", "os.fork", "os.posix_spawn"):
        deeds.append(f"{event} {arguments[0]}")
for library in json.loads(sys.argv[3]):
    importlib.import_module(library)  # what libraries do when they are imported is not ours
before = {thread.name for thread in threading.enumerate()}
sys.addaudithook(watch)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
after = {thread.name for thread in threading.enumerate()}
print(json.dumps({"threads": sorted(after - before), "deeds": deeds}))
"""


@pytest.mark.parametrize("package", ["geodata", "twin", "layers"])
def test_importing_does_nothing(package: str, tmp_path: Path) -> None:
    """No thread, no file, no connection, no process. Pages are left out: Streamlit runs them as scripts."""
    paths = [path for path in sorted((ROOT / package).rglob("*.py")) if path.name != "__main__.py"]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    libraries = sorted(
        {module for path in paths for _, module in imports(path) if module.partition(".")[0] not in {*CHAIN, "__future__"}}
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT, json.dumps(names), str(ROOT), json.dumps(libraries)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CITY_TWIN_HOME": str(tmp_path / "home"),
             "NUMBA_CACHE_DIR": str(tmp_path / "numba"), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["threads"] == []
    ours = [deed for deed in result["deeds"] if str(tmp_path / "numba") not in deed]  # Numba tries out its folder of kernels
    assert ours == []
    assert not (tmp_path / "home").exists()
