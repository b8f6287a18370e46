import { readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { packagePath } from "../../files/package-files.js";
import { imageFile } from "../../image/image-file.js";
import { readLabels } from "../../labels/set/label-set.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";

const SAMPLES = packagePath("samples");

/** The pictures drawn for the demo, as a data set: each file is named by its label. */
export async function openSamples(): Promise<Dataset> {
  const labels = (await readLabels(join(SAMPLES, "labels.txt"))).map(({ label }) => label);
  const files = (await readdir(SAMPLES)).filter((name) => name.endsWith(".png")).sort();
  const rows = files.map((name) => sampleRow(join(SAMPLES, name)));
  return {
    name: "samples",
    labels,
    size: rows.length,
    async *rows({ start = 0, end } = {}) {
      yield* rows.slice(start, end);
    },
  };
}

function sampleRow(path: string): ImageRow {
  return { id: shortPath(path), image: imageFile(path), label: basename(path, ".png") };
}

/** `path` from the working folder, where that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}
