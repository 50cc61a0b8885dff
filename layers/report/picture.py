"""Pictures of the map as the page draws it: the same layers and view, in a headless Chromium of this computer."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import anyio
import orjson
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from layers.blobs import Blobs
from layers.changes import difference
from layers.comparison import Other
from layers.flat_map import MapPicture
from layers.map_component import STYLES, map_data
from layers.report.subject import Subject
from layers.routes import grant_all, map_routes
from layers.scene import Scene, home_view, scene_of
from layers.timing import driving_of
from layers.view import View

ENVIRONMENT = "CITY_TWIN_CHROMIUM"
SIZE = (1000, 640)
SECONDS = 40.0
"""Longest wait for a picture; a quiet computer without a graphics card needs three to six."""
_PLAIN_ENOUGH = {"ground", "areas", "facilities", "sensors"}
"""Layers whose signs explain themselves: their legends would be longer than the map."""
_FLAGS = (
    "--headless", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars",
    "--force-device-scale-factor=1",
)  # fmt: skip
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><style>{style}
:root {{ --st-background-color: #ffffff; --st-text-color: #1d2327; --st-font: sans-serif; }}
body {{ margin: 0; font-family: sans-serif; }}
.city-map-panel, .city-map-buttons, .city-map-foot, .city-map-timeline {{ display: none !important; }}
.city-map {{ width: 100vw; height: 100vh; }}
</style></head><body><div class="city-map"></div>
<script type="module">
import {{ showMap }} from "{modules}/map.js";
const data = {{ ...{data}, smooth: true }};
const tell = (name) => fetch(`/${{name}}/{number}`);
showMap(document.querySelector(".city-map"), {{
  data, parentElement: document.body, setTriggerValue() {{}},
  setStateValue: (name) => name === "webgl" && tell("failed"),
}});
// Without a graphics card a frame takes seconds: one is drawn, when all that it shows is here.
let shown = false;
let before = "";
const look = () => {{
  const map = document.querySelector(".city-map")?.cityMap;
  const {{ stats }} = globalThis.__cityMap ?? {{}};
  if (map?.deck && map.deck !== look.deck) (look.deck = map.deck).setProps({{ layerFilter: () => shown }});
  const there = look.deck && stats.firstColoursAt > 0 && stats.arrayBytes.ground > 0
    && stats.chunksLoaded === stats.chunksExpected && map.store.waiting.size === 0;
  const now = there ? `${{stats.requests}} ${{stats.frames}}` : "";
  if (now && now === before) {{
    shown = true;
    look.deck.redraw("picture");
    return tell("ready");
  }}
  before = now;
  setTimeout(look, 150);
}};
look();
</script></body></html>"""

