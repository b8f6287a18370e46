import type { EvaluationEntry } from "nearlabel/client";
import { lazy, Suspense, useState } from "react";
import { Button } from "../../parts/button.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { Progress } from "../../parts/progress.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { addressOf, goTo } from "../../route.js";
import { noticeFailure, useConnection } from "../../server/server.js";
import { useAnswer } from "../../server/use-answer.js";
import { usePolled } from "../../server/use-polled.js";
import { text } from "../../text/en.js";
import { codeOf, commandOf } from "./evaluate-in-code.js";
import { Link } from "./link.js";

const words = text.evaluate;
/** Its charts are in a file of their own, with the library that draws them. */
const ReportView = lazy(() => import("./report-view.js"));

export function isActive({ state }: EvaluationEntry): boolean {
  return state === "waiting" || state === "running";
}

/** One evaluation: how far it is, why it failed, or its report. */
export function OneEvaluation({ id }: { id: string }) {
  const {
    value: entry,
    error,
    again,
  } = usePolled(id, (client, options) => client.evaluations.get(id, options), isActive);
  return (
    <>
      <nav className="evaluate-top" aria-label={words.evaluation}>
        <Link>{words.toAll}</Link>
        {entry && <Remove entry={entry} />}
      </nav>
      <ErrorNote error={entry ? undefined : error} again={again} />
      {!entry && error === undefined && <Loading />}
      {entry && <Shown entry={entry} />}
    </>
  );
}

function Shown({ entry }: { entry: EvaluationEntry }) {
  const { state, error, request, dataset } = entry;
  return (
    <>
      {state !== "done" && <h1>{words.named(dataset, request.runs.length)}</h1>}
      {isActive(entry) && <Running entry={entry} />}
      {state === "failed" && (
        <div className="error-note" role="alert">
          <p>{error?.message}</p>
          <p className="error-code">{error?.code}</p>
        </div>
      )}
      {state === "done" && <Done entry={entry} />}
      <SameInCode command={commandOf(request)} code={codeOf(request)} />
    </>
  );
}

function Running({ entry: { progress, state } }: { entry: EvaluationEntry }) {
  const { done = 0, total, seconds = 0 } = progress ?? {};
  return (
    <div className="evaluate-progress">
      <Progress
        label={words.states[state]}
        done={done}
        total={state === "running" ? total : undefined}
        note={progress && words.progress(done, total, seconds)}
      />
      <p className="muted">{words.keepsRunning}</p>
    </div>
  );
}

function Done({ entry: { id, request } }: { entry: EvaluationEntry }) {
  const { value, error, again } = useAnswer(`report ${id}`, (client, options) =>
    client.evaluations.report(id, options),
  );
  if (!value) return error === undefined ? <Loading /> : <ErrorNote error={error} again={again} />;
  return (
    <Suspense fallback={<Loading />}>
      <ReportView id={id} request={request} report={value} />
    </Suspense>
  );
}

function Remove({ entry }: { entry: EvaluationEntry }) {
  const { client } = useConnection();
  const [isAsked, setAsked] = useState(false);
  const [error, setError] = useState<unknown>();
  const remove = () =>
    client.evaluations.remove(entry.id).then(
      () => goTo(addressOf("evaluate")),
      (reason: unknown) => {
        noticeFailure(reason);
        setError(reason);
      },
    );
  if (isActive(entry)) return <Button onPress={remove}>{words.cancel}</Button>;
  return (
    <>
      {isAsked ? (
        <span className="evaluate-actions">
          <Button onPress={remove}>{words.removeForever}</Button>
          <Button kind="quiet" onPress={() => setAsked(false)}>
            {words.keep}
          </Button>
        </span>
      ) : (
        <Button kind="quiet" onPress={() => setAsked(true)}>
          {words.remove}
        </Button>
      )}
      <ErrorNote error={error} />
    </>
  );
}
