import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPictureFetcher } from "../../src/server/pictures/fetch-picture.js";
import { isPublicAddress } from "../../src/server/pictures/public-address.js";
import { sample, serverWith } from "./harness.js";
import { photosTable } from "./photos.js";

const bus = await sample("bus");
let files: Server;
let port: number;
let asked = 0;
let answering = 0;
let mostAtOnce = 0;

beforeAll(async () => {
  files = createServer((request, response) => {
    asked++;
    if (request.url === "/counted") {
      mostAtOnce = Math.max(mostAtOnce, ++answering);
      return void setTimeout(() => {
        answering--;
        response.end(bus);
      }, 50);
    }
    if (request.url === "/bus.png") return void response.end(bus);
    if (request.url === "/large") return void response.end(Buffer.alloc(300_000));
    if (request.url === "/here") return void response.writeHead(302, { location: "/bus.png" }).end();
    if (request.url === "/inside")
      return void response.writeHead(302, { location: "http://169.254.169.254/secret" }).end();
    if (request.url === "/half") {
      response.writeHead(200, { "content-length": bus.length }).write(bus.subarray(0, 1000));
      return void setTimeout(() => response.destroy(), 20);
    }
    if (request.url === "/slow") return void response.writeHead(200).write(bus.subarray(0, 1000));
    if (request.url === "/silent") return;
    if (request.url === "/round") return void response.writeHead(302, { location: "/round" }).end();
    response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(files, "listening");
  ({ port } = files.address() as AddressInfo);
});
afterAll(() => {
  files.closeAllConnections();
  files.close();
});

/** A server that fetches from names that lead to this machine, as if it were the internet. */
async function serverFetching(
  resolve = async () => ["127.0.0.1"],
  isAllowed: (address: string) => boolean = () => true,
  seconds = 10,
) {
  const fetcher = createPictureFetcher({
    hosts: [`pictures.test:${port}`, `127.0.0.1:${port}`],
    resolve,
    isAllowed,
    seconds,
  });
  const app = await serverWith({ fetcher, limits: { pictureBytes: 200_000 } });
  return async (path: string, host = `pictures.test:${port}`) => {
    const images = [`http://${host}${path}`];
    const answer = await app.inject({
      method: "POST",
      url: "/v1/classify",
      payload: { labels: ["bus", "cup"], images },
    });
    const told = answer.json();
    return told.code ?? outcomeOf(told.results[0]);
  };
}

interface Told {
  readonly id: string;
  readonly predictions?: readonly { readonly label: string }[];
  readonly embedding?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const outcomeOf = ({ error, embedding, predictions }: Told) =>
  error?.code ?? (embedding ? "embedded" : predictions![0]!.label);

it("tells addresses of the internet from all others", () => {
  for (const address of ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1"])
    expect(isPublicAddress(address)).toBe(true);
  const inside =
    "127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: fe80::1 fc00::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::1 localhost 1.2.3";
  for (const address of inside.split(" "))
    expect([address, isPublicAddress(address)]).toEqual([address, false]);
});

it("fetches nothing unless hosts are named", async () => {
  const app = await serverWith();
  const before = asked;
  const images = [`http://127.0.0.1:${port}/bus.png`];
  const answer = await app.inject({
    method: "POST",
    url: "/v1/classify",
    payload: { labels: ["bus"], images },
  });
  expect([outcomeOf(answer.json().results[0]), asked]).toEqual(["REQUEST_INVALID", before]);
});

describe("with hosts that are named", () => {
  it("fetches from them, and follows them on to themselves", async () => {
    const ask = await serverFetching();
    expect([await ask("/bus.png"), await ask("/here")]).toEqual(["bus", "bus"]);
    expect([await ask("/none"), await ask("/large"), await ask("/round")]).toEqual([
      "IMAGE_NOT_FOUND",
      "IMAGE_TOO_LARGE",
      "ADDRESS_REFUSED",
    ]);
  });

  describe("one of many that gives no picture", () => {
    const at = (path: string) => `http://pictures.test:${port}${path}`;
    const serverFor = async (limits = {}) =>
      serverWith({
        limits: { pictureBytes: 200_000, ...limits },
        fetcher: createPictureFetcher({
          hosts: [`pictures.test:${port}`],
          resolve: async () => ["127.0.0.1"],
          isAllowed: () => true,
        }),
      });
    const mixed = () => [
      at("/bus.png"),
      { name: "gone", data: at("/none") },
      at("/inside"),
      at("/large"),
      "http://other.test/bus.png",
      "not: base64",
      "data:image/png;base64,",
      at("/here"),
    ];
    const outcomes = [
      ...["bus", "IMAGE_NOT_FOUND", "ADDRESS_REFUSED", "IMAGE_TOO_LARGE", "ADDRESS_REFUSED"],
      ...["REQUEST_INVALID", "IMAGE_EMPTY", "bus"],
    ];

    it("is a record, in its place, and the others are classified", async () => {
      const app = await serverFor();
      const ask = (headers = {}) =>
        app.inject({
          method: "POST",
          url: "/v1/classify",
          headers,
          payload: { labels: ["bus", "cup"], images: mixed() },
        });
      const { results } = (await ask()).json() as { results: Told[] };
      expect(results.map(outcomeOf)).toEqual(outcomes);
      expect(results[1]).toMatchObject({
        id: "gone",
        error: { message: 'The address of picture "gone" answered with 404.' },
      });
      const lines = (await ask({ accept: "application/x-ndjson" })).body.trim().split("\n");
      const streamed = lines.map((line) => JSON.parse(line) as Told & { index: number });
      expect(streamed.sort((a, b) => a.index - b.index).map(outcomeOf)).toEqual(outcomes);
    });

    it("is a record beside the embeddings of the others", async () => {
      const app = await serverFor();
      const answer = await app.inject({ method: "POST", url: "/v1/embed", payload: { images: mixed() } });
      expect(answer.json().results.map(outcomeOf)).toEqual(
        outcomes.map((each) => (each === "bus" ? "embedded" : each)),
      );
    });

    it("refuses the embeddings of OpenAI's clients, who know no records, and says which", async () => {
      const app = await serverFor();
      for (const [image, code] of [
        [at("/none"), "IMAGE_NOT_FOUND"],
        ["data:image/png;base64,", "IMAGE_EMPTY"],
        [`data:image/png;base64,${bus.subarray(0, 900).toString("base64")}`, "IMAGE_CORRUPT"],
      ]) {
        const payload = { input: ["a bus", { image: at("/bus.png") }, { image }] };
        const answer = await app.inject({ method: "POST", url: "/v1/embeddings", payload });
        expect(answer.json().error).toMatchObject({ code, message: expect.stringMatching(/"2"|Input 2/) });
        expect(answer.json().detail).toBe(answer.json().error.message);
      }
    });
  });

  it("fetches eight of a request at a time, those of a search too", async () => {
    const { table } = await photosTable();
    const fetcher = createPictureFetcher({
      hosts: [`pictures.test:${port}`],
      resolve: async () => ["127.0.0.1"],
      isAllowed: () => true,
    });
    const app = await serverWith({ fetcher, tables: new Map([["photos", table]]) });
    const images = Array<string>(20).fill(`http://pictures.test:${port}/counted`);
    for (const [url, payload] of [
      ["/v1/embed", { images }],
      ["/v1/search", { query: images.map((image) => ({ image })) }],
    ] as const) {
      mostAtOnce = 0;
      expect([url, (await app.inject({ method: "POST", url, payload })).statusCode]).toEqual([url, 200]);
      expect([url, mostAtOnce]).toEqual([url, 8]);
    }
  });

  it("gives up what is cut off, and what takes longer than its time", async () => {
    const ask = await serverFetching(undefined, undefined, 0.3);
    expect([await ask("/half"), await ask("/slow"), await ask("/silent")]).toEqual(
      Array(3).fill("IMAGE_NOT_FOUND"),
    );
  });

  it("holds no more in memory than a body may have", async () => {
    const fetcher = createPictureFetcher({
      hosts: [`pictures.test:${port}`],
      resolve: async () => ["127.0.0.1"],
      isAllowed: () => true,
    });
    const app = await serverWith({ fetcher, limits: { bodyBytes: 2.5 * bus.length } });
    const images = Array(3).fill(`http://pictures.test:${port}/bus.png`);
    const answer = await app.inject({
      method: "POST",
      url: "/v1/classify",
      payload: { labels: ["bus"], images },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([413, "REQUEST_TOO_LARGE"]);
  });

  it("holds no more in memory for all requests together than they may have", async () => {
    const fetcher = createPictureFetcher({
      hosts: [`pictures.test:${port}`],
      resolve: async () => ["127.0.0.1"],
      isAllowed: () => true,
      seconds: 2,
    });
    const app = await serverWith({ fetcher, limits: { bodyBytesAtOnce: 3 * bus.length } });
    const ask = async (...paths: string[]) => {
      const images = paths.map((path) => `http://pictures.test:${port}${path}`);
      const payload = { labels: ["bus", "cup"], images };
      return app.inject({ method: "POST", url: "/v1/classify", payload });
    };
    // It has two pictures in memory while it waits for the third.
    const first = ask("/bus.png", "/bus.png", "/silent");
    let second = await ask("/bus.png", "/bus.png");
    while (second.statusCode === 200) second = await ask("/bus.png", "/bus.png");
    expect([second.statusCode, second.json().code]).toEqual([429, "SERVER_BUSY"]);
    expect((await first).json().results.map(outcomeOf)).toEqual(["bus", "bus", "IMAGE_NOT_FOUND"]);
    expect((await ask("/bus.png", "/bus.png")).json().results.map(outcomeOf)).toEqual(["bus", "bus"]);
  });

  it("does not go inside by a redirect, another host, a port or a name with a password", async () => {
    const ask = await serverFetching();
    expect(await ask("/inside")).toBe("ADDRESS_REFUSED");
    for (const host of ["other.test", "pictures.test", "pictures.test:1", `x:y@pictures.test:${port}`]) {
      expect([host, await ask("/bus.png", host)]).toEqual([host, "ADDRESS_REFUSED"]);
    }
  });

  it("does not go inside by a name that leads there, at once or when asked again", async () => {
    const before = asked;
    expect(await (await serverFetching(async () => ["127.0.0.1"], isPublicAddress))("/bus.png")).toBe(
      "ADDRESS_REFUSED",
    );
    expect(
      await (await serverFetching(async () => ["8.8.8.8", "10.0.0.1"], isPublicAddress))("/bus.png"),
    ).toBe("ADDRESS_REFUSED");
    expect(await (await serverFetching(undefined, isPublicAddress))("/bus.png", `127.0.0.1:${port}`)).toBe(
      "ADDRESS_REFUSED",
    );
    expect(asked).toBe(before);
    // The first answer is one of the internet and allowed; what it is asked for later does not count, for it is not asked again.
    let times = 0;
    const changing = async () => (times++ === 0 ? ["127.0.0.1"] : ["169.254.169.254"]);
    expect(await (await serverFetching(changing, (address) => address === "127.0.0.1"))("/bus.png")).toBe(
      "bus",
    );
    expect(times).toBe(1);
  });
});
