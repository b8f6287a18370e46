import { Type } from "typebox";
import { nearestInTable } from "../../images/search/table-search.js";
import { checkCondition } from "../tables/condition.js";
import { aboutTable, tableOf, vectorOf } from "../tables/served-table.js";
import { type Tool, toldTo } from "./agent.js";
import { foundPictures } from "./found-pictures.js";
import { Narrowing } from "./search-tool.js";

const input = Type.Object(
  { id: Type.String({ description: "The id of a picture, as search tells it" }), ...Narrowing },
  { additionalProperties: false },
);

export const similarTool: Tool<typeof input> = {
  name: "similar",
  title: "Find similar pictures",
  description:
    "Finds pictures of a table that look like one of it, most similar first. The pictures come back with the answer.",
  input,
  async call({ id, table: name, limit = 5, offset = 0, label, where }, agent) {
    agent.expectScope("read");
    checkCondition(where, toldTo(agent));
    const table = tableOf(agent.service, name);
    const { vector, rows } = await vectorOf(table, id);
    // The picture itself is left out, however many files hold it; one more than asked for says whether there are more.
    const k = rows + offset + limit + 1;
    const { near } = await aboutTable(table, () => nearestInTable(table, vector, { k, label, where }));
    const others = near.filter(({ image }) => image.id !== id);
    const results = others
      .slice(offset, offset + limit)
      .map((each, at) => ({ ...each, rank: offset + at + 1 }));
    return foundPictures({ table, results, more: others.length > offset + limit }, agent);
  },
};
