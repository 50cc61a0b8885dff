/** Icons drawn on a canvas when needed: a plate whose shape tells the state, with a glyph that tells the kind. */

const SIZE = 64;

/** Glyphs in a box of 24 × 24, white on the plate. Each gets the canvas context. */
const GLYPHS = {
  shelter: (c) => { poly(c, [12, 4, 21, 12, 18.5, 12, 18.5, 20, 5.5, 20, 5.5, 12, 3, 12]); cut(c, 10, 14, 4, 6); },
  hospital: (c) => { c.fillRect(9.5, 4, 5, 16); c.fillRect(4, 9.5, 16, 5); },
  clinic: (c) => { c.fillRect(10.5, 6, 3, 12); c.fillRect(6, 10.5, 12, 3); },
  care_home: (c) => { c.beginPath(); c.moveTo(12, 20); c.bezierCurveTo(-2, 10, 7, 1, 12, 8); c.bezierCurveTo(17, 1, 26, 10, 12, 20); c.fill(); },
  nursery: (c) => { dot(c, 12, 8, 4); dot(c, 12, 17, 5.5); dot(c, 5.5, 13, 2); dot(c, 18.5, 13, 2); },
  school: (c) => { poly(c, [12, 4, 22, 9, 12, 14, 2, 9]); poly(c, [6, 12.5, 12, 15.5, 18, 12.5, 18, 17, 12, 20, 6, 17]); },
  fire_station: (c) => { c.beginPath(); c.moveTo(12, 3); c.bezierCurveTo(13, 9, 20, 10, 18, 16); c.bezierCurveTo(16.5, 22, 7.5, 22, 6, 16); c.bezierCurveTo(5, 12, 9, 12, 9, 8); c.bezierCurveTo(11, 9, 11, 6, 12, 3); c.fill(); },
  police: (c) => poly(c, [12, 3, 14.6, 9, 21, 9.6, 16.2, 14, 17.6, 20.4, 12, 17, 6.4, 20.4, 7.8, 14, 3, 9.6, 9.4, 9]),
  city_hall: (c) => { poly(c, [12, 3, 21, 9, 3, 9]); for (const x of [5, 10.5, 16]) c.fillRect(x, 10.5, 3, 7); c.fillRect(3, 18.5, 18, 2.5); },
  substation: (c) => poly(c, [14, 2, 6, 13.5, 11, 13.5, 9, 22, 18, 9.5, 12.5, 9.5]),
  pump: (c) => { ring(c, 11, 13, 6); c.fillRect(15, 5, 6, 3); c.fillRect(15, 5, 3, 8); dot(c, 11, 13, 2); },
  gate: (c) => { c.fillRect(4, 4, 3, 16); c.fillRect(17, 4, 3, 16); c.fillRect(7, 12, 10, 5); c.fillRect(11, 4, 2, 8); },
  water_works: (c) => drop(c, 12, 12, 8),
  river_level: (c) => { wave(c, 17); wave(c, 12); c.fillRect(11, 3, 2.4, 7); poly(c, [7.5, 8, 16.9, 8, 12.2, 12.5]); },
  tide_level: (c) => { wave(c, 8); wave(c, 13); wave(c, 18); },
  street_depth: (c) => { wave(c, 18); c.fillRect(6, 3, 2.4, 12); for (const y of [4, 8, 12]) c.fillRect(8, y, 5, 1.8); },
  rain: (c) => { drop(c, 7, 9, 4); drop(c, 16, 8, 4); drop(c, 11.5, 17, 4); },
  groundwater: (c) => { wave(c, 17); poly(c, [8, 3, 16, 3, 16, 8, 19, 8, 12, 14, 5, 8, 8, 8]); },
  discharge: (c) => { wave(c, 8); wave(c, 18); poly(c, [4, 11.5, 14, 11.5, 14, 9.5, 20, 13, 14, 16.5, 14, 14.5, 4, 14.5]); },
  wind: (c) => { for (const [y, w] of [[7, 12], [12, 16], [17, 9]]) c.fillRect(4, y, w, 2.2); },
  // Measures.
  flood_barrier: (c) => { c.fillRect(2, 9, 20, 4); for (const x of [5, 11, 17]) c.fillRect(x, 5, 2.4, 12); wave(c, 20); },
  levee_breach: (c) => { poly(c, [1, 18, 5, 8, 9, 8, 8, 18]); poly(c, [16, 18, 15, 8, 19, 8, 23, 18]); poly(c, [10.6, 4, 13.4, 4, 13.4, 14, 16, 14, 12, 20, 8, 14, 10.6, 14]); },
  raised_road: (c) => { poly(c, [3, 20, 7, 13, 17, 13, 21, 20]); poly(c, [12, 2, 17, 7.5, 13.6, 7.5, 13.6, 11, 10.4, 11, 10.4, 7.5, 7, 7.5]); },
  gate_closed: (c) => { c.fillRect(4, 3, 3, 18); c.fillRect(17, 3, 3, 18); c.fillRect(7, 9, 10, 9); },
  storage: (c) => { c.lineWidth = 2.6; c.beginPath(); c.moveTo(3, 6); c.lineTo(3, 20); c.lineTo(21, 20); c.lineTo(21, 6); c.stroke(); c.fillRect(5, 12, 14, 6); },
  culvert: (c) => { ring(c, 12, 12, 8); c.fillRect(4, 10.6, 14, 2.8); poly(c, [16, 7.5, 21, 12, 16, 16.5]); },
  road_opened: (c) => { c.fillRect(10.6, 3, 2.8, 18); c.fillRect(3, 5, 18, 6); },
  road_closure: (c) => { c.fillRect(10.6, 3, 2.8, 18); c.fillRect(3, 5, 18, 6); },
  evacuation_order: (c) => { dot(c, 14.5, 4.6, 2.6); poly(c, [12, 8, 16, 9, 19.5, 13, 17.5, 14.4, 15, 12, 14, 15, 17, 21.5, 14.4, 22, 11.6, 16, 8, 21, 5.8, 19.4, 10.4, 13, 11, 11, 8, 13, 6.6, 11]); },
  power_outage: (c) => poly(c, [14, 2, 6, 13.5, 11, 13.5, 9, 22, 18, 9.5, 12.5, 9.5]),
  other: (c) => dot(c, 12, 12, 5),
};

