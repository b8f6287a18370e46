import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { loadModel } from "../../src/index.js";
import { createApp, type ServerApp, type ServerParts } from "../../src/server/app.js";

/** The built-in model, in this thread: what it says does not depend on where it runs. */
export const mini = await loadModel("mini");
const opened: ServerApp[] = [];

afterAll(async () => {
  for (const app of opened) await app.close();
  await mini.close();
});

/** A server over the built-in model, to be asked by `inject`. */
export async function serverWith(parts: Partial<ServerParts> = {}): Promise<ServerApp> {
  const app = await createApp({ models: { mini }, ...parts });
  opened.push(app);
  return app;
}

/** The same at a real port: its address, without a slash at the end. */
export async function listeningAt(app: ServerApp): Promise<string> {
  return app.listen({ host: "127.0.0.1", port: 0 });
}

export const sample = (name: string): Promise<Buffer> =>
  readFile(fileURLToPath(new URL(`../../samples/${name}.png`, import.meta.url)));

/** A form with files and other fields, as browsers and curl send it. */
export function form(files: Readonly<Record<string, Buffer>>, fields: Readonly<Record<string, string>> = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, bytes] of Object.entries(files))
    data.append("image", new Blob([new Uint8Array(bytes)]), name);
  return data;
}
