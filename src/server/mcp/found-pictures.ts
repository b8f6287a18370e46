import type { CallToolResult } from "@modelcontextprotocol/server";
import { previewOf } from "../../image/draw/preview.js";
import type { SearchResult } from "../../images/search/search.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { sevenDigits } from "../../math/digits.js";
import { fileOf, shownImage } from "../tables/served-table.js";
import type { Agent } from "./agent.js";

/** Longest side of a picture in an answer, in pixels: enough for a model to see what it shows. */
const SIDE = 384;

/** Pictures of a table that were found, and whether there are more beyond them. */
export interface FoundPictures {
  readonly table: ImageTable;
  readonly results: readonly Pick<SearchResult, "rank" | "image" | "similarity">[];
  readonly more: boolean;
}

/**
 * A line of text for each picture, then the picture itself where its file is there. An agent that may read files is told their
 * paths, others their names.
 */
export async function foundPictures(
  { table, results, more }: FoundPictures,
  { folders, service }: Agent,
): Promise<CallToolResult> {
  if (results.length === 0) {
    return {
      content: [{ type: "text", text: "Nothing here looks like that." }],
      structuredContent: { pictures: [] },
    };
  }
  const pictures = results.map(({ rank, image, similarity }) => ({
    rank,
    id: image.id,
    name: folders ? image.path : shownImage(image).name,
    similarity: sevenDigits(similarity),
    label: image.label ?? image.givenLabel,
  }));
  const content: CallToolResult["content"] = [];
  for (const { rank, id, name, similarity, label } of pictures) {
    const labelled = label === null ? "" : `, labelled ${label}`;
    const text = `${rank}. ${name}, similarity ${similarity.toFixed(3)}${labelled}, id ${id}`;
    content.push({ type: "text", text });
    const picture = await preview(table, id, service.limits.pixels);
    if (picture) content.push({ type: "image", data: picture.toString("base64"), mimeType: "image/jpeg" });
  }
  if (more) content.push({ type: "text", text: "There are more: ask with a higher offset." });
  return { content, structuredContent: { pictures } };
}

/** Undefined where the file is gone, or is not on this machine: the text tells of it all the same. */
async function preview(table: ImageTable, id: string, maxPixels: number): Promise<Buffer | undefined> {
  return fileOf(table, id).then(
    (file) => previewOf(file, { side: SIDE, maxPixels }).catch(() => undefined),
    () => undefined,
  );
}
