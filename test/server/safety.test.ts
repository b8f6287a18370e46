import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { pino } from "pino";
import { Agent, request } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { addKey, readKeys, removeKey, watchKeys } from "../../src/server/access/key-file.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { form, listeningAt, sample, serverWith } from "./harness.js";
import { photosTable } from "./photos.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-safety-"));
afterAll(() => rm(folder, { recursive: true }));
const bus = await sample("bus");

/** What the server answers to bytes, until it closes the connection or is quiet. */
async function raw(url: string, text: string, quiet = 3000): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.on("error", () => {});
  socket.write(text);
  await Promise.race([once(socket, "close"), new Promise((resolve) => setTimeout(resolve, quiet))]);
  socket.destroy();
  return answer;
}

/** A PNG file that says how large it is, and holds no pixels. */
function emptyPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const data = chunk("IDAT", deflateSync(Buffer.alloc(100)));
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", head), data, chunk("IEND", Buffer.alloc(0))]);
}

describe.skipIf(spawnSync("openssl", ["version"]).status !== 0)("TLS [needs openssl]", () => {
  it("is what the server speaks with a certificate and its key, and nothing else then", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const made =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
    const names = ["-addext", "subjectAltName=IP:127.0.0.1"];
    spawnSync("openssl", [...made.split(" "), ...names, "-keyout", key, "-out", cert]);
    const tls = { cert: await readFile(cert), key: await readFile(key) };
    const url = await listeningAt(await serverWith({ tls }));
    expect(url).toMatch(/^https:/);
    const agent = new Agent({ connect: { ca: tls.cert } });
    const answer = await request(`${url}/healthz`, { dispatcher: agent });
    expect([answer.statusCode, await answer.body.json()]).toEqual([200, { status: "ok" }]);
    await agent.close();
    await expect(fetch(url.replace("https:", "http:"))).rejects.toThrow();
  });
});

describe("names", () => {
  it("are those of the server: no other Host, as after DNS rebinding", async () => {
    const app = await serverWith({ hostNames: ["pictures.lan"] });
    const ask = async (host: string) => (await app.inject({ url: "/healthz", headers: { host } })).statusCode;
    for (const host of ["localhost:80", "127.0.0.1:8080", "[::1]:8080", "pictures.lan", "PICTURES.LAN:80"]) {
      expect([host, await ask(host)]).toEqual([host, 200]);
    }
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"]) {
      expect([host, await ask(host)]).toEqual([host, 403]);
    }
  });

  it("let pages of other origins neither call nor read, unless one is allowed", async () => {
    const app = await serverWith({ corsOrigins: ["https://page.example"] });
    const ask = (origin: string) =>
      app.inject({
        method: "POST",
        url: "/v1/classify",
        headers: { origin, host: "localhost" },
        payload: {},
      });
    expect((await ask("https://evil.example")).json().code).toBe("HOST_REFUSED");
    expect((await ask("null")).json().code).toBe("HOST_REFUSED");
    expect((await ask("http://localhost")).json().code).toBe("REQUEST_INVALID");
    const allowed = await ask("https://page.example");
    expect([allowed.json().code, allowed.headers["access-control-allow-origin"]]).toEqual([
      "REQUEST_INVALID",
      "https://page.example",
    ]);
    expect(
      (
        await (
          await serverWith()
        ).inject({
          method: "OPTIONS",
          url: "/v1/classify",
          headers: { origin: "https://page.example", "access-control-request-method": "POST" },
        })
      ).headers["access-control-allow-origin"],
    ).toBeUndefined();
  });

  it("come with headers that keep pages from running anything else", async () => {
    const { headers } = await (await serverWith()).inject("/docs");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  });
});

