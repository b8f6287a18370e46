import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../encoder/model.js";
import { importLabelIndex } from "../labels/index/build.js";
import { modelInfo } from "../labels/index/index-info.js";
import { LABEL_TABLE } from "../labels/index/label-rows.js";
import type { Label } from "../labels/set/label.js";
import type { ExplainedTable, Explanation } from "./explanation.js";

/** Makes the label index of these classes in a folder for temporary files, searches it for `image`, and removes it. */
export async function explainTable(
  labels: readonly Label[],
  { templates, classEmbeddings }: Pick<Explanation, "templates" | "classEmbeddings">,
  image: Float32Array,
  model: Model,
): Promise<ExplainedTable> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
  try {
    await using index = await importLabelIndex(folder, {
      labels,
      embeddings: classEmbeddings,
      model: await modelInfo(model),
      templates,
    });
    const [neighbours = []] = await index.search([image], labels.length);
    const places = new Map(labels.map(({ label }, at) => [label, at]));
    const distances = new Float64Array(labels.length);
    for (const { label, distance } of neighbours) distances[places.get(label.label)!] = distance;
    const columns = Object.entries(LABEL_TABLE.columns).map(([name, { type }]) => ({ name, type }));
    return { columns: [...columns, { name: "vector", type: "vector" }], info: index.info, distances };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
