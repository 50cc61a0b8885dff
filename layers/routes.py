"""The routes the map fetches from: the deck.gl bundle, the component's modules, geometry, values, health."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import anyio.to_thread
import pydeck
import xxhash
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from geodata.errors import CityTwinError
from layers.blobs import compress

PREFIX = "/map"
GRANT_HEADER = "x-city-twin-grant"
FOR_EVER = {
    "Cache-Control": "private, immutable, max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

Authorise = Callable[[str, str], bool]


class Resolve(Protocol):
    """Finds the bytes of a name, compressed as asked; None for an unknown name. `layers.blobs.Blobs.get` is one."""

    def __call__(self, name: str, *, encoding: str = "") -> bytes | None:
        """Return the bytes."""


def grant_all(grant: str, resource: str) -> bool:
    """The rule of the open demo: everybody may see everything."""
    del grant, resource
    return True


def map_routes(authorise: Authorise, resolve: Resolve) -> list[Route]:
    """The routes of the map, to be mounted in the app.

    ``/map/bundle/{digest}/deck.js`` is the deck.gl bundle of the installed pydeck wheel; ``/map/component/{digest}/{file}``
    are the modules of the component; ``/map/geometry/{name}`` and ``/map/values/{name}`` are binary messages, named by
    content; ``/health`` answers without touching any of them.

    Parameters
    ----------
    authorise
        (grant, resource) → whether it may be had. The grant comes in the header ``X-City-Twin-Grant``, "" without one; the
        resource is "bundle", "component", "geometry/{name}" or "values/{name}".
    resolve
        Finds geometry and values. Called in a worker thread: it may compute.
    """

    def refused(request: Request, resource: str) -> Response | None:
        if authorise(request.headers.get(GRANT_HEADER, ""), resource):
            return None
        return _error(403, "This grant does not open this part of the map; ask whoever sent you the link for a new one.")

    async def blob(request: Request) -> Response:
        kind, name = request.url.path.rsplit("/", 2)[-2], request.path_params["name"]
        if (refusal := refused(request, f"{kind}/{name}")) is not None:
            return refusal
        encoding = _encoding(request)
        try:
            content = await anyio.to_thread.run_sync(lambda: resolve(name, encoding=encoding))
        except CityTwinError as error:
            return _error(503, str(error))
        if content is None:
            return _error(404, "The map data of that name are gone; reload the page.")
        return _answer(content, "application/octet-stream", encoding)

    async def bundle(request: Request) -> Response:
        if (refusal := refused(request, "bundle")) is not None:
            return refusal
        if request.path_params["digest"] != bundle_digest():
            return _error(404, "That version of the map library is not installed; reload the page.")
        encoding = _encoding(request)
        content = await anyio.to_thread.run_sync(lambda: _bundle(encoding))
        return _answer(content, _TYPES[".js"], encoding)

    async def component(request: Request) -> Response:
        if (refusal := refused(request, "component")) is not None:
            return refusal
        modules = component_files()
        content = modules.get(request.path_params["file"])
        if content is None or request.path_params["digest"] != component_digest():
            return _error(404, "That version of the map is not here any more; reload the page.")
        return _answer(content, _TYPES[Path(request.path_params["file"]).suffix], "")

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})

    return [
        Route(f"{PREFIX}/bundle/{{digest}}/deck.js", bundle),
        Route(f"{PREFIX}/component/{{digest}}/{{file}}", component),
        Route(f"{PREFIX}/geometry/{{name}}", blob),
        Route(f"{PREFIX}/values/{{name}}", blob),
        Route("/health", health),
    ]


def bundle_path() -> Path:
    """The deck.gl bundle inside the installed pydeck wheel."""
    return Path(pydeck.__file__).parent / "nbextension" / "static" / "index.js"


@cache
def bundle_digest() -> str:
    """Name of the bundle's content."""
    return xxhash.xxh3_64_hexdigest(bundle_path().read_bytes())


@cache
def _bundle(encoding: str) -> bytes:
    content = bundle_path().read_bytes()
    return compress(content, encoding) if encoding else content


@cache
def component_files() -> dict[str, bytes]:
    """The component's JavaScript and CSS files by name."""
    folder = files("layers") / "component"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if Path(entry.name).suffix in _TYPES}


@cache
def component_digest() -> str:
    """Name of the content of all of the component's files: a change of one makes new addresses for all."""
    hasher = xxhash.xxh3_64()
    for name, content in sorted(component_files().items()):
        hasher.update(name.encode() + b"\0" + content)
    return hasher.hexdigest()


def _encoding(request: Request) -> str:
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    return next((encoding for encoding in ("zstd", "gzip") if encoding in accepted), "")


def _answer(content: bytes, media_type: str, encoding: str) -> Response:
    headers = FOR_EVER | ({"Content-Encoding": encoding} if encoding else {})
    return Response(content, media_type=media_type, headers=headers)


def _error(status: int, sentence: str) -> Response:
    body = json.dumps({"error": sentence})
    return Response(body, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})
