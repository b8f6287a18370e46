// Bundles what `tsc` compiled, the library and the command, into a few files in dist/bundle: Node.js finds and reads each
// file on its own, and some 150 of them took 40 ms of every start. Dependencies stay packages of their own, but LanceDB: as a
// dependency it brings a second ONNX Runtime, transformers and sharp. Its native packages are dependencies of this one.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { licensesOf } from "./licenses.mjs";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const dir = path("dist/bundle");
/** LanceDB's JavaScript, and what it needs. */
const LANCEDB =
  /^(@lancedb\/lancedb|apache-arrow|flatbuffers|json-bignum|reflect-metadata|tslib|@swc\/helpers|command-line-\w+)(\/|$)/;
/** The client for S3, of which the bundler leaves out most: 22 MB of packages become one file that is read at first use. */
const S3 = /^(@aws-sdk|@aws|@smithy|bowser)(\/|$)/;
/** Of a few files each, which every start would look for. */
const SMALL = /^(pure-rand|commander|fast-string-(truncated-)?width)(\/|$)/;
const isBundled = (id) => [LANCEDB, S3, SMALL].some((packages) => packages.test(id));
/** What is taken in is named where a bundler sees it. */
const requirePlainly = {
  name: "require plainly",
  transform: (code, id) =>
    id.endsWith("libraries.js")
      ? code.replace(/^import .*packageRequire.*$/m, "").replaceAll("packageRequire()(", "require(")
      : undefined,
};
/**
 * A group of what `entries` run when they are imported. What else is shared, such as the server with its packages, would cost every start,
 * so the bundler puts it into files of its own.
 */
const group = (name, ...entries) => {
  let modules;
  return {
    debugName: name,
    minShareCount: 2,
    name(id, graph) {
      modules ??= importedBy(entries.map(path), graph);
      return modules.has(id) ? name : null;
    },
  };
};
function importedBy(entries, graph) {
  const found = new Set(entries);
  for (const entry of found) for (const id of graph.getModuleInfo(entry)?.importedIds ?? []) found.add(id);
  for (const entry of entries) found.delete(entry);
  return found;
}
const program = {
  platform: "node",
  external: (id) => /^[^./]/.test(id) && !isBundled(id),
  plugins: [requirePlainly],
  // What one entry loads late and another at once is no mistake here.
  checks: { ineffectiveDynamicImport: false },
};

const { output } = await build({
  ...program,
  input: {
    index: path("dist/index.js"),
    adapt: path("dist/adapt/index.js"),
    datasets: path("dist/datasets/index.js"),
    hub: path("dist/hub/index.js"),
    jobs: path("dist/jobs/index.js"),
    metrics: path("dist/evaluate/metrics/index.js"),
    nearlabel: path("dist/cli/main.js"),
    "encoder-worker": path("dist/encoder/worker/encoder-worker.js"),
    "upkeep-process": path("dist/images/processes/upkeep-process.js"),
    "write-process": path("dist/images/processes/write-process.js"),
    "rank-worker": path("dist/server/ranking/rank-worker.js"),
    "curate-worker": path("dist/server/curation/curate-worker.js"),
    "picture-worker": path("dist/server/tables/picture-worker.js"),
    "explain-worker": path("dist/server/explain/explain-worker.js"),
    "evaluation-worker": path("dist/server/evaluations/evaluation-worker.js"),
    "cell-worker": path("dist/server/evaluations/cell-worker.js"),
  },
  output: {
    dir,
    cleanDir: true,
    chunkFileNames: "[name].js",
    codeSplitting: {
      groups: [
        { name: "s3", test: /[\\/]node_modules[\\/](@aws-sdk|@aws|@smithy|bowser)[\\/]/, priority: 3 },
        {
          name: "lancedb",
          test: /[\\/]node_modules[\\/](?!pure-rand|commander|fast-string)|libraries\.js$/,
          priority: 2,
        },
        { ...group("library", "dist/index.js"), priority: 1 },
        group("command", "dist/cli/main.js", "dist/cli/commands/classify.js"),
      ],
    },
  },
});
const modules = output.flatMap((chunk) => chunk.moduleIds ?? []);
await writeFile(`${dir}/LICENSES.txt`, licensesOf(modules));
// On its own, for browsers.
await build({
  ...program,
  platform: "browser",
  input: { client: path("dist/client/index.js") },
  output: { dir },
});
// On its own, so that a thread reads no more than it runs.
await build({
  ...program,
  input: path("dist/encoder/preprocess/preprocess-worker.js"),
  output: { dir },
});
