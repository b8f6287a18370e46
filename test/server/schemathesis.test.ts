import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { createCurator } from "../../src/server/curation/curator.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { createTableRanker } from "../../src/server/ranking/table-ranker.js";
import { drawnDataset, evaluationsIn } from "./datasets.js";
import { listeningAt, serverWith } from "./harness.js";
import { photosTable } from "./photos.js";

/** The command `schemathesis` (PyPI, 4), where SCHEMATHESIS names it. */
const { SCHEMATHESIS } = process.env;
/** Routes in the shapes of others, whose answers are as their clients know them, and are documented by them. */
const OTHERS = "^/(ping|health|info|indices-list|)$";
const config = fileURLToPath(new URL("./schemathesis.toml", import.meta.url));

/** Something of all that a server may serve, so that every route has something to answer. */
async function allParts() {
  const { table, folder } = await photosTable();
  const { place } = table;
  const threads = {
    ranker: createTableRanker(place),
    curator: createCurator(place),
    explainer: createExplainer("mini"),
  };
  afterAll(async () => {
    for (const thread of Object.values(threads)) await thread.close();
  });
  return {
    tables: new Map([["photos", table]]),
    rankers: new Map([["photos", threads.ranker]]),
    curators: new Map([["photos", threads.curator]]),
    explainers: new Map([["mini", threads.explainer]]),
    labelSets: await openLabelSets(join(folder, "sets")),
    evaluations: await evaluationsIn(await drawnDataset()),
  };
}

it.skipIf(!SCHEMATHESIS)(
  "holds to its OpenAPI document, as Schemathesis tries it",
  { timeout: 600_000 },
  async () => {
    const url = await listeningAt(await serverWith(await allParts()));
    const args = [
      "--config-file",
      config,
      "run",
      `${url}/openapi.json`,
      "--phases",
      "examples,coverage,fuzzing",
      "-n",
      "15",
      "--exclude-path-regex",
      OTHERS,
      "--no-color",
    ];
    // It leaves what it found where it runs.
    const child = spawn(SCHEMATHESIS!, args, {
      cwd: await mkdtemp(join(tmpdir(), "nearlabel-schemathesis-")),
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => {
        said += data;
      });
    const [code] = await once(child, "exit");
    expect(said.slice(-5000)).not.toMatch(/❌/);
    expect(code).toBe(0);
  },
);
