import type { Label } from "nearlabel/client";
import { useMemo } from "react";
import { setParameters, useRoute } from "../route.js";
import { type Answer, useAnswer } from "../server/use-answer.js";
import { addressOfList, listOfAddress } from "./address-list.js";

/** A label with the words that stand for it in templates. */
export type ChosenLabel = Label & { readonly className: string };

/** What pictures are compared with, as the address has it. */
export interface ChosenLabels {
  /** A label set of the server as `name@version`, or `+name` for a list that comes with nearlabel. */
  readonly set: string | undefined;
  readonly labels: readonly ChosenLabel[];
  readonly templates: readonly string[];
  /** How reading the set goes. */
  readonly answer: Answer<unknown>;
  change(labels: readonly string[]): void;
  changeTemplates(templates: readonly string[]): void;
  choose(set: string | undefined): void;
}

export const DEFAULT_TEMPLATE = "a photo of a {}";

/** The labels of the address: those of a set, less some, and some more. */
export function useLabels(): ChosenLabels {
  const { parameters } = useRoute();
  const [set, added, removed, own] = ["set", "labels", "without", "templates"].map((name) =>
    parameters.get(name),
  );
  const answer = useAnswer(set ?? undefined, (client, options) => readSet(client, set!, options.signal));
  const content = set && answer.value?.reference === set ? answer.value : undefined;
  const labels = useMemo(() => {
    const gone = new Set(listOfAddress(removed!));
    const kept = (content?.labels ?? []).filter(({ label }) => !gone.has(label));
    return [...kept, ...listOfAddress(added!).map(labelOf)];
  }, [content, added, removed]);
  const templates = useMemo(() => {
    const given = listOfAddress(own!);
    return given.length > 0 ? given : (content?.templates ?? [DEFAULT_TEMPLATE]);
  }, [content, own]);
  return {
    set: set ?? undefined,
    labels,
    templates,
    answer,
    change(names) {
      const wanted = new Set(names);
      const ofSet = new Set(content?.labels.map(({ label }) => label));
      setParameters({
        labels: addressOfList(names.filter((name) => !ofSet.has(name))),
        without: addressOfList([...ofSet].filter((name) => !wanted.has(name))),
      });
    },
    changeTemplates: (next) => setParameters({ templates: addressOfList(next) }, { replace: true }),
    choose: (reference) =>
      setParameters({ set: reference, labels: undefined, without: undefined, templates: undefined }),
  };
}

/** A name as a label, as the library takes it: `_` stands for a space. */
export function labelOf(name: string): ChosenLabel {
  return { label: name, className: name.replaceAll("_", " ") };
}

interface SetContent {
  readonly reference: string;
  readonly labels: readonly ChosenLabel[];
  readonly templates: readonly string[];
}

async function readSet(
  client: import("nearlabel/client").Client,
  reference: string,
  signal: AbortSignal,
): Promise<SetContent> {
  if (reference.startsWith("+")) {
    return {
      reference,
      labels: (await readList(reference.slice(1), signal)).map(labelOf),
      templates: [DEFAULT_TEMPLATE],
    };
  }
  const [name = "", version] = reference.split("@");
  const set = await client.labelSets.get(name, { signal, ...(version && { version: Number(version) }) });
  const labels = set.labels.map((label) => ({ ...labelOf(label.label), ...label }));
  return { reference, labels, templates: set.templates };
}

/** The lines of a list that comes with nearlabel. */
export async function readList(name: string, signal?: AbortSignal): Promise<string[]> {
  const response = await fetch(`/samples/${encodeURIComponent(name)}.txt`, { ...(signal && { signal }) });
  if (!response.ok) throw new Error(`There is no list "${name}".`);
  return (await response.text()).split("\n").filter((line) => line.trim() !== "");
}
