/** Fill patterns in GLSL and in CSS, so that legend and map agree. Numbers are those of layers.legend.Pattern. */

export const PATTERN_GLSL = `
float pattern_every(float value, float period, float width) {
  return step(mod(value, period), width);
}
float pattern_mask(float kind, vec2 p) {
  float rising = p.x + p.y;
  float falling = p.x - p.y;
  if (kind < 0.5) return 0.0;
  if (kind < 1.5) return pattern_every(rising, 9.0, 4.0);
  if (kind < 2.5) { vec2 q = mod(p, 7.0) - 3.5; return step(dot(q, q), 2.2); }
  if (kind < 3.5) return pattern_every(falling, 11.0, 1.8);
  if (kind < 4.5) return pattern_every(falling, 6.0, 1.8);
  if (kind < 5.5) return max(pattern_every(rising, 11.0, 1.8), pattern_every(falling, 11.0, 1.8));
  if (kind < 6.5) return max(pattern_every(rising, 6.0, 1.8), pattern_every(falling, 6.0, 1.8));
  if (kind < 7.5) return pattern_every(rising, 10.0, 4.0);
  if (kind < 8.5) return pattern_every(p.y, 7.0, 1.4);
  return pattern_every(falling, 10.0, 5.0);
}
vec3 patterned(vec3 colour, float kind, vec2 pixel) {
  if (kind > 8.5) return mix(colour, vec3(1.0, 0.84, 0.0), pattern_mask(kind, pixel));
  vec3 ink = kind > 6.5 && kind < 7.5 ? vec3(1.0) : kind > 0.5 && kind < 1.5 ? colour + 0.42 * (1.0 - colour) + 0.06 : colour * 0.7;
  return mix(colour, ink, pattern_mask(kind, pixel));
}
`;

const css = ([r, g, b], k = 1) => `rgb(${Math.round(r * k)},${Math.round(g * k)},${Math.round(b * k)})`;
const lines = (angle, ink, width, period) =>
  `repeating-linear-gradient(${angle}deg, ${ink} 0 ${width}px, transparent ${width}px ${period}px)`;

/** CSS background of a legend swatch. */
export function patternCss(colour, pattern) {
  const base = css(colour);
  const ink = css(colour, 0.7);
  return [
    base,
    `${lines(45, "rgb(240,240,240)", 3, 6)}, ${base}`,
    `radial-gradient(${ink} 1.4px, transparent 1.6px) 0 0 / 6px 6px, ${base}`,
    `${lines(135, ink, 1.5, 8)}, ${base}`,
    `${lines(135, ink, 1.5, 4.5)}, ${base}`,
    `${lines(45, ink, 1.5, 8)}, ${lines(135, ink, 1.5, 8)}, ${base}`,
    `${lines(45, ink, 1.5, 4.5)}, ${lines(135, ink, 1.5, 4.5)}, ${base}`,
    `${lines(45, "white", 3, 7)}, ${base}`,
    `${lines(0, ink, 1.4, 5)}, ${base}`,
    `${lines(135, "rgb(255,214,0)", 3.5, 7)}, ${base}`,
  ][pattern];
}
