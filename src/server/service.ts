import type { Encoder } from "../encoder/encoder.js";
import { type Limits, limitsWith } from "./limits.js";
import { RequestError } from "./problems/request-error.js";
import { type QueueOptions, type ServedModel, serveModel } from "./queue/served-model.js";

/** What routes serve: knows nothing of HTTP. */
export interface Service {
  /** The first is the default. */
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly limits: Limits;
}

/** What a server is made from. What is given stays the caller's, who closes it after the server. */
export interface ServiceParts {
  /** By the names that requests call them by; the first is taken where a request names none. */
  readonly models: ReadonlyMap<string, Encoder> | Readonly<Record<string, Encoder>>;
  readonly limits?: Partial<Limits> | undefined;
  readonly queue?: QueueOptions | undefined;
}

export function createService({ models, limits, queue }: ServiceParts): Service {
  const entries = models instanceof Map ? [...models] : Object.entries(models);
  return {
    models: new Map(entries.map(([id, encoder]) => [id, serveModel(id, encoder, queue)])),
    limits: limitsWith(limits),
  };
}

/** @throws RequestError MODEL_NOT_FOUND */
export function modelOf({ models }: Service, id?: string): ServedModel {
  const [first] = models.values();
  const found = id === undefined ? first : models.get(id);
  if (found) return found;
  throw new RequestError(
    "MODEL_NOT_FOUND",
    `There is no model "${id}": there are ${[...models.keys()].join(", ")}.`,
  );
}
