import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { labelTable } from "../src/images/label/label-table.js";
import { row } from "../src/math/matrix.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

const SCRIPT = fileURLToPath(new URL("golden/open_image_table.py", import.meta.url));
const { PYTHON = "" } = process.env;
const hasLanceDb = PYTHON !== "" && spawnSync(PYTHON, ["-c", "import lancedb"]).status === 0;
const run = promisify(execFile);

it.skipIf(!hasLanceDb)(
  "Python's lancedb opens the table and finds the same neighbours (needs PYTHON with lancedb)",
  async () => {
    const place = join(await temporaryFolder(), "photos.db");
    const table = await newTable(place);
    const vectors = randomUnits(500, 256, 1);
    const paths = await addImages(table, vectors);
    await labelTable(table, { labels: ["cat", "dog"], save: "pets" });
    const queries = [0, 100, 499];
    const found = await table.table.search(
      queries.map((at) => row(vectors, at)),
      { k: 10, exact: true, columns: ["path"] },
    );
    const expected = queries.map((at, query) => ({
      path: paths[at],
      neighbours: found[query]!.map(({ cells, similarity }) => ({ path: cells.path, similarity })),
    }));
    await table.close();
    const file = join(place, "..", "neighbours.json");
    await writeFile(file, JSON.stringify(expected));
    const { stdout } = await run(PYTHON, [SCRIPT, place, file]);
    expect(stdout).toContain("500 pictures, embedded by mini");
    expect(stdout).toContain("3 queries, 0 neighbours differ");
  },
);
