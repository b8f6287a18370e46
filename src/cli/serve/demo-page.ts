import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "../../encoder/load.js";
import { packagePath } from "../../files/package-files.js";
import { ingest } from "../../images/ingest/ingest.js";
import { BUILT_IN } from "../../model/built-in.js";
import { serve } from "../commands/serve.js";
import type { Terminal } from "../terminal/terminal.js";

const START = `/classify?${new URLSearchParams({ set: "+labels", pictures: "bus\nlighthouse\nsnail\npizza\numbrella\nbutterfly" })}`;

/** Serves the page on the sample pictures, with a table of them that is gone afterwards, and opens it. */
export async function demoPage(terminal: Terminal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-demo-"));
  try {
    const table = join(folder, "samples");
    {
      await using model = await loadModel(BUILT_IN, { signal: terminal.signal });
      await ingest(packagePath("samples"), { table, model, signal: terminal.signal });
    }
    const data = join(folder, "label-sets");
    await serve(
      { host: "127.0.0.1", port: 0, table: [table], data, open: true, log: "none" },
      terminal,
      START,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
