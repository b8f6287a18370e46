import { NearlabelError } from "../errors.js";
import type { Graph } from "./graph.js";

export type Tower = "text" | "image";

/** What exports call the projected embedding, the usual name first; the last of each are jina-clip v2's. */
const names: Readonly<Record<Tower, readonly string[]>> = {
  text: ["text_embeds", "text_embeddings", "text_embedding", "text_features", "l2norm_text_embeddings"],
  image: ["image_embeds", "image_embeddings", "image_embedding", "image_features", "l2norm_image_embeddings"],
};

/** Outputs that come before the projection. */
const unprojected = ["last_hidden_state", "pooler_output"];

/**
 * The output with the embedding: one that is named so, `pooler_output` where the family has no projection, or the only
 * one there is.
 * @throws NearlabelError MODEL_UNSUPPORTED
 */
export function embeddingOutput(graph: Graph, tower: Tower, pooled: boolean): string {
  const { outputNames, file } = graph;
  const named = names[tower].find((name) => outputNames.includes(name));
  if (named !== undefined) return named;
  if (pooled && outputNames.includes("pooler_output")) return "pooler_output";
  const [only, ...others] = outputNames;
  if (only !== undefined && others.length === 0 && !unprojected.includes(only)) return only;
  const expected = pooled ? `${names[tower][0]} or pooler_output` : names[tower][0];
  throw new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file}: expected an output ${expected}, got ${outputNames.join(", ")}. Export the tower with its projection ` +
      "(CLIPTextModelWithProjection, CLIPVisionModelWithProjection).",
  );
}
