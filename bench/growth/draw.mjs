/**
 * Draws docs/growth-*.svg from what run.mjs wrote.
 *
 *   node bench/growth/draw.mjs <file> [folder, default docs]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logLogFigure } from "../figure.mjs";

const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));
const [file, folder = DOCS] = process.argv.slice(2);
if (!file) throw new Error("usage: node bench/growth/draw.mjs <file> [folder]");
const { figures } = JSON.parse(readFileSync(file, "utf8"));
const { pictures, labels, cores } = figures;

draw("pictures", {
  title: "Time to classify pictures, built-in model, 100 labels",
  x: "pictures",
  y: "seconds",
  points: pictures.map((point) => [point.pictures, point.seconds]),
});
draw("labels", {
  title: `Time a picture by number of labels, ${labels.dimension} dimensions`,
  x: "labels",
  y: "ms a picture, networks left out",
  points: labels.points
    .filter((point) => point.milliseconds)
    .map((point) => [point.labels, point.milliseconds]),
});
if (cores.length > 1) {
  draw("cores", {
    title: "Speed by number of cores, photos, built-in model",
    x: "cores",
    y: "pictures a second",
    points: cores.map((point) => [point.cores, point.picturesPerSecond]),
    throughFirst: true,
  });
}

/** The dotted line goes in proportion through the last point; of cores, whose ideal is a multiple of one, the first. */
function draw(name, { title, x, y, points, throughFirst }) {
  const [atX, atY] = throughFirst ? points[0] : points.at(-1);
  const [least, most] = [points[0][0], points.at(-1)[0]];
  const inProportion = (value) => (atY * value) / atX;
  // Where most of the curve is a fixed cost, the ideal would stretch the axis for nothing.
  const start = throughFirst
    ? least
    : Math.max(least, (atX * Math.min(...points.map(([, value]) => value))) / atY);
  const ideal = {
    name: "in proportion",
    points: [
      [start, inProportion(start)],
      [most, inProportion(most)],
    ],
  };
  const svg = logLogFigure({ title, x, y, curves: [{ name: "measured", points }], ideal });
  writeFileSync(join(folder, `growth-${name}.svg`), svg);
}
