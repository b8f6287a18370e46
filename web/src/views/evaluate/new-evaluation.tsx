import type { EvaluationDataset } from "nearlabel/client";
import { useModel } from "../../chosen/model.js";
import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Choice, Field } from "../../parts/field.js";
import { Loading } from "../../parts/loading.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { codeOf, commandOf } from "./evaluate-in-code.js";
import { RunForm } from "./run-form.js";
import { useStart } from "./use-start.js";
import { lacksLabels, requestOf, sampleOf, useWanted, type Wanted } from "./wanted.js";

const words = text.evaluate;
/** The server takes no more. */
const MOST_RUNS = 8;

/** What is to be evaluated, and the button that starts it. */
export function NewEvaluation() {
  const {
    value: datasets,
    error,
    again,
  } = useAnswer("datasets", (client, options) => client.evaluations.datasets(options));
  if (!datasets) return error === undefined ? <Loading /> : <ErrorNote error={error} again={again} />;
  if (datasets.length > 0) return <Form datasets={datasets} />;
  return (
    <Empty title={words.noDatasets}>
      <p>{words.noDatasetsNote}</p>
      <pre>nearlabel serve --dataset photos=photos/</pre>
    </Empty>
  );
}

function Form({ datasets }: { datasets: readonly EvaluationDataset[] }) {
  const [wanted, want] = useWanted();
  const { models } = useModel();
  const { start, isStarting, error } = useStart();
  const dataset = datasets.find(({ name }) => name === wanted.dataset) ?? datasets[0]!;
  const request = requestOf(wanted, dataset.name);
  const isWrong = Number.isNaN(sampleOf(wanted)) || lacksLabels(wanted);
  const { runs } = wanted;
  return (
    <section className="evaluate-new" aria-labelledby="new-evaluation">
      <h2 id="new-evaluation">{words.fresh}</h2>
      <p className="muted">{words.intro}</p>
      <DatasetChoice datasets={datasets} dataset={dataset} wanted={wanted} want={want} />
      <ol className="runs-wanted">
        {runs.map((run, at) => (
          <RunForm
            key={at}
            position={at}
            run={run}
            models={models}
            onChange={(changed, options) => want({ runs: runs.with(at, changed) }, options)}
            onRemove={
              runs.length > 1 ? () => want({ runs: runs.filter((_, each) => each !== at) }) : undefined
            }
          />
        ))}
      </ol>
      <div className="evaluate-actions">
        <Button kind="main" isDisabled={isStarting || isWrong} onPress={() => start(request)}>
          {words.start(runs.length)}
        </Button>
        {runs.length < MOST_RUNS && (
          <Button onPress={() => want({ runs: [...runs, { ...runs.at(-1) }] })}>{words.addRun}</Button>
        )}
      </div>
      <ErrorNote error={error} />
      <SameInCode command={commandOf(request)} code={codeOf(request)} />
    </section>
  );
}

function DatasetChoice(props: {
  datasets: readonly EvaluationDataset[];
  dataset: EvaluationDataset;
  wanted: Wanted;
  want: (change: Partial<Wanted>, options?: { replace?: boolean }) => void;
}) {
  const { datasets, dataset, wanted, want } = props;
  const { splits, size, labels, format } = dataset;
  return (
    <div className="evaluate-fields">
      <Choice
        label={words.dataset}
        note={words.datasetNote(format, size, labels)}
        value={dataset.name}
        onChange={(event) => want({ dataset: event.target.value, split: undefined })}
      >
        {datasets.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      {splits.length > 1 && (
        <Choice
          label={words.split}
          value={wanted.split ?? ""}
          onChange={(event) => want({ split: event.target.value || undefined })}
        >
          <option value="">{words.usualSplit}</option>
          {splits.map((split) => (
            <option key={split}>{split}</option>
          ))}
        </Choice>
      )}
      <Field
        label={words.sample}
        note={words.sampleNote}
        problem={Number.isNaN(sampleOf(wanted)) ? words.sampleProblem : undefined}
        inputMode="numeric"
        placeholder={words.all}
        value={wanted.sample}
        onChange={(event) => want({ sample: event.target.value }, { replace: true })}
      />
    </div>
  );
}
