export {
  type CommitOptions,
  type CommitProgress,
  type CommittedShards,
  commitShards,
} from "./commit/commit.js";
export { type PlanLoadOptions, type PlanOptions, planJob } from "./plan/make-plan.js";
export type { Plan, PlanModel, PlanSource, Task, TaskKind } from "./plan/plan.js";
export { jobResults } from "./report/results.js";
export { type JobStatus, jobStatus } from "./report/status.js";
export { type JobProblem, type JobVerification, type VerifyOptions, verifyJob } from "./report/verify.js";
export { type RetryOptions, retryFailures } from "./retry-failures.js";
export { type RayCluster, type RayOptions, runOnRay } from "./run/ray.js";
export { type RunJobOptions, runJob } from "./run/run-job.js";
export { workOn } from "./run/work.js";
export { type Job, type OpenJobOptions, openJob } from "./shard/job.js";
export type { Marker, Poison } from "./shard/marker.js";
export { runShard } from "./shard/run-shard.js";
export type { ShardOutcome } from "./shard/shard-outcome.js";
export type { ShardRow } from "./shard/shard-row.js";
export { type TelemetryApi, useTelemetry } from "./telemetry.js";
