"""Numbers written on the map are those of the moment shown, however late they arrive; the modules alone, without a map."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.browser
COMPONENT = Path(__file__).parents[2] / "layers" / "component"
LIBRARY = """
class Drawn { constructor(...props) { this.props = Object.assign({}, ...props); } }
const texture = () => ({ destroy() {} });
const D = {
  CompositeLayer: class {
    constructor(props) { this.props = props; this.state = {}; this.context = { device: { createTexture: texture } }; }
    setState(more) { Object.assign(this.state, more); }
    setNeedsUpdate() {}
    setNeedsRedraw() {}
    getAttributeManager() { return null; }
    getSubLayerProps(props) { return props; }
  },
  IconLayer: Drawn,
  TextLayer: Drawn,
};
"""
# Step 1 is asked for; the map draws again before its numbers are here; then they come.
COURSE = """async ([module, define, values]) => {
  LIBRARY
  const Layer = (await import(`/${module}.js`))[define](D);
  const arrivals = new Map();
  const wire = { head: { count: 1, icons: ["shelter"], labels: ["x"] },
                 arrays: { position: [0, 0], height: [0], icon: [0] } };
  const store = {
    geometry: () => Promise.resolve(wire),
    peek: () => new Uint8Array([1]),
    bytes: (name) => new Promise((arrive) => {
      arrivals.set(name, (number) => arrive(new Uint8Array(new Float32Array([number]).buffer)));
    }),
  };
  const table = btoa("\\0".repeat(2048));
  const base = {
    points: { name: "p", count: 1 }, values: { names: ["v0", "v1"] }, colours: { name: "c", table }, states: [],
    readings: { names: ["r0", "r1"], ...values }, relief: { exaggeration: 1 }, store, visible: true, detail: "near",
  };
  const layer = new Layer({ ...base, step: 0 });
  layer.initializeState();
  const settle = () => new Promise((done) => setTimeout(done, 20));
  const show = async (step) => { layer.props = { ...base, step }; layer.updateState({ props: layer.props }); await settle(); };
  // deck.gl writes a text anew only when its trigger changes.
  let written = null, trigger;
  const draw = () => {
    const made = layer.renderLayers().find(({ props }) => props.getText);
    if (!made || made.props.updateTriggers.getText === trigger) return;
    trigger = made.props.updateTriggers.getText;
    written = made.props.getText(made.props.data[0], { index: 0 });
  };
  await show(0); await show(0);
  arrivals.get("r0")(7); await settle(); await show(0); draw();
  const first = written;
  await show(1); draw();
  arrivals.get("r1")(556); await settle(); await show(1); draw();
  return [first, written];
}""".replace("LIBRARY", LIBRARY)


def serve(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[1]
    if name.endswith(".js"):
        route.fulfill(body=(COMPONENT / name).read_text(), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.mark.parametrize(
    ("module", "define", "values", "written"),
    [
        ("fills", "defineFills", {"capacity": [570]}, ["7 / 570", "556 / 570"]),
        ("points", "definePoints", {"units": ["m"]}, ["7 m", "556 m"]),
    ],
)
def test_a_number_that_arrives_after_the_map_was_drawn_again_is_written(
    chromium: Browser, module: str, define: str, values: dict[str, list[object]], written: list[str]
) -> None:
    page = chromium.new_page()
    page.route("http://map.test/**", serve)
    page.goto("http://map.test/")
    try:
        assert page.evaluate(COURSE, [module, define, values]) == written
    finally:
        page.close()
