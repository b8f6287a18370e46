import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest. Those that mostly wait, for engines and stores, stand between those that work the processors. */
const LONG = [
  "page/whole",
  "jobs/engines-ray",
  "interrupt",
  "jobs/object-label-sets",
  "docs",
  "jobs/seaweed",
  "package",
  "page/classify",
  "jobs/bad-store",
  "page/evaluate",
  "server/serve",
  "jobs/engines-slurm",
  "quantize-model",
  "page/same-in-code",
  "vector-index",
  "jobs/store-down",
  "cli",
  "ingest-faults",
  "page/tasks",
  "page/collection",
  "page/label-sets",
  "page/jobs",
  "server/clients/examples",
].map((name) => `test/${name}.test.ts`);

/** Starts the longest files first, so that none is left alone at the end. Others in the order of the last run, or by their size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONG.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONG.length : at;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
