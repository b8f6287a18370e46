import type { Label } from "nearlabel/client";
import { useMemo } from "react";
import { Button, Collection, Tree, TreeItem, TreeItemContent } from "react-aria-components";
import { ListLayout, Virtualizer } from "react-aria-components/Virtualizer";
import { text } from "../../text/en.js";

interface Node {
  readonly id: string;
  readonly children: readonly Node[];
  /** A broader class that is no label itself. */
  readonly isGroup: boolean;
}

/** Labels below what they are a kind of. Arrow keys open and close, a letter goes to the next label that starts so. */
export function LabelTree({
  labels,
  chosen,
  onChoose,
}: {
  labels: readonly Label[];
  chosen: string | undefined;
  onChoose: (label: string) => void;
}) {
  const roots = useMemo(() => treeOf(labels), [labels]);
  const parents = useMemo(() => roots.flatMap(idsWithChildren), [roots]);
  if (labels.length === 0) return <p className="muted">{text.labelSets.noLabels}</p>;
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: 34 }}>
      <Tree
        key={parents.join("\n")}
        className="label-tree"
        aria-label={text.labels.title}
        items={roots}
        defaultExpandedKeys={parents}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={chosen === undefined ? [] : [chosen]}
        onSelectionChange={(keys) => {
          const [key] = keys === "all" ? [] : [...keys];
          if (key !== undefined) onChoose(String(key));
        }}
      >
        {branch}
      </Tree>
    </Virtualizer>
  );
}

function branch({ id, children, isGroup }: Node) {
  return (
    <TreeItem id={id} textValue={id} className="tree-item">
      <TreeItemContent>
        {({ hasChildItems, level }) => (
          <span className="tree-row" style={{ paddingInlineStart: `${level - 1}rem` }}>
            {hasChildItems ? (
              <Button slot="chevron" className="chevron">
                <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                  <path d="M3 1l4 4-4 4" fill="none" stroke="currentColor" strokeWidth="1.5" />
                </svg>
              </Button>
            ) : (
              <span className="chevron" />
            )}
            <span className={isGroup ? "muted" : undefined}>{id}</span>
          </span>
        )}
      </TreeItemContent>
      <Collection items={children}>{branch}</Collection>
    </TreeItem>
  );
}

function treeOf(labels: readonly Label[]): readonly Node[] {
  const known = new Set(labels.map(({ label }) => label));
  const below = new Map<string | undefined, string[]>();
  for (const { label, parent } of labels) below.set(parent, [...(below.get(parent) ?? []), label]);
  const groups = [...below.keys()].filter((parent) => parent !== undefined && !known.has(parent)) as string[];
  const placed = new Set<string>();
  const node = (id: string): Node => {
    placed.add(id);
    const children = (below.get(id) ?? []).filter((each) => !placed.has(each)).map(node);
    return { id, children, isGroup: !known.has(id) };
  };
  const roots = [...groups, ...(below.get(undefined) ?? [])].map(node);
  // Labels that are each other's parents hang below none.
  return [...roots, ...labels.flatMap(({ label }) => (placed.has(label) ? [] : node(label)))];
}

function idsWithChildren({ id, children }: Node): string[] {
  return children.length > 0 ? [id, ...children.flatMap(idsWithChildren)] : [];
}
