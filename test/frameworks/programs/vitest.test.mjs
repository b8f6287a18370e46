import { expect, test } from "vitest";
import { classifyWithIndex } from "./label-index.mjs";

test("classifies with a label index", async () => {
  const labels = await classifyWithIndex("idx");
  console.log(labels);
  expect(labels).toBe("bus cup");
}, 60_000);
