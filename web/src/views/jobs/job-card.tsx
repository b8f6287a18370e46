import type { Job, JobProgress } from "nearlabel/client";
import { type ReactNode, useId } from "react";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { Progress } from "../../parts/progress.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { usePolled } from "../../server/use-polled.js";
import { text } from "../../text/en.js";
import { FailureList } from "./failure-list.js";
import { NextStep } from "./next-step.js";

const words = text.jobs;

/** One plan, as far as it is. */
export function JobCard({ job }: { job: Job }) {
  const { name, task, model, plan } = job;
  const id = useId();
  const {
    value: progress,
    error,
    again,
  } = usePolled(`job ${name}`, (client, options) => client.jobs.get(name, options), isUnderWay);
  return (
    <section className="job" aria-labelledby={id}>
      <div>
        <h2 id={id}>{name}</h2>
        <p className="job-about muted">{words.about(task, model, plan)}</p>
      </div>
      <ErrorNote error={error} again={again} />
      {progress ? <Shown progress={progress} /> : error === undefined && <Loading />}
      <SameInCode command={commandOf(name)} code={codeOf(name)} />
    </section>
  );
}

function isUnderWay({ done, setAside, shards }: JobProgress): boolean {
  return done + setAside < shards;
}

function Shown({ progress }: { progress: JobProgress }) {
  const { name, shards, done, pictures, embedded, failed, failures, setAside, firstSetAside, latest } =
    progress;
  const { rate, secondsLeft } = isUnderWay(progress) ? progress : {};
  return (
    <>
      <Progress
        label={words.shards(done, shards)}
        done={done}
        total={shards}
        note={words.speed(rate, secondsLeft)}
      />
      <dl className="job-facts">
        <Fact name={words.state}>{stateOf(progress)}</Fact>
        <Fact name={words.embedded}>{words.of(embedded, pictures)}</Fact>
        <Fact name={words.failed}>{words.number(failed)}</Fact>
        {latest && <Fact name={words.latest}>{words.when(latest)}</Fact>}
      </dl>
      {done === 0 && isUnderWay(progress) && (
        <NextStep text={words.start} command={`nearlabel jobs run --plan ${name}/`} />
      )}
      {done > 0 && !isUnderWay(progress) && (
        <NextStep text={words.commit} command={`nearlabel jobs commit --plan ${name}/ --table ${name}.db`} />
      )}
      {failures.length > 0 && (
        <FailureList
          title={words.failures}
          note={words.failuresNote}
          command={`nearlabel jobs retry --failures --plan ${name}/ --out again/`}
          entries={failures.map(({ count, ...kind }) => ({
            key: kind.code,
            head: words.number(count),
            ...kind,
          }))}
        />
      )}
      {setAside > 0 && (
        <FailureList
          title={words.setAside(setAside)}
          note={words.setAsideNote(setAside - firstSetAside.length)}
          command={`nearlabel jobs status --plan ${name}/`}
          entries={firstSetAside.map(({ shard, ...kind }) => ({
            key: String(shard),
            head: words.shard(shard),
            ...kind,
          }))}
        />
      )}
    </>
  );
}

function stateOf(progress: JobProgress): string {
  if (progress.done === progress.shards) return words.states.done;
  if (!isUnderWay(progress)) return words.states.ended;
  return progress.done === 0 ? words.states.waiting : words.states.underWay;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function commandOf(name: string): string {
  return `nearlabel jobs status --plan ${name}/ --watch`;
}

function codeOf(name: string): string {
  return `import { jobStatus } from "nearlabel/jobs";

const { done, plan, rate, secondsLeft, failures } = await jobStatus(${JSON.stringify(`${name}/`)});
console.log(done, "of", plan.shards, rate, secondsLeft, failures);`;
}
