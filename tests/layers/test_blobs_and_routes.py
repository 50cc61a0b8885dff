"""The store and the routes, over HTTP from a real server."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
import zstandard
from starlette.applications import Starlette

from geodata.errors import InputError
from layers.blobs import Blobs
from layers.routes import GRANT_HEADER, bundle_digest, component_digest, component_files, grant_all, map_routes


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Client:
    port: int

    def get(self, path: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        made = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return made


@contextmanager
def client(blobs: Blobs, authorise=grant_all) -> Iterator[Client]:
    app = Starlette(routes=map_routes(authorise, blobs.get))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Client(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()


def test_the_same_bytes_have_the_same_name() -> None:
    blobs = Blobs()
    assert blobs.put(b"a") == blobs.put(b"a") != blobs.put(b"b")


def test_a_promise_is_kept_once_even_for_many_at_once() -> None:
    blobs, made = Blobs(), []

    def slow() -> bytes:
        made.append(1)
        time.sleep(0.05)
        return b"x" * 100

    name = blobs.promise(("slow",), slow)
    threads = [threading.Thread(target=blobs.get, args=(name,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_memory_is_bounded_and_what_was_dropped_is_made_again() -> None:
    blobs, made = Blobs(limit=1000), []

    def factory(number: int):
        return lambda: (made.append(number), b"%d" % number * 400)[1]

    names = [blobs.promise((str(number),), factory(number)) for number in range(1, 6)]
    for name in names:
        blobs.get(name)
    assert blobs.statistics().bytes_held <= 1000
    assert blobs.get(names[0]) == b"1" * 400
    assert made == [1, 2, 3, 4, 5, 1]


def test_what_was_put_in_is_bounded_too() -> None:
    blobs = Blobs(limit=1000)
    names = [blobs.put(b"%d" % number * 400) for number in range(1, 6)]
    assert blobs.statistics().bytes_held <= 1000
    assert blobs.get(names[0]) is None
    assert blobs.get(names[-1], encoding="gzip") is not None


def test_a_failing_promise_fails_for_its_caller_and_may_be_tried_again() -> None:
    blobs, answers = Blobs(), [None, b"now"]

    def factory() -> bytes:
        answer = answers.pop(0)
        if answer is None:
            raise OSError("disk")
        return answer

    name = blobs.promise(("flaky",), factory)
    with pytest.raises(OSError, match="disk"):
        blobs.get(name)
    assert blobs.get(name) == b"now"


@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_bytes_arrive_compressed_as_asked_and_for_ever(encoding: str) -> None:
    blobs = Blobs()
    name = blobs.put(b"water" * 1000)
    with client(blobs) as browser:
        answer = browser.get(f"/map/values/{name}", Accept_Encoding=encoding or "identity")
    assert answer.headers.get("content-encoding", "") == encoding
    assert answer.headers["cache-control"] == "private, immutable, max-age=31536000"
    unpacked = {"": bytes, "gzip": gzip.decompress, "zstd": zstandard.decompress}[encoding](answer.body)
    assert unpacked == b"water" * 1000
    assert not encoding or len(answer.body) < 200


def test_unknown_names_are_404_with_a_sentence() -> None:
    with client(Blobs()) as browser:
        answer = browser.get("/map/geometry/nothing")
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "reload the page" in json.loads(answer.body)["error"]


def test_what_cannot_be_made_is_told_in_a_sentence() -> None:
    def broken() -> bytes:
        raise InputError("The field {name} is damaged; run the scenario again.", name="depth")

    blobs = Blobs()
    with client(blobs) as browser:
        answer = browser.get(f"/map/values/{blobs.promise(('broken',), broken)}")
    assert answer.status == 503
    assert json.loads(answer.body)["error"] == "The field depth is damaged; run the scenario again."


def test_every_route_asks_the_one_rule_with_the_grant_of_the_header() -> None:
    asked = []

    def rule(grant: str, resource: str) -> bool:
        asked.append((grant, resource))
        return grant == "let me in"

    blobs = Blobs()
    name = blobs.put(b"secret")
    paths = [
        f"/map/geometry/{name}",
        f"/map/values/{name}",
        f"/map/bundle/{bundle_digest()}/deck.js",
        f"/map/component/{component_digest()}/map.js",
    ]
    with client(blobs, rule) as browser:
        for path in paths:
            assert browser.get(path).status == 403
            assert browser.get(path, **{GRANT_HEADER: "let me in"}).status == 200
        assert json.loads(browser.get("/health").body) == {"ok": True}
    assert {resource for _, resource in asked} == {f"geometry/{name}", f"values/{name}", "bundle", "component"}


def test_files_outside_the_component_cannot_be_had() -> None:
    with client(Blobs()) as browser:
        for name in ("__init__.py", "..%2froutes.py", "%2e%2e/routes.py", "map.py"):
            assert browser.get(f"/map/component/{component_digest()}/{name}").status == 404
        assert browser.get("/map/component/old/map.js").status == 404
        assert browser.get("/map/bundle/old/deck.js").status == 404


def test_no_module_names_another_host() -> None:
    for name, content in component_files().items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, name
        assert "https://" not in text, name


def test_health_answers_while_a_promise_is_being_kept() -> None:
    blobs = Blobs()
    started = threading.Event()

    def slow() -> bytes:
        started.set()
        time.sleep(1.0)
        return b"done"

    name = blobs.promise(("slow",), slow)
    with client(blobs) as browser:
        waiting = threading.Thread(target=browser.get, args=(f"/map/geometry/{name}",))
        waiting.start()
        assert started.wait(5)
        before = time.monotonic()
        assert json.loads(browser.get("/health").body) == {"ok": True}
        assert time.monotonic() - before < 0.5
        waiting.join()
