import { execFile, spawnSync } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { EXPORT_FORMATS, exportImages } from "../src/images/exchange/export.js";
import { row } from "../src/math/matrix.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";
import { pngs } from "./picture-sets.js";

const SCRIPT = fileURLToPath(new URL("golden/read_exports.py", import.meta.url));
const { PYTHON = "" } = process.env;
const hasReaders = PYTHON !== "" && spawnSync(PYTHON, ["-c", "import datumaro, duckdb"]).status === 0;
const run = promisify(execFile);

const FOUND: Readonly<Record<string, string | null>> = {
  "a b.png": "dog",
  "ä.png": "cat",
  "c.png": null,
  "d & e.png": "polar bear",
};

it.skipIf(!hasReaders)(
  "the programs that exports are for read them (needs PYTHON with datumaro, duckdb and others)",
  async () => {
    const place = await temporaryFolder();
    const photos = join(place, "photos");
    await mkdir(photos);
    const names = Object.keys(FOUND);
    const pictures = await pngs();
    for (const [at, name] of names.entries()) await writeFile(join(photos, name), pictures[at]!);
    const scores = [0.75, 0.5, 0.125, 0.875];
    const vectors = randomUnits(4, 256, 1);
    const table = await newTable(join(place, "photos.db"));
    await addImages(table, vectors, {
      path: names.map((name) => join(photos, name)),
      width: [32, 32, 32, 32],
      height: [24, 24, 24, 24],
      taken: [new Date(0), null, null, null],
      label: Object.values(FOUND),
      score: scores,
      label_set: names.map(() => "animals@1"),
    });
    const out = join(place, "out");
    for (const format of EXPORT_FORMATS) {
      await exportImages(table, { format, to: join(out, format), root: photos });
    }
    await table.close();
    const byName = <T>(values: readonly T[]) =>
      Object.fromEntries(names.map((name, at) => [name, values[at]]));
    const labels = Object.fromEntries(Object.entries(FOUND).filter(([, label]) => label !== null));
    const expected = {
      labels,
      scores: byName(scores),
      vectors: byName(names.map((_, at) => [...row(vectors, at)])),
    };
    await writeFile(join(out, "expected.json"), JSON.stringify(expected));
    await cp(photos, join(out, "photos"), { recursive: true });
    const { stdout } = await run(PYTHON, [SCRIPT, out]).catch((error: { stdout: string }) => error);
    const lines = stdout
      .trim()
      .split("\n")
      .filter((line) => / by /.test(line));
    expect(lines.filter((line) => !/: (as written|not installed)$/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(5);
  },
  120_000,
);
