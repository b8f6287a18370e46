import type { CallToolResult } from "@modelcontextprotocol/server";
import type { SearchResult } from "../../images/search/search.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { sevenDigits } from "../../math/digits.js";
import { shownImage } from "../tables/served-table.js";
import { type Agent, toldTo } from "./agent.js";

/** Longest side of a picture in an answer, in pixels: enough for a model to see what it shows. */
const SIDE = 384;

/** Pictures of a table that were found, and whether there are more beyond them. */
export interface FoundPictures {
  readonly table: ImageTable;
  readonly results: readonly Pick<SearchResult, "rank" | "image" | "similarity">[];
  readonly more: boolean;
}

/**
 * A line of text for each picture, then the picture itself where it is there. An agent that may read files is told their
 * paths, others their names.
 */
export async function foundPictures(
  { table, results, more }: FoundPictures,
  agent: Agent,
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
    name: toldTo(agent).paths ? image.path : shownImage(image).name,
    similarity: sevenDigits(similarity),
    label: image.label ?? image.givenLabel,
  }));
  const content: CallToolResult["content"] = [];
  for (const { rank, id, name, similarity, label } of pictures) {
    const labelled = label === null ? "" : `, labelled ${label}`;
    const text = `${rank}. ${name}, similarity ${similarity.toFixed(3)}${labelled}, id ${id}`;
    content.push({ type: "text", text });
    const picture = await preview(table, id, agent);
    if (picture)
      content.push({ type: "image", data: Buffer.from(picture).toString("base64"), mimeType: "image/jpeg" });
  }
  if (more) content.push({ type: "text", text: "There are more: ask with a higher offset." });
  return { content, structuredContent: { pictures } };
}

/** Undefined where the picture is gone or cannot be drawn: the text tells of it all the same. */
async function preview(
  table: ImageTable,
  id: string,
  { service, caller }: Agent,
): Promise<Uint8Array | undefined> {
  return service.pictures.thumbnail(table, id, SIDE, caller).catch(() => undefined);
}