function poly(c, points) {
  c.beginPath();
  for (let i = 0; i < points.length; i += 2) c.lineTo(points[i], points[i + 1]);
  c.closePath();
  c.fill();
}
function dot(c, x, y, r) { c.beginPath(); c.arc(x, y, r, 0, 7); c.fill(); }
function ring(c, x, y, r) { c.lineWidth = 2.4; c.beginPath(); c.arc(x, y, r, 0, 7); c.stroke(); }
function drop(c, x, y, r) {
  c.beginPath();
  c.moveTo(x, y - r);
  c.bezierCurveTo(x + r * 1.2, y, x + r * 0.9, y + r, x, y + r);
  c.bezierCurveTo(x - r * 0.9, y + r, x - r * 1.2, y, x, y - r);
  c.fill();
}
function wave(c, y) {
  c.lineWidth = 2.2;
  c.beginPath();
  c.moveTo(3, y);
  c.bezierCurveTo(6, y - 4, 9, y + 4, 12, y);
  c.bezierCurveTo(15, y - 4, 18, y + 4, 21, y);
  c.stroke();
}
function cut(c, x, y, w, h) { c.globalCompositeOperation = "destination-out"; c.fillRect(x, y, w, h); c.globalCompositeOperation = "source-over"; }

/** Plates by state: disc, square, rounded square, diamond. */
function plate(c, shape) {
  c.beginPath();
  if (shape === "square") c.rect(5, 5, 54, 54);
  else if (shape === "diamond") { c.moveTo(32, 1); c.lineTo(63, 32); c.lineTo(32, 63); c.lineTo(1, 32); c.closePath(); }
  else if (shape === "rounded") c.roundRect(5, 5, 54, 54, 14);
  else c.arc(32, 32, 29, 0, 7);
  c.fill();
  c.lineWidth = 4;
  c.stroke();
}

/**
 * One icon on a canvas of 64 × 64.
 * @param {string} kind name of the glyph
 * @param {number[]} colour of the plate
 * @param {{shape: string, crossed: boolean, question: boolean}} style
 */
export function drawIcon(kind, colour, { shape, crossed, question }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const c = canvas.getContext("2d");
  c.fillStyle = `rgb(${colour})`;
  c.strokeStyle = "white";
  plate(c, shape);
  const glyph = document.createElement("canvas");
  glyph.width = glyph.height = SIZE;
  const g = glyph.getContext("2d");
  g.translate(13, 13);
  g.scale(38 / 24, 38 / 24);
  g.fillStyle = g.strokeStyle = question ? "#333" : "white";
  g.lineCap = "round";
  if (question) {
    g.font = "bold 22px sans-serif";
    g.textAlign = "center";
    g.fillText("?", 12, 20);
  } else (GLYPHS[kind] ?? GLYPHS.other)(g);
  c.drawImage(glyph, 0, 0);
  if (crossed) {
    for (const [width, style] of [[13, `rgb(${colour})`], [7, "white"]]) {
      c.lineWidth = width;
      c.strokeStyle = style;
      c.beginPath();
      c.moveTo(12, 52);
      c.lineTo(52, 12);
      c.stroke();
    }
  }
  return canvas;
}

/** How a byte of a layer with states is shown. */
export function styleOf(code, states) {
  if (!states) return { shape: "rounded", crossed: false, question: false };
  if (code === 0) return { shape: "disc", crossed: false, question: false };
  if (code === 1) return { shape: "square", crossed: true, question: false };
  if (code >= 254) return { shape: "diamond", crossed: false, question: true };
  return { shape: "rounded", crossed: false, question: false };
}

/**
 * All icons side by side as one texture.
 * @param {object} device luma device
 * @param {{key: string, kind: string, colour: number[], style: object}[]} wanted
 */
export function iconAtlas(device, wanted) {
  const across = Math.max(1, Math.min(wanted.length, 16));
  const rows = Math.max(1, Math.ceil(wanted.length / across));
  const canvas = document.createElement("canvas");
  canvas.width = across * SIZE;
  canvas.height = rows * SIZE;
  const c = canvas.getContext("2d", { willReadFrequently: true });
  const mapping = {};
  wanted.forEach(({ key, kind, colour, style }, i) => {
    const [x, y] = [(i % across) * SIZE, Math.floor(i / across) * SIZE];
    c.drawImage(drawIcon(kind, colour, style), x, y);
    mapping[key] = { x, y, width: SIZE, height: SIZE, mask: false };
  });
  const { data } = c.getImageData(0, 0, canvas.width, canvas.height);
  const texture = device.createTexture({
    format: "rgba8unorm",
    width: canvas.width,
    height: canvas.height,
    data: new Uint8Array(data.buffer),
    mipLevels: 1,
    sampler: { minFilter: "linear", magFilter: "linear" },
  });
  return { texture, mapping };
}
