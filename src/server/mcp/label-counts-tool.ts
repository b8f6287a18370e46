import { Type } from "typebox";
import { labelCounts } from "../../images/label/label-counts.js";
import { count } from "../../math/number-text.js";
import { checkCondition } from "../tables/condition.js";
import { aboutTable, tableOf } from "../tables/served-table.js";
import { answer, type Tool, toldTo } from "./agent.js";
import { Narrowing } from "./search-tool.js";

const input = Type.Object(
  {
    table: Narrowing.table,
    where: Narrowing.where,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, description: "Labels at most, most often first. Default: 100" }),
    ),
  },
  { additionalProperties: false },
);

export const labelCountsTool: Tool<typeof input> = {
  name: "label_counts",
  title: "Count labels",
  description: "How many pictures of a table have each label, and how many have none.",
  input,
  async call({ table: name, where, limit = 100 }, agent) {
    agent.expectScope("read");
    checkCondition(where, toldTo(agent));
    const table = tableOf(agent.service, name);
    const { counts, pictures, unknown, unlabelled } = await aboutTable(table, () =>
      labelCounts(table, { where }),
    );
    const shown = [...counts].slice(0, limit);
    return answer(
      [
        `${count(pictures)} pictures, ${count(unlabelled)} of them without labels, ${count(unknown)} that show none of them.`,
        ...shown.map(([label, number]) => `${label}: ${count(number)}`),
        ...(counts.size > limit ? [`and ${count(counts.size - limit)} labels more`] : []),
      ],
      { pictures, unlabelled, unknown, labels: shown.map(([label, number]) => ({ label, count: number })) },
    );
  },
};
