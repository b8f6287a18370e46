/** Pictures that a person gave to the page: kept by the browser, so that an address that names them restores them. */
export interface KeptPicture {
  readonly name: string;
  readonly content: Blob;
}

/** The newest are kept. */
const MOST = 200;

let opened: Promise<IDBDatabase> | undefined;
/** For browsers that keep nothing, as private windows. */
const inMemory = new Map<string, KeptPicture>();

/** Keeps a picture, and gives the id that names it. */
export async function keepPicture(picture: KeptPicture): Promise<string> {
  const random = crypto.getRandomValues(new Uint8Array(6));
  // Ids grow with time, so that the oldest are the first.
  const id = `~${Date.now().toString(36)}${Array.from(random, (byte) => (byte % 36).toString(36)).join("")}`;
  inMemory.set(id, picture);
  await store("readwrite", (pictures) => pictures.put(picture, id)).catch(() => undefined);
  await forgetOldest().catch(() => undefined);
  return id;
}

/** The picture of an id, or undefined where this browser does not have it. */
export async function keptPicture(id: string): Promise<KeptPicture | undefined> {
  const known = inMemory.get(id);
  if (known) return known;
  return store<KeptPicture | undefined>("readonly", (pictures) => pictures.get(id)).catch(() => undefined);
}

async function forgetOldest(): Promise<void> {
  const ids = await store("readonly", (pictures) => pictures.getAllKeys());
  if (ids.length <= MOST) return;
  const last = ids[ids.length - MOST - 1]!;
  await store("readwrite", (pictures) => pictures.delete(IDBKeyRange.upperBound(last)));
}

async function store<T>(
  mode: IDBTransactionMode,
  ask: (pictures: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("nearlabel", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("pictures");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const request = ask((await opened).transaction("pictures", mode).objectStore("pictures"));
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
