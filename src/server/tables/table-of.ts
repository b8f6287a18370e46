import type { ImageTable } from "../../images/table/image-table.js";
import { RequestError } from "../problems/request-error.js";
import type { ServedModel } from "../queue/served-model.js";
import { modelOf, type Service } from "../service.js";

/** The table of this name, or the only one. @throws RequestError TABLE_NOT_FOUND */
export function tableOf({ tables }: Service, name?: string): ImageTable {
  const [only, ...others] = tables.values();
  const found = name === undefined && others.length === 0 ? only : tables.get(name ?? "");
  if (found) return found;
  const there = tables.size === 0 ? "the server has none" : `there are ${[...tables.keys()].join(", ")}`;
  const wanted = name === undefined ? "Expected the name of a table" : `There is no table "${name}"`;
  throw new RequestError("TABLE_NOT_FOUND", `${wanted}: ${there}.`);
}

/** The served model that embedded the pictures of a table; the default one, which a search then refuses, where it is not served. */
export function modelOfTable(service: Service, { info }: ImageTable): ServedModel {
  const found = [...service.models.values()].find(({ encoder }) => encoder.identity.id === info.model);
  return found ?? modelOf(service);
}