# The map begins when its own page is loaded; the page around it counts as loaded when the map is drawn.
_FRAME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><style>
body {{ margin: 0; }} iframe {{ border: 0; width: {width}px; height: {height}px; display: block; }}
img {{ position: absolute; left: 0; top: 0; }}</style></head>
<body>{maps}<img src="/settled" width="1" height="1" alt=""></body></html>"""


def chromium() -> str | None:
    """Path of a Chromium of this computer, None without one."""
    named = os.environ.get(ENVIRONMENT)
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def map_pictures(subject: Subject, *, seconds: float = SECONDS) -> Sequence[MapPicture | None]:
    """The pictures of `Subject.maps` with their legends; None where one could not be drawn: a flat one takes its place.

    Parameters
    ----------
    subject
        What is reported: its view, its moment, its colours.
    seconds
        Longest wait for a picture. All are drawn by one browser on one page, one under the other.
    """
    browser, count = chromium(), len(subject.maps)
    if browser is None:
        return [None] * count
    blobs = Blobs()
    drawn = _drawn(subject, blobs)
    with _served(subject, drawn, blobs) as (port, ready):
        taken = _taken(browser, port, count, seconds * (count + 1) / 2)
        shown = [taken is not None and event.is_set() for event in ready]
    if taken is None:
        return [None] * count
    width, height = SIZE
    pictures = [taken.crop((0, number * height, width, (number + 1) * height)) for number in range(count)]
    return [_explained(subject, *drawn[number], pictures[number]) if there else None for number, there in enumerate(shown)]


_Drawn = tuple[Scene, Other | None]


def _drawn(subject: Subject, blobs: Blobs) -> list[_Drawn]:
    """Scenes of the runs, then of what is different."""
    scenes = [_scene(subject, number, blobs) for number in range(len(subject.runs))]
    made: list[_Drawn] = []
    for shown in subject.maps:
        if isinstance(shown, int):
            made.append((scenes[shown], None))
            continue
        before, after = shown
        states = subject.state(before), subject.state(after)
        assert states[0] is not None
        assert states[1] is not None
        made.append(
            difference(
                scenes[before], [states[0]], [states[1]], blobs, what=subject.difference(after) or "depth",
                group=subject.look.group, left=subject.names[before], right=subject.names[after], surface=scenes[after],
            )
        )  # fmt: skip
    return made


def _scene(subject: Subject, number: int, blobs: Blobs) -> Scene:
    told, state = subject.runs[number], subject.state(number)
    states = () if state is None else (state,)
    driving = driving_of(told.scenario, states) if states else None
    return scene_of(
        subject.city, states, blobs=blobs, language=subject.language, look=subject.look, driving=driving,
        people=not subject.public,
    )  # fmt: skip


def _view(subject: Subject) -> View:
    """The view of the page; its step is not needed: only the moment shown is drawn."""
    return replace(subject.view or home_view(subject.city), step=0)


@contextlib.contextmanager
def _served(subject: Subject, drawn: Sequence[_Drawn], blobs: Blobs) -> Iterator[tuple[int, Sequence[threading.Event]]]:
    """A server of the maps on this computer alone: its port, and for each map whether it told that it is drawn."""
    ready = [threading.Event() for _ in drawn]
    ended = [threading.Event() for _ in drawn]
    fit = subject.view is None

    async def page(request: Request) -> Response:
        number = int(request.path_params["number"])
        scene, other = drawn[number]
        data = map_data(
            scene.layers, _view(subject), height="100vh", fit=fit, translate=subject.language.text,
            language=subject.language.code, other=other,
        )  # fmt: skip
        return HTMLResponse(_page(number, data))

    async def frame(request: Request) -> Response:
        del request
        maps = "".join(f'<iframe src="/map/{number}" title="map"></iframe>' for number in range(len(drawn)))
        return HTMLResponse(_FRAME.format(maps=maps, width=SIZE[0], height=SIZE[1]))

    async def told(request: Request) -> Response:
        number = int(request.path_params["number"])
        if request.url.path.startswith("/ready/"):
            ready[number].set()
        ended[number].set()
        return Response()

    async def settled(request: Request) -> Response:
        """The page counts as loaded when this comes: then its picture is taken."""
        del request
        for event in ended:
            await anyio.to_thread.run_sync(event.wait, SECONDS, abandon_on_cancel=True)
        return Response(status_code=204)

    routes = [
        *map_routes(grant_all, blobs.get), Route("/map/{number:int}", page), Route("/pictures", frame),
        Route("/settled", settled),
        *(Route(f"/{name}/{{number:int}}", told) for name in ("ready", "failed")),
    ]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off"))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, name="pictures", daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1], ready
        finally:
            server.should_exit = server.force_exit = True
            for event in ended:
                event.set()
            thread.join(5)


def _page(number: int, data: dict[str, Any]) -> str:
    folder = files("layers") / "component"
    style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    written = orjson.dumps(data).decode().replace("</", "<\\/")
    return _PAGE.format(style=style, number=number, modules=data["modules"], data=written)


def _taken(browser: str, port: int, count: int, seconds: float) -> Image.Image | None:
    with tempfile.TemporaryDirectory(prefix="city-twin-", ignore_cleanup_errors=True) as folder:
        out = Path(folder) / "map.png"
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        command = [browser, *_FLAGS, *root, f"--user-data-dir={folder}/profile", f"--screenshot={out}",
                   f"--window-size={SIZE[0]},{SIZE[1] * count}", f"http://127.0.0.1:{port}/pictures"]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603 (a browser on our own page)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if not out.exists():
            return None
        with Image.open(io.BytesIO(out.read_bytes())) as picture:
            return picture.convert("RGB")


def _explained(subject: Subject, scene: Scene, other: Other | None, picture: Image.Image) -> MapPicture:
    """The picture with the legends of what it shows, and the sources."""
    visible = set(_view(subject).visible(scene.layers))
    scales = other.scales if other else {}
    own = {layer.id: layer.legend for layer in scene.layers} | {name: scale.legend() for name, scale in scales.items()}
    named = [layer.id for layer in scene.layers if layer.id in visible - _PLAIN_ENOUGH]
    legends = dict.fromkeys(legend for name in named if (legend := own[name]) is not None)
    return MapPicture(picture, tuple(legends), scene.attribution)
