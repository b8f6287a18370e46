import type { LabelSet, Model } from "nearlabel/client";
import { shellWord } from "../../code/words.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { useRoute } from "../../route.js";
import { useAnswer } from "../../server/use-answer.js";
import { Compare } from "./compare.js";
import { Confusions } from "./confusions.js";
import { type Draft, useDraft } from "./draft.js";
import { LabelEditor } from "./label-editor.js";
import { SetHead } from "./set-head.js";

export interface SetProps {
  readonly name: string;
  /** That is looked at; undefined for the newest. */
  readonly version: number | undefined;
  readonly newest: number | undefined;
  readonly model: Model | undefined;
  readonly onSaved: (name: string) => void;
  readonly onGone: () => void;
}

/** One set, as it is, was, or is being made. */
export function SetView(props: SetProps) {
  const { name, version, newest, model } = props;
  const { parameters } = useRoute();
  const editor = useDraft(name);
  const isNew = editor.draft?.version === 0 && newest === undefined;
  const stored = useAnswer(isNew ? undefined : `${name} ${version} ${newest}`, (client, { signal }) =>
    client.labelSets.get(name, { version, signal }),
  );
  const edited = version === undefined ? editor.draft : undefined;
  const shown = edited ?? (stored.value && asDraft(stored.value));
  if (!shown) {
    return (
      <div className="set">
        <ErrorNote error={stored.error} again={stored.again} />
        {stored.isWaiting && <Loading />}
      </div>
    );
  }
  const compare = Number(parameters.get("compare")) || undefined;
  return (
    <div className="set">
      <SetHead {...props} shown={shown} stored={stored.value} editor={editor} />
      {compare !== undefined && <Compare name={name} version={compare} shown={shown} />}
      <LabelEditor
        shown={shown}
        isReadOnly={version !== undefined}
        onChange={(part) => editor.change(shown, part)}
      />
      <Confusions model={model} shown={shown} />
      <SameInCode command={commandOf(shown)} code={codeOf(shown)} />
    </div>
  );
}

function asDraft({ name, version, labels, templates }: LabelSet): Draft {
  return { name, version, labels, templates };
}

/** Reads what is shown; writes a set that is not stored yet. */
function commandOf({ name, version, labels, templates }: Draft): string {
  const address = shellWord(
    `${location.origin}/v1/label-sets/${name}${version > 0 ? `?version=${version}` : ""}`,
  );
  if (version > 0) return `curl ${address}`;
  return `curl -X PUT ${address} -H 'content-type: application/json' -d ${shellWord(JSON.stringify({ labels, templates }))}`;
}

function codeOf({ name, version, labels, templates }: Draft): string {
  const call =
    version > 0
      ? `get(${JSON.stringify(name)}, { version: ${version} })`
      : `put(${JSON.stringify(name)}, ${JSON.stringify({ labels, templates })})`;
  return `import { createClient } from "nearlabel/client";

const client = createClient(${JSON.stringify(location.origin)});
const set = await client.labelSets.${call};`;
}
