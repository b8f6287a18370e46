import type { RgbImage } from "../../image/source.js";
import type { Terminal } from "./terminal.js";

const COLUMNS = 48;

/**
 * The picture as lines of half blocks, two pixels a character, where the terminal shows 256 colours or all of them;
 * no lines elsewhere. Shows the nearest pixels: it is for recognising, not for judging.
 */
export function drawPicture(
  { data, width, height }: RgbImage,
  { stdout }: Terminal,
  mostColumns = COLUMNS,
): string[] {
  const depth = stdout.isTTY ? stdout.getColorDepth() : 1;
  if (depth < 8) return [];
  const colourCode = depth < 24 ? cubeColour : trueColour;
  const columns = Math.min(mostColumns, width);
  const lines = Math.max(1, Math.round((columns * height) / width / 2));
  const pixel = (x: number, y: number) => {
    const at = (Math.floor((y * height) / (2 * lines)) * width + Math.floor((x * width) / columns)) * 3;
    return colourCode(data[at]!, data[at + 1]!, data[at + 2]!);
  };
  return Array.from({ length: lines }, (_, line) => {
    const cells = Array.from(
      { length: columns },
      (_, x) => `\u001b[38;${pixel(x, 2 * line)};48;${pixel(x, 2 * line + 1)}m▀`,
    );
    return `${cells.join("")}\u001b[0m`;
  });
}

/** The parameters of SGR 38 and 48 (ECMA-48, ISO 8613-6) for a colour of 24 bits. */
function trueColour(red: number, green: number, blue: number): string {
  return `2;${red};${green};${blue}`;
}

/** The same for the nearest of xterm's cube of 6 x 6 x 6 colours, whose steps are 0, 95, 135, ... 255. */
function cubeColour(red: number, green: number, blue: number): string {
  const step = (level: number) => (level < 48 ? 0 : level < 115 ? 1 : Math.floor((level - 35) / 40));
  return `5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}`;
}
