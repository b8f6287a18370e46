import { expect, it } from "vitest";
import { labelSet } from "../../src/labels/set/label-set.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { sample } from "./harness.js";

/** A thread that is ended while its network runs ends the process, and this test with it. */
it("ends a thread that is at work once it has done what it began, whoever gave that up", async () => {
  const request = { picture: await sample("bus"), labels: labelSet(["bus"]), templates: ["a {label}"] };
  for (const milliseconds of [0, 60, 120, 200, 300, 400, 500]) {
    const explainer = createExplainer("mini");
    const stop = new AbortController();
    const asked = [explainer.explain(request, stop.signal), explainer.explain(request, stop.signal)];
    const outcomes = Promise.allSettled(asked);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    stop.abort(new Error("gone"));
    await explainer.close();
    for (const outcome of await outcomes) {
      if (outcome.status === "rejected") expect(String(outcome.reason)).toContain("gone");
      else expect(outcome.value).toContain("bus");
    }
  }
});
