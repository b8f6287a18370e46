import { type Classes, indexedClasses } from "../../classify/classes.js";
import type { RejectOptions } from "../../classify/reject/rejector.js";
import type { LabelInput } from "../../labels/set/label-set.js";
import type { LabelSetVersion } from "../label-sets/label-sets.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
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
  if (index) {
    if (choice.templates)
      throw requestInvalid(`"${labelSet}" is a label index, which has templates of its own.`);
    const encoder = model.encoderFor(caller);
    return indexedClasses(index, encoder, { temperature, reject, signal: caller.signal });
  }
  if (reject === true)
    throw requestInvalid("reject: true needs a label index, in which a threshold is stored.");
  const content =
    labelSet === undefined
      ? requestLabels(labels!, choice.templates, service.limits)
      : withTemplates(await namedLabels(service, labelSet), choice.templates, service);
  return service.classCache.classes({ ...content, temperature, reject }, model, caller);
}

/** @throws RequestError LABEL_SET_NOT_FOUND */
export async function namedLabels({ labelSets }: Service, reference: string): Promise<LabelSetVersion> {
  const [name = "", version] = reference.split("@");
  if (!labelSets) throw new RequestError("LABEL_SET_NOT_FOUND", "The server keeps no label sets.");
  return labelSets.get(name, version === undefined ? undefined : Number(version));
}

function withTemplates(
  { labels, templates: own }: LabelSetVersion,
  templates: readonly string[] = own,
  { limits }: Service,
) {
  return requestLabels(labels, templates, limits);
}
