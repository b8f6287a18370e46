import { execFile, execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { temporaryFolder } from "../folders.js";

interface Answer {
  readonly status: number;
  readonly code: string;
}

/** What a store answers each request, as one does whose credentials, clock or load are wrong. */
let answer: Answer = { status: 200, code: "" };
/** Answers that come before, one each. */
let before: Answer[] = [];
let asked = 0;
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked++;
    const { status, code } = before.shift() ?? answer;
    request.resume().on("end", () => {
      response.writeHead(status, {
        "content-type": "application/xml",
        date: new Date().toUTCString(),
      });
      response.end(
        `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} it is</Message></Error>`,
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => server.close());

/** What the command says of the store, in a program of its own, as the client is kept once it is open. */
async function said(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { port } = server.address() as { port: number };
  const found = await promisify(execFile)(process.execPath, ["dist/bundle/nearlabel.js", "jobs", ...args], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_EC2_METADATA_DISABLED: "true",
      ...env,
    },
  }).catch((error) => error);
  return `${found.code} ${found.stderr}`;
}

const STATUS = ["status", "--plan", "s3://bucket/run"];

it.each([
  [403, "InvalidAccessKeyId", "OBJECTS_REFUSED", "does not know this access key"],
  [403, "SignatureDoesNotMatch", "OBJECTS_REFUSED", "the secret key is not the one"],
  [403, "AccessDenied", "OBJECTS_REFUSED", "may not do this"],
  [400, "ExpiredToken", "OBJECTS_REFUSED", "has run out"],
  [403, "RequestTimeTooSkewed", "OBJECTS_REFUSED", "clock of this machine is off"],
  [404, "NoSuchBucket", "OBJECTS_NOT_FOUND", "no such bucket"],
  [404, "NoSuchKey", "PLAN_NOT_FOUND", "there is no plan"],
  [400, "AuthorizationHeaderMalformed", "OBJECTS_REFUSED", "Set AWS_REGION"],
])("an answer %i %s is %s", async (status, code, expected, text) => {
  answer = { status, code };
  const output = await said(STATUS);
  expect(output).toMatch(/^2 /);
  expect(output).toContain(`${expected}:`);
  expect(output).toContain(text);
});

it.each([
  [404, "NoSuchBucket", "OBJECTS_NOT_FOUND", "no such bucket"],
  [403, "SignatureDoesNotMatch", "OBJECTS_REFUSED", "the secret key is not the one"],
  [403, "RequestTimeTooSkewed", "OBJECTS_REFUSED", "clock of this machine is off"],
])("an answer %i %s to who asks for a table is %s", async (status, code, expected, text) => {
  answer = { status, code };
  const run = join(await temporaryFolder(), "run");
  await planJob("samples", { out: run, limit: 1 });
  const output = await said(["commit", "--plan", run, "--table", "s3://bucket/photos"]);
  expect(output).toMatch(/^2 /);
  expect(output).toContain(`${expected}: s3://bucket/photos`);
  expect(output).toContain(text);
});

it("no credentials anywhere are told as that", async () => {
  const nothing = {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_PROFILE: "",
    HOME: await temporaryFolder(),
  };
  expect(await said(STATUS, nothing)).toContain("no credentials were found");
});

it("a profile and its endpoint are found as Amazon's tools find them", async () => {
  const { port } = server.address() as { port: number };
  const home = await temporaryFolder();
  execFileSync("mkdir", ["-p", `${home}/.aws`]);
  execFileSync("sh", [
    "-c",
    `printf '[profile lab]\\nregion = eu-north-1\\nendpoint_url = http://127.0.0.1:${port}\\n' > ${home}/.aws/config; printf '[lab]\\naws_access_key_id = a\\naws_secret_access_key = b\\n' > ${home}/.aws/credentials`,
  ]);
  answer = { status: 404, code: "NoSuchKey" };
  const before = asked;
  const nothing = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_REGION: undefined,
    AWS_ENDPOINT_URL: undefined,
  };
  expect(await said(STATUS, { ...nothing, AWS_PROFILE: "lab", HOME: home })).toContain("PLAN_NOT_FOUND");
  expect(asked).toBeGreaterThan(before);
});

it("an overloaded store is asked again until it answers", async () => {
  before = Array(7).fill({ status: 503, code: "SlowDown" });
  answer = { status: 404, code: "NoSuchKey" };
  expect(await said(STATUS)).toContain("PLAN_NOT_FOUND");
  expect(before).toEqual([]);
});
