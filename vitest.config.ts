import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    pool: "forks",
    // Vitest leaves one core free; many tests only wait for a process that they started.
    maxWorkers: "100%",
  },
});
