import type { Explanation } from "nearlabel/client";
import { useCallback, useEffect, useState } from "react";
import { LabelInput } from "../../chosen/label-input.js";
import { useLabels } from "../../chosen/labels.js";
import { PictureInput } from "../../chosen/picture-input.js";
import { usePictures } from "../../chosen/pictures.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { setParameters, useRoute } from "../../route.js";
import { text } from "../../text/en.js";
import { MapStep } from "./label-map.js";
import { type Origin, OriginPanel, ShowOrigin } from "./origin.js";
import { PixelsStep } from "./pixels-step.js";
import { codeOf, commandOf } from "./same-in-code.js";
import { DistancesStep, ScoresStep } from "./scores-steps.js";
import { STEPS } from "./step.js";
import { TableStep } from "./table-step.js";
import { PromptsStep, TokensStep } from "./texts-steps.js";
import { TutorialStep } from "./tutorial-step.js";
import { type Explained, useExplanation } from "./use-explanation.js";
import { PictureVectorStep, TextVectorsStep } from "./vector-steps.js";
import "./view.css";

const words = text.recipe;

/** The recipe as a page: each step with this picture's and these labels' own values. */
export default function Recipe() {
  const explained = useExplanation();
  const [origin, setOrigin] = useState<Origin>();
  const close = useCallback(() => setOrigin(undefined), []);
  const { value, error, again, isWaiting } = explained.answer;
  return (
    <ShowOrigin value={setOrigin}>
      <div className="recipe" aria-busy={isWaiting}>
        <Head explained={explained} />
        <ErrorNote
          error={explained.model.error ?? error}
          again={error === undefined ? explained.model.again : again}
        />
        {value ? <Steps explanation={value} explained={explained} /> : isWaiting && <Loading />}
        <SameInCode command={commandOf(explained)} code={codeOf(explained)} />
      </div>
      <OriginPanel origin={origin} onClose={close} />
    </ShowOrigin>
  );
}

function Head({ explained }: { explained: Explained }) {
  const pictures = usePictures();
  const labels = useLabels();
  return (
    <header className="recipe-head">
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      <details className="panel">
        <summary>{explained.isExample ? words.chooseOwn : words.chooseOther}</summary>
        <div className="panel-body recipe-inputs">
          <PictureInput pictures={pictures} />
          <LabelInput labels={labels} />
        </div>
      </details>
      <nav className="contents" aria-label={words.contents}>
        <ol>
          {STEPS.map((name) => (
            <li key={name}>
              <a href={`#${name}`}>{words.steps[name].title}</a>
            </li>
          ))}
        </ol>
      </nav>
    </header>
  );
}

function Steps({ explanation, explained: { picture } }: { explanation: Explanation; explained: Explained }) {
  const { parameters } = useRoute();
  // The steps come after the browser looked for the one that the address names.
  useEffect(() => document.getElementById(location.hash.slice(1))?.scrollIntoView(), []);
  const wanted = parameters.get("label");
  const known = explanation.labels.some(({ label }) => label === wanted);
  const label = known ? wanted! : explanation.predictions[0]!.label;
  const at = Math.min(Number(parameters.get("at") ?? 0) || 0, explanation.model.dimension - 1);
  const scale = Number(parameters.get("scale")) || undefined;
  const onLabel = (name: string) => setParameters({ label: name }, { replace: true });
  const onAt = (next: number) => setParameters({ at: String(next) }, { replace: true });
  return (
    <>
      <PromptsStep explanation={explanation} label={label} onLabel={onLabel} />
      <TokensStep explanation={explanation} label={label} />
      <TextVectorsStep explanation={explanation} label={label} at={at} onAt={onAt} />
      <TableStep explanation={explanation} />
      <PixelsStep key={picture.id} explanation={explanation} url={picture.url} name={picture.name} />
      <PictureVectorStep explanation={explanation} at={at} onAt={onAt} />
      <DistancesStep explanation={explanation} label={label} />
      <ScoresStep
        explanation={explanation}
        label={label}
        scale={scale}
        onScale={(next) =>
          setParameters({ scale: next === undefined ? undefined : String(next) }, { replace: true })
        }
      />
      <MapStep explanation={explanation} url={picture.url} label={label} onLabel={onLabel} />
      <TutorialStep
        explanation={explanation}
        isOn={parameters.get("published") === "1"}
        onOn={(isOn) => setParameters({ published: isOn ? "1" : undefined })}
      />
    </>
  );
}
