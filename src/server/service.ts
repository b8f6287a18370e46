import type { Encoder } from "../encoder/encoder.js";
import type { ImageTable } from "../images/table/image-table.js";
import type { LabelIndex } from "../labels/index/label-index.js";
import { type ClassCache, createClassCache } from "./classify/class-cache.js";
import type { Curator } from "./curation/curator.js";
import type { Evaluations } from "./evaluations/evaluations.js";
import type { Explainer } from "./explain/explainer.js";
import type { ServedJob } from "./jobs/served-job.js";
import type { LabelSets } from "./label-sets/label-sets.js";
import { type Limits, limitsWith } from "./limits.js";
import type { PictureFetcher } from "./pictures/fetch-picture.js";
import { RequestError } from "./problems/request-error.js";
import { type QueueOptions, type ServedModel, serveModel } from "./queue/served-model.js";
import type { TableRanker } from "./ranking/table-ranker.js";
import { createShownPictures, type ShownPictures } from "./tables/shown-pictures.js";

/** What routes serve: knows nothing of HTTP. */
export interface Service {
  /** The first is the default. */
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly labelSets: LabelSets | undefined;
  readonly labelIndexes: ReadonlyMap<string, LabelIndex>;
  readonly classCache: ClassCache;
  readonly tables: ReadonlyMap<string, ImageTable>;
  readonly explainers: ReadonlyMap<string, Explainer>;
  readonly rankers: ReadonlyMap<string, TableRanker>;
  readonly curators: ReadonlyMap<string, Curator>;
  readonly evaluations: Evaluations | undefined;
  readonly jobs: ReadonlyMap<string, ServedJob>;
  readonly fetcher: PictureFetcher | undefined;
  readonly pictures: ShownPictures;
  readonly limits: Limits;
}

/** What a server is made from. What is given stays the caller's, who closes it after the server. */
export interface ServiceParts {
  /** By the names that requests call them by; the first is taken where a request names none. */
  readonly models: ReadonlyMap<string, Encoder> | Readonly<Record<string, Encoder>>;
  /** Named label sets, as `openLabelSets` keeps them. Default: none, and none can be made. */
  readonly labelSets?: LabelSets | undefined;
  /** Label indexes by the names that requests call them by, in place of a label set. */
  readonly labelIndexes?: ReadonlyMap<string, LabelIndex> | undefined;
  /** Tables of pictures by the names that requests call them by. */
  readonly tables?: ReadonlyMap<string, ImageTable> | undefined;
  /** What shows how pictures get their labels, by the names of models. Default: none. */
  readonly explainers?: ReadonlyMap<string, Explainer> | undefined;
  /** What ranks all pictures of tables, by their names. Default: none. */
  readonly rankers?: ReadonlyMap<string, TableRanker> | undefined;
  /** What looks through tables for doubtful labels and duplicates, by their names. Default: none. */
  readonly curators?: ReadonlyMap<string, Curator> | undefined;
  /** Evaluations over data sets that whoever runs the server named. Default: none. */
  readonly evaluations?: Evaluations | undefined;
  /** Plans whose progress is told, by the names that requests call them by. Default: none. */
  readonly jobs?: ReadonlyMap<string, ServedJob> | undefined;
  /** Fetches pictures that requests name by their address. Default: none, and such requests are refused. */
  readonly fetcher?: PictureFetcher | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly queue?: QueueOptions | undefined;
}

/** Memory for class embeddings of labels that came before, in bytes. */
const CLASS_CACHE = 128 * 2 ** 20;

export function createService(parts: ServiceParts): Service {
  const {
    models,
    labelSets,
    labelIndexes = new Map(),
    tables = new Map(),
    explainers = new Map(),
    rankers = new Map(),
    curators = new Map(),
    evaluations,
    jobs = new Map(),
    fetcher,
    limits: given,
    queue,
  } = parts;
  const limits = limitsWith(given);
  const entries = models instanceof Map ? [...models] : Object.entries(models);
  return {
    models: new Map(entries.map(([id, encoder]) => [id, serveModel(id, encoder, queue)])),
    labelSets,
    labelIndexes,
    tables,
    explainers,
    rankers,
    curators,
    evaluations,
    jobs,
    fetcher,
    classCache: createClassCache(CLASS_CACHE),
    pictures: createShownPictures(limits.pixels),
    limits,
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
