import type { TableClassesOptions } from "../../images/label/table-classes.js";
import type { Terminal } from "../terminal/terminal.js";
import { labelsOf } from "./labels.js";
import { loadOptions, type TemplateFlags, templatesOf } from "./options.js";

/** Where the labels of a table's pictures come from: named, of an index, or saved with the table. */
export interface StoredLabelFlags extends TemplateFlags {
  labels?: string[] | undefined;
  index?: string | undefined;
  labelSet?: string | undefined;
}

export async function storedLabelsOf(
  flags: StoredLabelFlags,
  terminal: Terminal,
): Promise<TableClassesOptions> {
  return {
    labels: flags.labels && (await labelsOf(flags.labels)),
    index: flags.index,
    labelSet: flags.labelSet,
    templates: await templatesOf(flags),
    load: loadOptions({}, terminal),
    signal: terminal.signal,
  };
}
