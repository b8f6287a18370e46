import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { listeningAt, serverWith } from "./harness.js";

/** The command `schemathesis` (PyPI, 4), where SCHEMATHESIS names it. */
const { SCHEMATHESIS } = process.env;
/** Routes in the shapes of others, whose answers are as their clients know them, and are documented by them. */
const OTHERS = "^/(ping|health|info|indices-list|)$";
const config = fileURLToPath(new URL("./schemathesis.toml", import.meta.url));

it.skipIf(!SCHEMATHESIS)(
  "holds to its OpenAPI document, as Schemathesis tries it",
  { timeout: 600_000 },
  async () => {
    const url = await listeningAt(await serverWith());
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
