import type { Table } from "nearlabel/client";
import { useRoute } from "../route.js";
import { type Answer, useAnswer } from "../server/use-answer.js";

/** The table that the address names, or the server's first. */
export interface ChosenTable {
  readonly table: Table | undefined;
  readonly tables: readonly Table[];
  readonly answer: Answer<readonly Table[]>;
}

export function useTable(): ChosenTable {
  const { parameters } = useRoute();
  const answer = useAnswer("tables", (client, options) => client.tables.list(options));
  const tables = answer.value ?? [];
  const wanted = parameters.get("table");
  return { table: tables.find(({ name }) => name === wanted) ?? tables[0], tables, answer };
}
