import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codedError, ERRORS, type ErrorCode, NearlabelError } from "../src/errors.js";
import { nearlabel } from "./command-line.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "dist/bundle/nearlabel.js");

it("an error goes to another thread as JSON, and comes out the same", () => {
  const error = new NearlabelError("IMAGE_CORRUPT", "a.png is damaged.");
  const again = NearlabelError.fromJSON(structuredClone(error.toJSON()));
  expect(again).toBeInstanceOf(NearlabelError);
  expect(again).toMatchObject({ code: "IMAGE_CORRUPT", kind: "data", message: "a.png is damaged." });
  for (const wrong of [null, {}, { code: "NONE", message: "" }, { code: "toString", message: "" }]) {
    expect(() => NearlabelError.fromJSON(wrong as never)).toThrow(TypeError);
  }
});

it("no message is as long as what was given", () => {
  const error = new NearlabelError("DATASET_NOT_FOUND", `There is no ${"x".repeat(40_000)}. Check the path.`);
  expect(error.message.length).toBeLessThanOrEqual(2_000);
  expect(error.message).toMatch(/^There is no x+…x+\. Check the path\.$/);
});

describe("error codes", () => {
  it("are listed with their kinds in docs/errors.md, each once", () => {
    const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \| [^|]+ \| [^|]+ \|$/gm)];
    expect(rows).toHaveLength(Object.keys(ERRORS).length);
    const kinds = Object.entries(ERRORS).map(([code, { kind }]) => [code, kind]);
    expect(Object.fromEntries(rows.map(([, code, kind]) => [code, kind]))).toEqual(Object.fromEntries(kinds));
  });

  it("have a public message that is the same whatever the message holds", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const error = new NearlabelError(code, "/home/somebody/secret.png is not here");
      expect(error.publicMessage).toMatch(/^[A-Z][^/\\]+\.$/);
      expect(error.kind).toBe(ERRORS[code].kind);
    }
  });

  it("are given to what has none", () => {
    const cause = new TypeError("x is undefined");
    expect(codedError(cause)).toMatchObject({
      code: "INTERNAL",
      kind: "internal",
      message: cause.message,
      cause,
    });
    expect(codedError("thrown text")).toMatchObject({ code: "INTERNAL", message: "thrown text" });
    const coded = new NearlabelError("INPUT_EMPTY", "nothing");
    expect(codedError(coded)).toBe(coded);
  });
});

describe("a fault of the program itself", () => {
  it("is one line and exit code 70", async () => {
    const { exitCode, stderr } = await nearlabel(["models"], {
      onOutput() {
        throw new TypeError("x is undefined");
      },
    });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/^INTERNAL: x is undefined \(.*NEARLABEL_DEBUG=1.*\)\n$/);
  });

  it("is the same where nobody waits for the promise, and shows its stack when asked", () => {
    const rejects =
      "data:text/javascript,setInterval(() => process.listenerCount('uncaughtException') && Promise.reject(new TypeError('nobody waits')))";
    const args = ["--import", rejects, PROGRAM, "demo"];
    const plain = spawnSync(process.execPath, args, {
      encoding: "utf8",
      env: { ...process.env, NEARLABEL_DEBUG: "" },
    });
    expect(plain.status).toBe(70);
    expect(plain.stderr).toMatch(/^INTERNAL: nobody waits \(.*\)\n$/);
    const told = spawnSync(process.execPath, args, {
      encoding: "utf8",
      env: { ...process.env, NEARLABEL_DEBUG: "1" },
    });
    expect(told.stderr).toMatch(/INTERNAL: nobody waits\n[\s\S]*TypeError: nobody waits\n {4,}at /);
  });
});
