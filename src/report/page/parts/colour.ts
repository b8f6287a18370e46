/** Pages are printed light. */
export const darkScheme = matchMedia("screen and (prefers-color-scheme: dark)");

type Rgb = readonly [red: number, green: number, blue: number];

/** Steps of one hue whose lightness (CIE L*) falls, or rises in the dark, evenly away from the page's background. */
const LIGHT: readonly Rgb[] = [
  [238, 241, 245],
  [196, 217, 238],
  [135, 182, 223],
  [67, 139, 196],
  [25, 93, 155],
  [8, 48, 97],
];
const DARK: readonly Rgb[] = [
  [31, 36, 43],
  [31, 70, 107],
  [33, 102, 158],
  [62, 140, 201],
  [128, 187, 234],
  [222, 240, 255],
];

/** The colour of a share from 0 to 1 in the present scheme. */
export function shade(share: number): string {
  const steps = darkScheme.matches ? DARK : LIGHT;
  const place = Math.min(1, Math.max(0, share)) * (steps.length - 1);
  const from = Math.min(steps.length - 2, Math.floor(place));
  const [a, b] = [steps[from]!, steps[from + 1]!];
  const channel = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * (place - from));
  return `rgb(${channel(0)} ${channel(1)} ${channel(2)})`;
}

/** A colour for text upon `shade(share)`. */
export function inkOn(share: number): string {
  return darkScheme.matches === share > 0.5 ? "#10151b" : "#f6f9fc";
}

export function styleValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
