import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A repository that the server holds. */
export interface ServedRepo {
  readonly type: "model" | "dataset";
  readonly name: string;
  /** By branch, tag or pull request. */
  readonly revisions: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  /** Without this token, 401. */
  readonly token?: string;
  /** 403 with any token. */
  readonly gated?: boolean;
}

interface ServedRequest {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers in place of the server if it returns true. */
export type Intercept = (
  request: ServedRequest,
  response: ServerResponse,
  incoming: IncomingMessage,
) => boolean | Promise<boolean>;

/** A hub on this machine: its API on one port, the storage that it redirects to on another. */
export interface HubServer {
  readonly endpoint: string;
  readonly requests: ServedRequest[];
  intercept: Intercept | undefined;
  close(): Promise<void>;
}

/** Files of at least so many bytes are kept outside git, as `*.onnx` is on the hub. */
const largeFrom = 2_000;
/** Entries of a tree in one answer, so that every listing needs a second. */
const pageSize = 3;

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

export function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** The commit of some files: the same files always have the same. */
export function commitOf(files: Readonly<Record<string, Buffer>>): string {
  const hash = createHash("sha1");
  for (const path of Object.keys(files).sort()) hash.update(`${path}\0`).update(files[path]!);
  return hash.digest("hex");
}

function isLarge(content: Buffer): boolean {
  return content.length >= largeFrom;
}

/** What git holds in place of a large file. */
function pointerOf(content: Buffer): Buffer {
  const lines = [
    "version https://git-lfs.github.com/spec/v1",
    `oid sha256:${sha256(content)}`,
    `size ${content.length}`,
  ];
  return Buffer.from(`${lines.join("\n")}\n`);
}

export async function startHubServer(repos: readonly ServedRepo[]): Promise<HubServer> {
  const requests: ServedRequest[] = [];
  const hub: HubServer = { endpoint: "", requests, intercept: undefined, close: async () => {} };
  const contents = new Map(
    repos
      .flatMap(({ revisions }) => Object.values(revisions))
      .flatMap((files) => Object.values(files).map((c) => [sha256(c), c])),
  );
  const respond =
    (server: ServedRequest["server"], answer: (request: IncomingMessage, response: ServerResponse) => void) =>
    async (incoming: IncomingMessage, response: ServerResponse) => {
      const { range, authorization } = incoming.headers;
      const request = { server, method: incoming.method!, path: incoming.url!, range, authorization };
      requests.push(request);
      if (!(await hub.intercept?.(request, response, incoming))) answer(incoming, response);
    };
  const storage = createServer(
    respond("storage", (request, response) => {
      const content = contents.get(request.url!.slice(1));
      if (content) sendContent(request, response, content, {});
      else response.writeHead(404).end();
    }),
  );
  const storageUrl = await listen(storage);
  const api = createServer(
    respond("hub", (request, response) => answerHub(request, response, repos, storageUrl)),
  );
  const endpoint = await listen(api);
  const close = async () => {
    for (const server of [api, storage]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  };
  return Object.assign(hub, { endpoint, close });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Route {
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly revision: string;
  readonly path: string;
}

/** `resolve` sends on: to `resolve-cache` for a small file, to the storage for a large one. */
const routes = [
  /^\/api\/(?<type>model|dataset)s\/(?<name>[^/]+\/[^/]+)\/(?<kind>revision|tree)\/(?<revision>[^?]+)/,
  /^\/api\/(?<kind>resolve-cache)\/(?<type>model|dataset)s\/(?<name>[^/]+\/[^/]+)\/(?<revision>[^/]+)\/(?<path>[^?]+)/,
  /^\/(?:(?<type>dataset)s\/)?(?<name>[^/]+\/[^/]+)\/(?<kind>resolve)\/(?<revision>[^/]+)\/(?<path>[^?]+)/,
];

function routeOf(url: string): Route | undefined {
  const groups = routes.map((route) => route.exec(url)?.groups).find((found) => found !== undefined);
  if (!groups) return undefined;
  const { kind = "", type = "model", name = "", revision = "", path = "" } = groups;
  return { kind, type, name, revision: decodeURIComponent(revision), path: decodeURIComponent(path) };
}

function answerHub(
  request: IncomingMessage,
  response: ServerResponse,
  repos: readonly ServedRepo[],
  storageUrl: string,
): void {
  const route = routeOf(request.url!);
  const repo = repos.find(({ type, name }) => type === route?.type && name === route.name);
  const refusal = repo ? refusalOf(repo, request) : ([404, "RepoNotFound", "Repository not found"] as const);
  const found = repo && revisionOf(repo, route!.revision);
  if (refusal) fail(response, ...refusal);
  else if (!found) fail(response, 404, "RevisionNotFound", "Invalid rev id");
  else if (route!.kind === "revision") sendJson(response, describe(repo!, found));
  else if (route!.kind === "tree") sendTree(request, response, found.files);
  else answerFile(request, response, route!, found, storageUrl);
}

function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  { kind, type, name, path }: Route,
  { commit, files }: Found,
  storageUrl: string,
): void {
  const content = files[path];
  const headers = { "x-repo-commit": commit };
  const small = `/api/resolve-cache/${type}s/${name}/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
  if (!content) fail(response, 404, "EntryNotFound", "Entry not found", headers);
  else if (kind === "resolve-cache") sendContent(request, response, content, headers);
  else redirect(response, content, commit, isLarge(content) ? `${storageUrl}/${sha256(content)}` : small);
}

function refusalOf(
  repo: ServedRepo,
  { headers }: IncomingMessage,
): readonly [number, string, string] | undefined {
  if (repo.gated) return [403, "GatedRepo", `Access to ${repo.type} ${repo.name} is restricted`];
  if (!repo.token || headers.authorization === `Bearer ${repo.token}`) return undefined;
  return [
    401,
    "",
    headers.authorization ? "Invalid credentials in Authorization header" : "Invalid username or password.",
  ];
}

interface Found {
  readonly commit: string;
  readonly files: Readonly<Record<string, Buffer>>;
}

function revisionOf(repo: ServedRepo, revision: string): Found | undefined {
  for (const [name, files] of Object.entries(repo.revisions)) {
    const commit = commitOf(files);
    if (revision === name || revision === commit) return { commit, files };
  }
  return undefined;
}

function describe(repo: ServedRepo, { commit, files }: Found): object {
  const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
  const facts = {
    private: false,
    gated: false,
    downloads: 1,
    likes: 0,
    lastModified: "2024-01-01T00:00:00.000Z",
  };
  return { _id: "0", id: repo.name, sha: commit, siblings, tags: [], ...facts };
}

function sendTree(request: IncomingMessage, response: ServerResponse, files: Found["files"]): void {
  const url = new URL(request.url!, `http://${request.headers.host}`);
  const start = Number(url.searchParams.get("cursor") ?? 0);
  const entries = [
    ...foldersOf(files),
    ...Object.entries(files).map(([path, content]) => entryOf(path, content)),
  ];
  const next = start + pageSize;
  url.searchParams.set("cursor", String(next));
  const link: Record<string, string> = next < entries.length ? { link: `<${url.href}>; rel="next"` } : {};
  sendJson(response, entries.slice(start, next), link);
}

function foldersOf(files: Found["files"]): object[] {
  const folders = new Set(
    Object.keys(files).flatMap((path) => (path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [])),
  );
  return [...folders].map((path) => ({ type: "directory", oid: blobId(Buffer.from(path)), size: 0, path }));
}

function entryOf(path: string, content: Buffer): object {
  const size = content.length;
  if (!isLarge(content)) return { type: "file", oid: blobId(content), size, path };
  const pointer = pointerOf(content);
  const lfs = { oid: sha256(content), size, pointerSize: pointer.length };
  return { type: "file", oid: blobId(pointer), size, lfs, path };
}

function redirect(response: ServerResponse, content: Buffer, commit: string, location: string): void {
  const etag = `"${isLarge(content) ? sha256(content) : blobId(content)}"`;
  const headers = { "x-repo-commit": commit, "x-linked-etag": etag, "x-linked-size": content.length };
  response.writeHead(isLarge(content) ? 302 : 307, { ...headers, location, "accept-ranges": "bytes" }).end();
}

function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  headers: Record<string, string>,
): void {
  const etag = `"${isLarge(content) ? sha256(content) : blobId(content)}"`;
  const common = { ...headers, etag, "accept-ranges": "bytes", "content-type": "application/octet-stream" };
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? -1);
  const body = start < 0 ? content : content.subarray(start);
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(start < 0 ? 200 : 206, {
    ...common,
    ...(start < 0 ? {} : range),
    "content-length": body.length,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response
    .writeHead(200, { "content-type": "application/json; charset=utf-8", ...headers })
    .end(JSON.stringify(value));
}

function fail(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const marks = { ...(code && { "x-error-code": code }), "x-error-message": message };
  response.writeHead(status, { "content-type": "application/json", ...marks, ...headers });
  response.end(JSON.stringify({ error: message }));
}
