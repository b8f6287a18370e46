import { Type } from "typebox";
import { ERRORS, type ErrorCode } from "../../errors.js";
import type { Plan } from "../../jobs/plan/plan.js";
import type { JobStatus } from "../../jobs/report/status.js";
import type { ServedJob } from "../jobs/served-job.js";
import { RequestError } from "../problems/request-error.js";
import { Job, JobProgress } from "../schemas/jobs.js";
import type { Service } from "../service.js";
import type { RoutePlugin } from "./route-plugin.js";

const base = { config: { scope: "read" } } as const;
const tags = ["jobs"];
/** The command lists all. */
const MOST_SET_ASIDE = 20;

/** `/v1/jobs`: how far the plans are that the server was started with. Workers do them, wherever they run. */
export const jobRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.get(
    "/v1/jobs",
    {
      ...base,
      schema: {
        tags,
        operationId: "listJobs",
        summary: "The plans whose progress the server tells",
        response: { 200: Type.Object({ data: Type.Array(Job) }) },
      },
    },
    async () => ({ data: [...service.jobs].map(([name, { plan }]) => plannedOf(name, plan)) }),
  );
  app.get(
    "/v1/jobs/:job",
    {
      ...base,
      schema: {
        tags,
        operationId: "getJob",
        summary: "How far a plan is: shards, pictures a second, time left, failures by kind",
        params: Type.Object({ job: Type.String({ maxLength: 200 }) }),
        response: { 200: JobProgress },
      },
    },
    async ({ params: { job } }) => progressOf(job, await jobOf(service, job).status()),
  );
};

function plannedOf(name: string, { id, task, model, shards, rows }: Plan) {
  return {
    ...{ name, plan: id, task: task.kind, model: model.id, shards },
    ...(rows !== undefined && { pictures: rows }),
  };
}

function progressOf(
  name: string,
  { plan, done, rows, failed, failures, setAside, poison, ...speed }: JobStatus,
) {
  return {
    ...plannedOf(name, plan),
    ...{ done, embedded: rows, failed },
    failures: Object.entries(failures)
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => ({ code, message: messageOf(code), count })),
    setAside,
    firstSetAside: poison
      .slice(0, MOST_SET_ASIDE)
      .map(({ shard, code }) => ({ shard, code, message: messageOf(code) })),
    ...speed,
  };
}

/** The fixed sentence: what a worker wrote names places on its machine. */
function messageOf(code: string): string {
  return ERRORS[code as ErrorCode]?.publicMessage ?? "";
}

/** @throws RequestError PLAN_NOT_FOUND */
function jobOf({ jobs }: Service, name: string): ServedJob {
  const found = jobs.get(name);
  if (found) return found;
  throw new RequestError("PLAN_NOT_FOUND", `The server was started without a plan "${name}".`);
}
