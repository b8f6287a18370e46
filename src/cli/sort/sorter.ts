import { createHash } from "node:crypto";
import { access, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import type { ImageSource } from "../../image/source.js";
import { folderName } from "./folder-name.js";
import { openSortLog, type SortLog } from "./log.js";
import { type Placeable, type Placing, placeable } from "./placeable.js";

export interface SortOptions {
  /** Folder that gets one folder a label, and `unknown` for pictures that show none of them. */
  readonly into: string;
  /** Hard links take no space, but both names are then the same file. */
  readonly by: Exclude<Placing, "write">;
  /** Only tells what would be done. */
  readonly dryRun: boolean;
  /** Where to write down what is done, for `nearlabel unsort`. */
  readonly undoFile?: string | undefined;
}

/** What became of a picture: put there, or there already with the same bytes. */
export type Sorted = "placed" | "there already";

/** Puts pictures into the folders of their labels, and can write down what it did. */
export interface Sorter {
  /**
   * Never overwrites: a file of that name with the same bytes is left as it is, one with other bytes gets company as
   * `name (2).jpg`.
   *
   * @throws NearlabelError `WRITE_FAILED`
   */
  sort(image: ImageSource, id: string | number, label: string): Promise<Sorted>;
  close(): Promise<void>;
}

/** What is known of the files of one name in one folder, so that each of them is read once in a run. */
interface Namesakes {
  /** `name (2).jpg` is the second. */
  next: number;
  readonly hashes: Set<string>;
  /** Placed in this run and not yet read. */
  readonly unread: Placeable[];
}

export function createSorter(options: SortOptions): Sorter {
  const { into, by, dryRun, undoFile } = options;
  const places = new Map<string, Namesakes>();
  let log: SortLog | undefined;
  const put = async (picture: Placeable, target: string) => {
    if (dryRun) return refuseExisting(target);
    await picture.put(target);
    if (undoFile === undefined) return;
    log ??= await openSortLog(undoFile);
    await log.add(picture, target, await stat(target));
  };
  return {
    async sort(image, id, label) {
      const folder = join(into, folderName(label));
      try {
        const picture = await placeable(image, id, by);
        if (!dryRun) await makeFolder(folder);
        return await place(picture, folder, places, put);
      } catch (cause) {
        if (cause instanceof NearlabelError) throw cause;
        const remedy = `Give a folder with space that may be written to${by === "link" ? ", on the disk of the pictures" : ""}.`;
        const message = `Could not put ${id} into ${folder}: ${reasonOf(cause)}. ${remedy}`;
        throw new NearlabelError("WRITE_FAILED", message, { cause });
      }
    },
    close: async () => log?.close(),
  };
}

async function place(
  picture: Placeable,
  folder: string,
  places: Map<string, Namesakes>,
  put: (picture: Placeable, target: string) => Promise<void>,
): Promise<Sorted> {
  const first = join(folder, picture.name);
  let namesakes = places.get(first);
  if (!namesakes) {
    if (await puts(picture, first, put)) {
      places.set(first, { next: 2, hashes: new Set(), unread: [picture] });
      return "placed";
    }
    namesakes = await namesakesOf(first);
    places.set(first, namesakes);
  }
  // A picture that was moved is read where it is now, so this comes before the next one is put anywhere.
  for (const earlier of namesakes.unread.splice(0))
    namesakes.hashes.add(hashOf(await readPlaced(earlier, first)));
  const hash = hashOf(await picture.read());
  if (namesakes.hashes.has(hash)) return "there already";
  while (!(await puts(picture, copyName(first, namesakes.next++), put)));
  namesakes.hashes.add(hash);
  return "placed";
}

/** What was first put at `target`: from there where it was moved, else from where it still is. */
function readPlaced(earlier: Placeable, target: string): Promise<Uint8Array> {
  return earlier.by === "move" ? readFile(target).catch(() => earlier.read()) : earlier.read();
}

/** The files `name.jpg`, `name (2).jpg` and so on that are there. */
async function namesakesOf(first: string): Promise<Namesakes> {
  const hashes = new Set<string>();
  for (let next = 1; ; next++) {
    const bytes = await readFile(copyName(first, next)).catch((error: unknown) => {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    });
    if (!bytes) return { next, hashes, unread: [] };
    hashes.add(hashOf(bytes));
  }
}

/** False where something is at `target` already. */
async function puts(
  picture: Placeable,
  target: string,
  put: (picture: Placeable, target: string) => Promise<void>,
): Promise<boolean> {
  try {
    await put(picture, target);
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    return false;
  }
}

async function refuseExisting(target: string): Promise<void> {
  const there = await access(target).then(
    () => true,
    () => false,
  );
  if (there) throw Object.assign(new Error(`${target} exists`), { code: "EEXIST" });
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

function copyName(first: string, copy: number): string {
  if (copy === 1) return first;
  const extension = extname(first);
  return join(first, "..", `${basename(first, extension)} (${copy})${extension}`);
}
