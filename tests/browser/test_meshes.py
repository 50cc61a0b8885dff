"""Triangles, ribbons and windows of the terrain, as the map's modules make them in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from shapely.geometry import Polygon

from layers.routes import component_files

pytestmark = pytest.mark.browser
ADDRESS = "http://map.test"
L_SHAPE = [(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)]
COMB = [(0, 0), (9, 0), (9, 4), (8, 4), (8, 1), (6, 1), (6, 4), (5, 4), (5, 1), (3, 1), (3, 4), (2, 4), (2, 1), (0, 1)]


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page that can load the component's modules."""
    files = {f"{ADDRESS}/{name}": content for name, content in component_files().items()}
    page = chromium.new_page()

    def answer(route: Any) -> None:
        content = files.get(route.request.url, b"<!doctype html>")
        route.fulfill(body=content, content_type="text/javascript" if route.request.url in files else "text/html")

    page.route("**/*", answer)
    page.goto(f"{ADDRESS}/")
    yield page
    page.close()


def triangles(page: Page, ring: list[tuple[float, float]]) -> list[Polygon]:
    """What a ring is cut into; two points of another ring stand before it."""
    numbers = page.evaluate(
        """async (ring) => {
          const { triangulate } = await import("/triangles.js");
          const indices = new Uint16Array(3 * (ring.length - 2));
          const points = Float32Array.from([9, 9, 9, 9, 9, 9, ...ring.flatMap((point) => [...point, 0])]);
          const end = triangulate(points, 2, ring.length + 2, indices, 0);
          return end === indices.length ? [...indices] : null;
        }""",
        ring,
    )
    assert numbers is not None
    corners = [ring[number - 2] for number in numbers]
    return [Polygon(corners[i : i + 3]) for i in range(0, len(corners), 3)]


@pytest.mark.parametrize("ring", [L_SHAPE, COMB, L_SHAPE[::-1], COMB[::-1]])
def test_triangles_cover_a_ring_once(page: Page, ring: list[tuple[float, float]]) -> None:
    whole, parts = Polygon(ring), triangles(page, ring)
    assert len(parts) == len(ring) - 2
    assert all(whole.contains(part) or part.area == 0 for part in parts)
    assert sum(part.area for part in parts) == pytest.approx(whole.area)


def test_triangles_cover_many_crooked_rings(page: Page) -> None:
    dice = np.random.default_rng(5)
    for _ in range(40):
        count = int(dice.integers(3, 40))
        angles = np.sort(dice.uniform(0, 2 * np.pi, count))
        reach = dice.uniform(0.2, 1.0, count).round(3)  # a star around the origin, bent in and out
        ring = [(float(x), float(y)) for x, y in np.float32(np.column_stack([reach * np.cos(angles), reach * np.sin(angles)]))]
        whole = Polygon(ring)
        if not whole.is_valid:
            continue
        parts = triangles(page, ring)
        assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-4)


def test_a_ring_across_itself_is_cut_all_the_same(page: Page) -> None:
    assert len(triangles(page, [(0, 0), (2, 2), (2, 0), (0, 2)])) == 2


def ribbon(page: Page, line: list[tuple[float, float]]) -> dict[str, Any]:
    """A path of points in metres around a place on the equator, two metres wide."""
    return page.evaluate(
        """async (line) => {
          const { ribbonsOf } = await import("/ribbons.js");
          const positions = Float32Array.from(line.flatMap(([x, y]) => [x / 111320, y / 111320, 7]));
          const elementIndex = new Float32Array(line.length).fill(3);
          const chunk = { starts: [0, line.length], positions, elementIndex, origin: [0, 0] };
          const { attributes, indices } = ribbonsOf(chunk, new Float32Array(line.length).fill(2));
          const arrays = Object.entries(attributes).map(([name, { value }]) => [name, [...value]]);
          return { ...Object.fromEntries(arrays), indices: [...indices] };
        }""",
        line,
    )


