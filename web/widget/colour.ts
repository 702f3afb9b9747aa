type RGB = [number, number, number];

const white: RGB = [255, 255, 255];
const ink: RGB = [16, 24, 32];

export const fallback = "#0b6bcb";

function parse(hex: string): RGB {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const format = (c: RGB): string => "#" + c.map((x) => Math.round(x).toString(16).padStart(2, "0")).join("");

function luminance(c: RGB): number {
  const [r, g, b] = c.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4)) as RGB;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours by WCAG 2: 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(parse(a)), luminance(parse(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** The colour, moved towards another as far as needed to be read on a background. */
function readable(color: string, on: string, towards: RGB): string {
  const from = parse(color);
  for (let step = 0; step <= 20; step++) {
    const c = format(from.map((x, i) => x + ((towards[i]! - x) * step) / 20) as RGB);
    if (contrast(c, on) >= 4.6) return c;
  }
  return format(towards);
}

/** The style sheet of an accent colour: text on it, and the accent as text on light and on dark. */
export function accent(color: string): string {
  const c = /^#[0-9a-f]{6}$/i.test(color) ? color : fallback;
  const on = contrast(c, format(white)) >= contrast(c, format(ink)) ? white : ink;
  const back = readable(c, format(on), on === white ? ink : white); // a middling colour carries neither
  return `:host{--accent:${back};--on-accent:${format(on)};--link:light-dark(${readable(c, "#eef2f5", ink)},${readable(c, "#1f2a34", white)})}`;
}
