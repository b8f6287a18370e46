import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What comes in a moment comes later on a busy machine: one second is vitest's own.
    expect: { poll: { timeout: 20_000 } },
    pool: "forks",
    // More than there are processors: many tests wait for stores, engines and programs that they started.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    sequence: { sequencer: LongestFirst },
  },
});
