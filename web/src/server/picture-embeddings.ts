import type { Client } from "nearlabel/client";
import { useEffect, useSyncExternalStore } from "react";
import type { ChosenPicture } from "../chosen/pictures.js";
import { noticeFailure, useConnection } from "./server.js";

/** What is known of a picture: its embedding, or why it has none. Without either it is on its way. */
export interface EmbeddedPicture {
  readonly embedding?: Float32Array;
  readonly error?: unknown;
}

/** Requests at a time: the server puts pictures together that come so. */
const AT_ONCE = 4;

const listeners = new Set<() => void>();
let known: ReadonlyMap<string, EmbeddedPicture> = new Map();
const waiting: (() => Promise<void>)[] = [];
let running = 0;

/** Embeddings of pictures under a model, as they come. Each is asked for once; what failed for want of a server, again when it is back. */
export function usePictureEmbeddings(
  pictures: readonly ChosenPicture[],
  model: string | undefined,
): (picture: ChosenPicture) => EmbeddedPicture {
  const { client, tries } = useConnection();
  const now = useSyncExternalStore(subscribe, () => known);
  useEffect(() => {
    if (model === undefined) return;
    for (const picture of pictures) ask(client, picture, model);
  }, [client, tries, pictures, model]);
  return ({ id }) => now.get(`${model} ${id}`) ?? {};
}

function ask(client: Client, picture: ChosenPicture, model: string): void {
  const key = `${model} ${picture.id}`;
  const before = known.get(key);
  if (before && !isTemporary(before.error)) return;
  learn(key, {});
  waiting.push(async () => {
    try {
      const [result] = await client.embedPictures([await picture.file()], { model });
      learn(key, result!.error ? { error: result!.error } : { embedding: result!.embedding! });
    } catch (error) {
      noticeFailure(error);
      learn(key, { error });
    }
  });
  void work();
}

async function work(): Promise<void> {
  if (running >= AT_ONCE) return;
  running++;
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  running--;
}

/** The picture may still have an embedding. */
function isTemporary(error: unknown): boolean {
  const { code } = Object(error) as { code?: string };
  return ["SERVER_UNREACHABLE", "SERVER_BUSY", "SERVER_TIMEOUT", "KEY_INVALID"].includes(code ?? "");
}

function learn(key: string, embedded: EmbeddedPicture): void {
  known = new Map(known).set(key, embedded);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