describe("keys", () => {
  it("are hashed at rest, found by their secret, and gone once removed", async () => {
    const file = join(folder, "keys.json");
    const { key, secret } = await addKey(file, { name: "page", scopes: ["read"] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(readKeys(file))).not.toContain(secret);
    const keys = watchKeys(file);
    expect(keys.find(secret)?.id).toBe(key.id);
    expect([keys.find(`${secret}x`), keys.find(""), keys.find(key.id)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await removeKey(file, key.id)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(keys.find(secret)).toBeUndefined();
  });

  it("are compared by their hashes, all of them in full, whatever secret comes", async () => {
    const file = join(folder, "many.json");
    const secrets: string[] = [];
    for (const name of ["first", "second", "third"])
      secrets.push((await addKey(file, { name, scopes: ["read"] })).secret);
    const keys = watchKeys(file);
    const compared: [string, string][] = [];
    const { timingSafeEqual } = crypto;
    crypto.timingSafeEqual = (a, b) => {
      compared.push([Buffer.from(a as Buffer).toString("hex"), Buffer.from(b as Buffer).toString("hex")]);
      return timingSafeEqual(a, b);
    };
    syncBuiltinESMExports();
    try {
      const hashes = readKeys(file).map(({ hash }) => hash);
      const [first = "", , third = ""] = secrets;
      // Right, nearly right at either end, a part, more, another length, nothing: what is done is the same.
      const nearly = [`${first.slice(0, -1)}!`, `!${first.slice(1)}`, first.slice(0, 20), `${first}x`];
      for (const secret of [...secrets, ...nearly, third.toUpperCase(), "x", "", "x".repeat(10_000)]) {
        compared.length = 0;
        const found = keys.find(secret)?.name;
        expect([secret, found]).toEqual([secret, ["first", "second", "third"][secrets.indexOf(secret)]]);
        const hash = crypto.createHash("sha256").update(secret).digest("hex");
        expect(compared).toEqual(hashes.map((stored) => [stored, hash]));
      }
    } finally {
      crypto.timingSafeEqual = timingSafeEqual;
      syncBuiltinESMExports();
    }
  });

  it("have scopes and rates, and leave a line for each write", async () => {
    const file = join(folder, "scoped.json");
    const reader = (await addKey(file, { name: "reader", scopes: ["read"], perMinute: 3 })).secret;
    const writer = (await addKey(file, { name: "writer", scopes: ["write"] })).secret;
    const lines: Record<string, unknown>[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const labelSets = await openLabelSets(join(folder, "sets"));
    const app = await serverWith({ keys: watchKeys(file), logger, labelSets });
    const headers = (secret: string) => ({ authorization: `Bearer ${secret}` });
    const put = (secret: string) =>
      app.inject({
        method: "PUT",
        url: "/v1/label-sets/a",
        payload: { labels: ["x"] },
        headers: headers(secret),
      });
    expect((await put(reader)).json().code).toBe("KEY_SCOPE");
    expect((await put(writer)).statusCode).toBe(200);
    const audit = lines.filter((line) => line.audit);
    expect(audit).toMatchObject([
      { status: 403 },
      { keyName: "writer", method: "PUT", url: "/v1/label-sets/a", status: 200 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(writer);
    const list = () => app.inject({ url: "/v1/label-sets", headers: headers(reader) });
    const answers = [await list(), await list(), await list(), await list()];
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 200, 429]);
    const refused = answers.find(({ statusCode }) => statusCode === 429)!;
    expect(refused.json().code).toBe("SERVER_BUSY");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await app.inject({ url: "/healthz", headers: headers(reader) })).statusCode).toBe(200);
  });
});

describe("limits", () => {
  const small = { bodyBytes: 300_000, pictureBytes: 200_000, bodyBytesAtOnce: 500_000, pictures: 2 };

  it("hold for bodies, pictures and their number, and leave the connection usable", async () => {
    const url = await listeningAt(await serverWith({ limits: small }));
    const post = async (body: FormData | Buffer, type?: string) => {
      const headers = type ? { "content-type": type } : undefined;
      const response = await fetch(`${url}/v1/classify?labels=a,b`, {
        method: "POST",
        body: body as FormData,
        ...(headers && { headers }),
      });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    const large = Buffer.alloc(250_000, 1);
    expect(await post(large, "image/png")).toEqual([413, "REQUEST_TOO_LARGE"]);
    expect(await post(form({ "a.png": large }, { labels: "a,b" }))).toEqual([200, undefined]);
    expect(await post(Buffer.alloc(400_000, 32), "application/json")).toEqual([413, "REQUEST_TOO_LARGE"]);
    const three = form({ "a.png": bus, "b.png": bus, "c.png": bus }, { labels: "a,b" });
    expect(await post(three)).toEqual([413, "REQUEST_TOO_LARGE"]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("hold for whole forms, also where their length is not said before", async () => {
    const url = await listeningAt(await serverWith({ limits: { ...small, pictures: 20 } }));
    const post = async (body: FormData, isChunked: boolean) => {
      const whole = new Response(body);
      const response = await fetch(`${url}/v1/classify`, {
        method: "POST",
        headers: { "content-type": whole.headers.get("content-type")! },
        ...(isChunked ? { body: whole.body, duplex: "half" } : { body: await whole.blob() }),
      } as RequestInit);
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    const pictures = form(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at}.png`, bus])));
    const texts = form({}, { labels: "a".repeat(200_000), templates: "b".repeat(200_000) });
    for (const isChunked of [false, true]) {
      expect(await post(pictures, isChunked)).toEqual([413, "REQUEST_TOO_LARGE"]);
      expect(await post(texts, isChunked)).toEqual([413, "REQUEST_TOO_LARGE"]);
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("hold for pixels, which are looked at before any is decoded, and for the parts of a form", async () => {
    const app = await serverWith();
    const post = async (form: FormData) => {
      const body = new Response(form);
      return app.inject({
        method: "POST",
        url: "/v1/classify?labels=a,b",
        headers: { "content-type": body.headers.get("content-type")! },
        payload: Buffer.from(await body.arrayBuffer()),
      });
    };
    const answer = await post(
      form({ "huge.png": emptyPng(30_000, 30_000), "bus.png": bus }, { labels: "a,b" }),
    );
    const [huge, other] = answer.json().results;
    expect([huge.error.code, other.predictions.length]).toEqual(["IMAGE_TOO_LARGE", 2]);
    const fields = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`field${at}`, "a"]));
    const many = await post(form({ "bus.png": bus }, fields));
    expect([many.statusCode, many.json().code]).toEqual([413, "REQUEST_TOO_LARGE"]);
  });

  it("hold for headers and slow clients", async () => {
    const url = await listeningAt(await serverWith({ limits: { headerBytes: 4096, secondsToReceive: 1 } }));
    const head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n";
    expect(await raw(url, `${head}X: ${"a".repeat(5000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 [\s\S]*REQUEST_TOO_LARGE/,
    );
    const slow = await raw(
      url,
      `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      5000,
    );
    expect(slow).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(url, "POST /v1/classify HTTP/1.1\r\nHost: local", 5000)).toMatch(/^HTTP\/1.1 408 /);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("hold for clients that send nothing, or a little now and then", async () => {
    const limits = { seconds: 1, secondsToReceive: 1 };
    const url = await listeningAt(await serverWith({ limits }));
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    const dripping = connect(Number(new URL(url).port), "127.0.0.1");
    dripping.on("error", () => {});
    dripping.write("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
    const timer = setInterval(() => dripping.write("a"), 100);
    await Promise.all([once(socket.resume(), "close"), once(dripping.resume(), "close")]);
    clearInterval(timer);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("hold for what is no HTTP, or is two requests in one", async () => {
    const url = await listeningAt(await serverWith());
    expect(await raw(url, "GARBAGE\r\n\r\n")).toMatch(/^HTTP\/1.1 400 [\s\S]*"REQUEST_INVALID"/);
    const smuggled =
      "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(await raw(url, smuggled)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(url, "GET /healthz HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("strings of requests", () => {
  it("name no file of the server, wherever a picture may stand", async () => {
    const path = fileURLToPath(new URL("../../samples/bus.png", import.meta.url));
    const { table } = await photosTable();
    const explainer = createExplainer("mini");
    const app = await serverWith({
      tables: new Map([["photos", table]]),
      explainers: new Map([["mini", explainer]]),
    });
    const clip = JSON.stringify({ clip: { visual: { modelName: "mini" } } });
    for (const image of [path, `file://${path}`, `data:image/png;base64,${path}`, `data:,${path}`]) {
      const url = (url: string, payload: object) => app.inject({ method: "POST", url, payload });
      const answers = [
        await url("/v1/classify", { labels: ["bus"], images: [image] }),
        await url("/v1/classify", { labels: ["bus"], images: [{ name: image, data: image }] }),
        await url("/v1/embed", { images: [image] }),
        await url("/v1/explain", { labels: ["bus"], images: [image] }),
        await url("/v1/search", { query: [{ image }] }),
        await url("/v1/embeddings", { input: [{ image }] }),
        await url("/v1/embeddings", { input: [{ url: image }] }),
        await url("/v1/embeddings", { input: [{ bytes: image }] }),
        await url("/v1/embeddings", { input: image, modality: "image" }),
        await url("/v1/embeddings", { messages: [{ content: [{ image_url: { url: image } }] }] }),
        await url("/hf/mini", { inputs: { image }, parameters: { candidate_labels: ["bus"] } }),
        await url("/hf/mini", { inputs: image, parameters: { candidate_labels: ["bus"] } }),
        await url("/knn-service", { image, indice_name: "photos" }),
        await url("/knn-service", { image_url: image, indice_name: "photos" }),
      ];
      for (const each of ["image", "entries", "text", "labels"]) {
        const body = new Response(form({}, { [each]: image, ...(each === "image" && { entries: clip }) }));
        answers.push(
          await app.inject({
            method: "POST",
            url: "/predict",
            headers: { "content-type": body.headers.get("content-type")! },
            payload: Buffer.from(await body.arrayBuffer()),
          }),
        );
      }
      for (const { statusCode, body } of answers) {
        const told = JSON.parse(body);
        const isRecord =
          statusCode === 200 && told.results?.length === 1 && told.results[0].error !== undefined;
        expect([body, isRecord || (statusCode >= 400 && statusCode < 500)]).toEqual([body, true]);
      }
    }
    await explainer.close();
  });
});

describe("errors", () => {
  it("tell of no path and no stack, and the log joins them by the request's id", async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const secret = "/home/somebody/secret";
    const app = await serverWith({
      logger,
      labelSets: { list: () => Promise.reject(new Error(`${secret} is broken`)) } as never,
    });
    const answer = await app.inject("/v1/label-sets");
    expect([answer.statusCode, answer.json().code]).toEqual([500, "INTERNAL"]);
    expect(answer.body).not.toMatch(/secret|node_modules|\.ts|at /);
    const told = lines.find((line) => line.includes(secret));
    expect(JSON.parse(told!).reqId).toBe(answer.json().requestId);
    expect(answer.headers["x-request-id"]).toBe(answer.json().requestId);
    const url = "/v1/classify";
    const images = [bus.toString("base64")];
    await app.inject({ method: "POST", url, payload: { labels: ["a"], images } });
    expect(lines.join("")).not.toContain(images[0]!.slice(0, 40));
  });
});