def outline(made: dict[str, Any]) -> np.ndarray:
    """Where the vertices lie, metres, [vertex, 2]: half a width of one metre to the side."""
    middle = np.array(made["positions"]).reshape(-1, 3)[:, :2] * 111320
    return middle + np.array(made["across"]).reshape(-1, 4)[:, :2] / 32767 * 2


def test_a_ribbon_keeps_its_width_around_a_bend(page: Page) -> None:
    made = ribbon(page, [(0, 0), (10, 0), (10, 10)])
    places = outline(made)
    # A pair beyond the start, three pairs at the points, a pair beyond the end.
    assert places.shape == (10, 2)
    assert places[2:4] == pytest.approx(np.array([[0, 1], [0, -1]]), abs=1e-3)
    assert places[4:6] == pytest.approx(np.array([[9, 1], [11, -1]]), abs=1e-3)
    assert places[0:2] == pytest.approx(np.array([[-1, 1], [-1, -1]]), abs=1e-3)
    assert made["along"][2:8] == pytest.approx([0, 0, 10, 10, 20, 20], abs=1e-3)
    area = sum(Polygon(places[made["indices"][i : i + 3]]).area for i in range(0, len(made["indices"]), 3))
    assert area == pytest.approx(2 * 22, rel=1e-3)  # two legs of 10 m and a metre of cap at each end


@pytest.mark.parametrize("line", [[(0, 0), (0, 0), (5, 0)], [(0, 0), (5, 0), (0, 0)], [(1, 1), (1, 1)]])
def test_a_ribbon_of_points_upon_each_other_or_back_on_its_way_has_numbers_everywhere(
    page: Page, line: list[tuple[float, float]]
) -> None:
    made = ribbon(page, line)
    assert np.isfinite(outline(made)).all()
    assert np.abs(np.array(made["across"])).max() <= 32767


TERRAIN = """async ([box, pixel]) => {
  const { makeTerrain } = await import("/terrain.js");
  const [rows, columns] = [101, 201];
  const step = 0.0001;
  const head = {
    rows, columns, lattice: 2, first_u: 0, first_v: 0, step_u: 1 / (columns - 1), step_v: 1 / (rows - 1),
    height_zero: 0, height_step: 0.1, shade_shape: [1, 1], class_shape: [1, 1],
  };
  const lattice = Float64Array.from([0, 0.01, 0.02, 0.01, 0, 0, 0.02, 0]);
  const heights = new Uint16Array(rows * columns);
  const terrain = makeTerrain({ head, arrays: { heights, lattice, shade: [], classes: [] } });
  const part = terrain.within(box, pixel);
  return { ...part, indices: [...terrain.triangles(part)] };
}"""


def test_all_of_the_terrain_is_drawn_where_all_of_it_is_seen(page: Page) -> None:
    made = page.evaluate(TERRAIN, [[-1, -1, 1, 1], 0.5])
    assert (made["rows"], made["columns"], made["step"]) == ([0, 100], [0, 200], 1)
    assert len(made["indices"]) == 100 * 200 * 6
    assert set(made["indices"]) == set(range(101 * 201))


def test_beside_the_window_no_terrain_is_drawn(page: Page) -> None:
    made = page.evaluate(TERRAIN, [[0.0049, 0.0049, 0.0051, 0.0051], 0.5])
    assert made["columns"] == [48, 64]
    assert made["rows"] == [48, 64]
    assert page.evaluate(TERRAIN, [[0.1, 0.1, 0.2, 0.2], 0.5])["indices"] == []


def test_from_far_away_the_terrain_is_coarser_and_reaches_as_far(page: Page) -> None:
    made = page.evaluate(TERRAIN, [[-1, -1, 1, 1], 5.0])  # 11 m between points, 30 m are six pixels
    assert made["step"] == 2
    points = np.unique(made["indices"])
    assert len(points) == 51 * 101
    assert {0, 200, 100 * 201, 100 * 201 + 200} <= set(points.tolist())
    assert page.evaluate(TERRAIN, [[-1, -1, 1, 1], 500.0])["step"] == 8
