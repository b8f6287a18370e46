import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // What comes in a moment comes later on a busy machine: one second is vitest's own.
    expect: { poll: { timeout: 20_000 } },
    pool: "forks",
    // Vitest leaves one core free; many tests only wait for a process that they started.
    maxWorkers: "100%",
  },
});
