import { NearlabelError } from "../../errors.js";
import { isObject } from "../../files/json.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { Dataset, DatasetOptions, JsonValue } from "../../rows/dataset.js";
import { datasetOfParts, type ListedPart } from "../../rows/parts.js";
import { objectRow } from "../../rows/picture-row.js";
import { fileRows } from "../folders/file-rows.js";
import { isPicture, PICTURE_EXTENSIONS } from "../folders/picture-files.js";
import { splitOf } from "../splits.js";
import { isTar, openTarAddresses } from "../webdataset/webdataset.js";

/**
 * The data set below an address in an object store. The first object that is Parquet, a tar file or a picture says which of
 * these it consists of. Of pictures, the first name after the address is the label where there are further names; an id is the
 * address of the picture. With a split, what lies in the folder of that name is read, or of Parquet and tar files those whose names
 * have it.
 *
 * @throws NearlabelError `DATASET_NOT_FOUND` where nothing of these is there; `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`,
 * `OBJECTS_UNAVAILABLE`
 */
export async function openObjectFolder(address: string, options: DatasetOptions): Promise<Dataset> {
  const root = address.replace(/\/+$/, "");
  const kind = await kindOf(root);
  if (kind === "parquet") {
    const { openParquet } = await import("../parquet/parquet.js");
    return await openParquet(root, await addressesOf(root, isParquet), options);
  }
  if (kind === "tar") {
    const { split } = options;
    const all = await addressesOf(root, isTar);
    const shards =
      split === undefined ? all : all.filter((shard) => splitOf(shard.slice(root.length + 1)) === split);
    if (shards.length === 0) throw nothingAt(`${root} with the split ${split}`);
    return await openTarAddresses(root, shards, nameOf(root), options);
  }
  return pictures(options.split === undefined ? root : `${root}/${options.split}`);
}

function isParquet(name: string): boolean {
  return /\.parquet$/i.test(name);
}

async function kindOf(root: string): Promise<"parquet" | "tar" | "pictures"> {
  for await (const { key } of openObjectStore(`${root}/`).list("")) {
    if (isHidden(key)) continue;
    if (isParquet(key)) return "parquet";
    if (isTar(key)) return "tar";
    if (isPicture(key)) return "pictures";
  }
  throw nothingAt(root);
}

function nothingAt(place: string): NearlabelError {
  return new NearlabelError(
    "DATASET_NOT_FOUND",
    `No data set at ${place}. Expected Parquet (.parquet), webdataset shards (.tar) or pictures (.${PICTURE_EXTENSIONS.join(", .")}). Check the address.`,
  );
}

async function addressesOf(root: string, keep: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of openObjectStore(root).list("")) {
    if (keep(key) && !isHidden(key)) found.push(`${root}/${key}`);
  }
  return found;
}

/** As of files: a name that begins with a dot, and all in a folder with such a name. */
function isHidden(key: string): boolean {
  return /(?:^|\/)\./.test(key);
}

function nameOf(root: string): string {
  return root.split("/").at(-1)!;
}

/** A picture, by its key below the address of the data set. */
type PictureKey = { readonly file: string };

function pictures(root: string): Dataset {
  return datasetOfParts<PictureKey>(
    { name: nameOf(root) },
    {
      ...fileRows(
        () => listed(root),
        ({ file }, labelsOnly) => {
          const address = `${root}/${file}`;
          return objectRow(address, address, labelOf(file), { labelsOnly });
        },
      ),
      parse: parsedKey,
    },
  );
}

async function* listed(root: string): AsyncGenerator<ListedPart<PictureKey>> {
  for await (const { key } of openObjectStore(root).list("")) {
    if (isPicture(key) && !isHidden(key)) yield { key: { file: key }, size: 1 };
  }
}

function labelOf(file: string): string | undefined {
  const slash = file.indexOf("/");
  return slash < 0 ? undefined : file.slice(0, slash).normalize("NFC");
}

function parsedKey(value: JsonValue): ListedPart<PictureKey> | undefined {
  if (!isObject(value) || typeof value.file !== "string") return undefined;
  return { key: { file: value.file }, size: 1 };
}
