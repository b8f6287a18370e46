import type { Label } from "nearlabel/client";

/** What one version of a label set has that another has not. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Labels of both, with another class name, parent or other prompts. */
  readonly changed: readonly string[];
  readonly templates: { readonly added: readonly string[]; readonly removed: readonly string[] };
}

export interface Content {
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

export function differenceOf(before: Content, after: Content): Difference {
  const [old, now] = [before, after].map(
    ({ labels }) => new Map(labels.map((each) => [each.label, each])),
  ) as [Map<string, Label>, Map<string, Label>];
  return {
    added: [...now.keys()].filter((label) => !old.has(label)),
    removed: [...old.keys()].filter((label) => !now.has(label)),
    changed: [...now.values()]
      .filter((label) => old.has(label.label) && !isSame(old.get(label.label)!, label))
      .map(({ label }) => label),
    templates: {
      added: after.templates.filter((template) => !before.templates.includes(template)),
      removed: before.templates.filter((template) => !after.templates.includes(template)),
    },
  };
}

export function isNone({ added, removed, changed, templates }: Difference): boolean {
  return [added, removed, changed, templates.added, templates.removed].every((list) => list.length === 0);
}

function isSame(a: Label, b: Label): boolean {
  const [one, other] = [a, b].map(({ label, className = label.replaceAll("_", " "), prompts, parent }) =>
    JSON.stringify([className, prompts, parent]),
  );
  return one === other;
}
