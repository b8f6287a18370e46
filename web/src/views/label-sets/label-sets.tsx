import { useState } from "react";
import { useModel } from "../../chosen/model.js";
import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { setParameters, useRoute } from "../../route.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { NewSet } from "./new-set.js";
import { SetList } from "./set-list.js";
import { SetView } from "./set-view.js";
import "./view.css";

const words = text.labelSets;

/** The label sets of the server: all of them, and one closely. */
export default function LabelSets() {
  const { parameters } = useRoute();
  const name = parameters.get("name") ?? undefined;
  const version = Number(parameters.get("version")) || undefined;
  const [isNew, setNew] = useState(false);
  const sets = useAnswer("label sets", (client, options) => client.labelSets.list(options));
  const model = useModel();
  const open = (set: string | undefined) => {
    setNew(false);
    setParameters({ name: set, version: undefined, compare: undefined, label: undefined });
  };
  const saved = (set: string | undefined) => {
    sets.again();
    open(set);
  };
  return (
    <div className="label-sets">
      <div className="sets">
        <div className="sets-head">
          <h1>{text.views["label-sets"]}</h1>
          <Button onPress={() => setNew(true)}>{words.newSet}</Button>
        </div>
        <ErrorNote error={sets.error} again={sets.again} />
        {sets.value === undefined && sets.isWaiting && <Loading />}
        {sets.value && <SetList sets={sets.value} chosen={name} onChoose={open} />}
      </div>
      {isNew ? (
        <NewSet taken={sets.value ?? []} onStart={open} onCancel={() => setNew(false)} />
      ) : name === undefined ? (
        <NoSet count={sets.value?.length} onNew={() => setNew(true)} />
      ) : (
        <SetView
          key={`${name}@${version}`}
          name={name}
          version={version}
          newest={sets.value?.find((set) => set.name === name)?.version}
          model={model.model}
          onSaved={saved}
          onGone={() => saved(undefined)}
        />
      )}
    </div>
  );
}

function NoSet({ count, onNew }: { count: number | undefined; onNew: () => void }) {
  if (count === undefined) return null;
  return (
    <Empty title={count === 0 ? words.noneTitle : words.chooseTitle}>
      <p>{words.none}</p>
      {count === 0 && (
        <Button kind="main" onPress={onNew}>
          {words.newSet}
        </Button>
      )}
    </Empty>
  );
}
