// Bundles what `tsc` compiled, the library and the command, into a few files in dist/bundle: Node.js finds and reads each
// file on its own, and some 150 of them took 40 ms of every start. Dependencies stay packages of their own.
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const dir = path("dist/bundle");
const program = {
  platform: "node",
  external: /^[^./]/,
  // What one entry loads late and another at once is no mistake here.
  checks: { ineffectiveDynamicImport: false },
};

await build({
  ...program,
  input: {
    index: path("dist/index.js"),
    adapt: path("dist/adapt/index.js"),
    datasets: path("dist/datasets/index.js"),
    hub: path("dist/hub/index.js"),
    metrics: path("dist/evaluate/metrics/index.js"),
    nearlabel: path("dist/cli/main.js"),
    "encoder-worker": path("dist/encoder/worker/encoder-worker.js"),
  },
  output: {
    dir,
    cleanDir: true,
    chunkFileNames: "[name].js",
    codeSplitting: {
      groups: [
        { name: "library", test: /[\\/]dist[\\/](?!cli[\\/])/, minShareCount: 2, priority: 1 },
        { name: "command", minShareCount: 2 },
      ],
    },
  },
});
// On its own, so that a thread reads no more than it runs.
await build({
  ...program,
  input: path("dist/encoder/preprocess/preprocess-worker.js"),
  output: { dir },
});
