import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { hasPackage, PYTHON } from "./engine-run.js";

it.each(["kubernetes", "aws-batch"])("the example for %s is YAML whose worker is ours", async (name) => {
  const text = await readFile(`examples/jobs/${name}.yaml`, "utf8");
  expect(JSON.stringify(parse(text))).toContain('["jobs","run-shard","--plan","s3://bucket/run"');
});

const python = (...args: string[]) => execFileSync(PYTHON, args, { encoding: "utf8" });

/** The first release in which an index can fail by itself without a feature gate, and a later one. */
const RELEASES = ["1.33", "1.36"];

describe.skipIf(!hasPackage("kubernetes_validate"))(
  "Kubernetes (needs PYTHON with kubernetes-validate)",
  () => {
    it.each(RELEASES)("%s takes the job by its schema, without a field that it does not know", (release) => {
      const check = `import kubernetes_validate, yaml
with open("examples/jobs/kubernetes.yaml") as file:
    kubernetes_validate.validate(yaml.safe_load(file), "${release}", strict=True)
print("valid")`;
      expect(python("-c", check)).toBe("valid\n");
    });
  },
);

describe.skipIf(!hasPackage("cfnlint"))("CloudFormation (needs PYTHON with cfn-lint)", () => {
  it("takes the template by Amazon's schemas", () => {
    const check = `from pathlib import Path
from cfnlint.api import lint_file
print([str(match) for match in lint_file(Path("examples/jobs/aws-batch.yaml"))])`;
    expect(python("-c", check)).toBe("[]\n");
  });
});
