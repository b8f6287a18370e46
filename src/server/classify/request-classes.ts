import { type Classes, encodedClasses, indexedClasses } from "../../classify/classes.js";
import type { RejectOptions } from "../../classify/reject/rejector.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import type { LabelInput } from "../../labels/set/label-set.js";
import type { LabelSetVersion } from "../label-sets/label-sets.js";
import { RequestError, requestInvalid, toldAs } from "../problems/request-error.js";
import type { Caller } from "../queue/batcher.js";
import type { ServedModel } from "../queue/served-model.js";
import type { Service } from "../service.js";
import { checkLengths, requestLabels } from "./request-labels.js";

/** Which labels a request wants its pictures compared with. */
export interface LabelChoice {
  readonly labels?: readonly LabelInput[];
  /** Of the server: `name`, or `name@version`. */
  readonly labelSet?: string;
  readonly templates?: readonly string[];
  readonly temperature?: number;
  /** `true` does as is stored in a label index. */
  readonly reject?: RejectOptions | true;
  /** Where the labels of an index are looked for, as in `classify`. */
  readonly search?: "memory" | "table";
}

/** @throws RequestError where labels are missing, given twice, unknown to the server, or none */
export async function requestClasses(
  service: Service,
  model: ServedModel,
  choice: LabelChoice,
  caller: Caller,
): Promise<Classes> {
  const { labelSet, labels, temperature, reject } = choice;
  if ((labels === undefined) === (labelSet === undefined)) {
    throw requestInvalid("Expected either labels or labelSet, got both or neither.");
  }
  checkLengths((typeof reject === "object" && reject.negatives) || [], service.limits);
  const index = labelSet === undefined ? undefined : service.labelIndexes.get(labelSet);
  if (index) return classesOfIndex(service, index, model, choice, caller);
  if (reject === true)
    throw requestInvalid("reject: true needs a label index, in which a threshold is stored.");
  if (choice.search === "table")
    throw requestInvalid('search: "table" needs a label index, which has a table.');
  const given = await givenLabels(service, choice);
  // What was checked once is not checked again, which took longer than all else that is done with the labels of a photo.
  return service.classCache.classes(
    JSON.stringify([model.id, given, temperature, reject]),
    () => {
      const { labels: checked, templates } = requestLabels(given.labels, given.templates, service.limits);
      const wanted = { templates, temperature, reject };
      return {
        bytes: checked.length * model.encoder.dimension * 4,
        open: (signal) => encodedClasses(checked, sharedEncoder(model, caller), { ...wanted, signal }),
      };
    },
    caller.signal,
  );
}

/** Labels with templates, not yet checked. */
interface GivenLabels {
  readonly labels: readonly LabelInput[];
  readonly templates: readonly string[] | undefined;
}

/** Those of the request as they came, or those of the server's set. */
async function givenLabels(
  service: Service,
  { labels, labelSet, templates }: LabelChoice,
): Promise<GivenLabels> {
  if (labelSet === undefined) return { labels: labels!, templates };
  const stored = await namedLabels(service, labelSet);
  return { labels: stored.labels, templates: templates ?? stored.templates };
}

/** The classes of an index as it is now: read once a version, not once a request. */
async function classesOfIndex(
  { classCache }: Service,
  index: LabelIndex,
  model: ServedModel,
  { labelSet, templates, temperature, reject, search }: LabelChoice,
  caller: Caller,
): Promise<Classes> {
  if (templates) throw requestInvalid(`"${labelSet}" is a label index, which has templates of its own.`);
  if (search === "table" && reject)
    throw requestInvalid('reject needs all labels in memory: leave out search: "table".');
  const version = await index.version();
  const key = JSON.stringify([model.id, index.path, version, temperature, reject, search]);
  const bytes = search === "table" ? 0 : index.info.count * model.encoder.dimension * 4;
  const encoder = sharedEncoder(model, caller);
  return toldAs(`"${labelSet}"`, index.path, () =>
    classCache.classes(
      key,
      () => ({
        bytes,
        open: (signal) => indexedClasses(index, encoder, { temperature, reject, search, signal }),
      }),
      caller.signal,
    ),
  );
}

/** For what others may wait for as well: it does not end with the first who asks. */
function sharedEncoder(model: ServedModel, { client }: Caller) {
  return model.encoderFor({ client, signal: new AbortController().signal });
}

/** @throws RequestError LABEL_SET_NOT_FOUND */
export async function namedLabels({ labelSets }: Service, reference: string): Promise<LabelSetVersion> {
  const [name = "", version] = reference.split("@");
  if (!labelSets) throw new RequestError("LABEL_SET_NOT_FOUND", "The server keeps no label sets.");
  return labelSets.get(name, version === undefined ? undefined : Number(version));
}
