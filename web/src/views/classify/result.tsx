import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { Picture } from "../../parts/picture.js";
import { addressOf, goTo, useRoute } from "../../route.js";
import { text } from "../../text/en.js";
import type { ResultProps } from "./picture-strip.js";
import { PredictionTable } from "./prediction-table.js";
import { type Ranking, rankingOf } from "./ranking.js";
import { readableError } from "./readable-error.js";
import { Verdict } from "./verdict.js";

const words = text.classify;

/** One picture large, with every label in order and what each would need to be the first. */
export function Result({ pictures, classes, scoring, embeddingOf, draft }: ResultProps & { draft: string }) {
  const { parameters } = useRoute();
  const picture = pictures.shown;
  if (!picture) return <Start pictures={pictures} />;
  const { embedding, error } = embeddingOf(picture);
  const ranking = embedding && classes ? rankingOf(embedding, classes, scoring) : undefined;
  const recipe = addressOf("recipe", { ...Object.fromEntries(parameters), shown: picture.id });
  return (
    <article className="result" aria-label={picture.name}>
      <div className="result-picture">
        <Picture source={picture.url} name={picture.name} />
        <p className="result-name">{picture.name}</p>
        <div className="picture-buttons">
          <Button onPress={() => goTo(recipe)}>{words.howItWorks}</Button>
          <Button kind="quiet" onPress={() => pictures.remove(picture.id)}>
            {words.removeThis}
          </Button>
        </div>
      </div>
      <div className="result-labels">
        {error === undefined ? (
          <Labels ranking={ranking} waiting={!embedding} draft={draft} scoring={scoring} />
        ) : (
          <ErrorNote error={readableError(error)} />
        )}
      </div>
    </article>
  );
}

function Labels({
  ranking,
  waiting,
  draft,
  scoring,
}: {
  ranking: Ranking | undefined;
  waiting: boolean;
  draft: string;
  scoring: ResultProps["scoring"];
}) {
  if (ranking) {
    return (
      <>
        <Verdict ranking={ranking} multiLabel={scoring.multiLabel} />
        <PredictionTable predictions={ranking.predictions} draft={draft.trim()} />
      </>
    );
  }
  return waiting ? <Loading /> : <p className="muted">{words.noLabels}</p>;
}

/** Nothing is chosen yet: what this is, and one click that shows it. */
function Start({ pictures }: { pictures: ResultProps["pictures"] }) {
  const start = () => {
    goTo(addressOf("classify", { set: "+labels", pictures: SAMPLES.join("\n") }));
  };
  return (
    <Empty title={words.emptyTitle}>
      <p>{words.empty}</p>
      {pictures.missing === 0 && (
        <Button kind="main" onPress={start}>
          {words.trySamples}
        </Button>
      )}
    </Empty>
  );
}

const SAMPLES = ["bus", "lighthouse", "snail", "pizza", "umbrella", "butterfly"];
