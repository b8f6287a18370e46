import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { NearlabelError, optionError, systemErrorCode } from "../errors.js";
import { walk } from "../files/folders.js";
import type { HubOptions } from "../hub/options.js";
import { isDatasetId } from "../hub/protocol/repo.js";
import { isObjectAddress } from "../objects/address.js";
import type { Dataset, DatasetOptions, DatasetOrigin } from "../rows/dataset.js";
import { isCifarFile, isCifarFolder, openCifar } from "./arrays/cifar.js";
import { openNpyPictures } from "./arrays/npy-pictures.js";
import {
  isEmbeddingFile,
  isEmbeddingFolder,
  openEmbeddingsDataset,
} from "./embeddings/embeddings-dataset.js";
import { isImageFolder, openImageFolder } from "./folders/image-folder.js";
import { openFolder } from "./folders/label-folders.js";
import { isManifest, openManifest } from "./folders/manifest.js";
import { isTar, isTarFolder, isTarPattern, openTarPattern, openWebdataset } from "./webdataset/webdataset.js";

/** How a data set is opened: what of it, and how the hub is asked. */
export type OpenDatasetOptions = DatasetOptions & HubOptions;

/** What is at a path, if anything. */
type Kind = "file" | "folder" | "special" | "object" | "nothing";

/** A format of data sets: how it is recognised, and how it is opened once it is. */
interface Format {
  readonly of: Kind;
  recognise(path: string): boolean | Promise<boolean>;
  open(path: string, options: OpenDatasetOptions): Promise<Dataset>;
  /** OpenDatasetOptions that it understands, besides `split`. */
  readonly options: readonly ChoosingOption[];
}

const CHOOSING_OPTIONS = ["config", "imageColumn", "labelColumn", "classNames", "labelsFile"] as const;
type ChoosingOption = (typeof CHOOSING_OPTIONS)[number];

const TABLE: ChoosingOption[] = ["config", "imageColumn", "labelColumn", "classNames"];
const COLUMNS: ChoosingOption[] = ["imageColumn", "labelColumn", "classNames"];
const LABELS: ChoosingOption[] = ["labelColumn", "classNames"];
const ARRAY: ChoosingOption[] = ["classNames", "labelsFile"];

/** The first that recognises a path opens it. */
const FORMATS: readonly Format[] = [
  { of: "nothing", recognise: isDatasetId, open: openHub, options: TABLE },
  { of: "nothing", recognise: isTarPattern, open: openTarPattern, options: COLUMNS },
  { of: "file", recognise: isParquet, open: openParquetFile, options: TABLE },
  { of: "file", recognise: isManifest, open: openManifest, options: COLUMNS },
  { of: "file", recognise: isTar, open: (path, o) => openWebdataset(path, false, o), options: COLUMNS },
  { of: "file", recognise: isEmbeddingFile, open: openEmbeddingsDataset, options: ["labelColumn"] },
  { of: "file", recognise: isNpy, open: openNpyPictures, options: ARRAY },
  { of: "file", recognise: isCifar, open: (path, o) => openCifar(path, false, o), options: LABELS },
  { of: "object", recognise: isParquet, open: openParquetFile, options: TABLE },
  { of: "object", recognise: isManifest, open: openManifest, options: COLUMNS },
  { of: "object", recognise: isTar, open: (path, o) => openWebdataset(path, false, o), options: COLUMNS },
  { of: "object", recognise: () => true, open: openObjects, options: TABLE },
  { of: "folder", recognise: isEmbeddingFolder, open: openEmbeddingsDataset, options: ["labelColumn"] },
  { of: "folder", recognise: isParquetFolder, open: openParquetFolder, options: TABLE },
  { of: "folder", recognise: isImageFolder, open: openImageFolder, options: COLUMNS },
  { of: "folder", recognise: isCifarFolder, open: (path, o) => openCifar(path, true, o), options: LABELS },
  {
    of: "folder",
    recognise: isTarFolder,
    open: (path, o) => openWebdataset(path, true, o),
    options: COLUMNS,
  },
  { of: "folder", recognise: () => true, open: (path, o) => openFolder(path, o.split), options: [] },
];

const EXPECTED =
  "Expected Parquet (.parquet), a list of pictures (.csv, .jsonl), webdataset shards (.tar), an array of pictures or of embeddings (.npy), CIFAR's binary files (.bin), or a folder of these or of class folders with pictures";

/** Files in which programs in Python keep embeddings. */
const ARRAYS = /\.(?:npz|pt|pth|pkl|pickle|h5|hdf5)$/i;
const AS_NPY =
  'Embeddings are read from .npy: np.save("x.npy", embeddings.astype("float32")), with a name for each row in x.txt, one a line';

/**
 * The data set at `path`: a file or folder in one of the formats of docs/datasets.md, or the id of one on the hub.
 * Only names, headers, footers, a data set card, and labels that lie in a file of their own are read.
 *
 * Throws `DATASET_NOT_FOUND` where nothing is at `path`, `DATASET_INVALID` where it is something else or has no
 * such split, configuration or column, and `OPTION_INVALID` for an option that its format does not have.
 */
export async function openDataset(path: string, options: OpenDatasetOptions = {}): Promise<Dataset> {
  checkClassNames(options.classNames);
  const kind = await kindOf(path);
  for (const format of FORMATS) {
    if (format.of !== kind || !(await format.recognise(path))) continue;
    refuseOthers(path, format, options);
    return { ...(await format.open(path, options)), origin: originOf(path, kind, options) };
  }
  throw kind === "nothing"
    ? new NearlabelError("DATASET_NOT_FOUND", `No data set at "${path}". ${EXPECTED}. Check the path.`)
    : new NearlabelError(
        "DATASET_INVALID",
        `"${path}" is not a data set. ${ARRAYS.test(path) ? AS_NPY : EXPECTED}.`,
      );
}

/** What is no file here is an address, a hub id or a pattern. */
function originOf(path: string, kind: Kind, options: OpenDatasetOptions): DatasetOrigin {
  const given = (["split", ...CHOOSING_OPTIONS] as const).filter((name) => options[name] !== undefined);
  const isHere = kind === "file" || kind === "folder" || isTarPattern(path);
  return {
    place: isHere ? resolve(path) : path,
    options: Object.fromEntries(given.map((name) => [name, options[name]])),
  };
}

/** Text would be taken for a list of its letters. */
function checkClassNames(names: unknown): void {
  if (names === undefined) return;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return;
  throw optionError("classNames", "an array of strings", names);
}

function refuseOthers(path: string, format: Format, options: OpenDatasetOptions): void {
  const other = CHOOSING_OPTIONS.find(
    (name) => options[name] !== undefined && !format.options.includes(name),
  );
  if (other === undefined) return;
  const known = ["split", ...format.options].join(", ");
  throw new NearlabelError(
    "OPTION_INVALID",
    `Option "${other}" does not apply to "${path}". Expected any of: ${known}. Leave it out.`,
  );
}

async function kindOf(path: string): Promise<Kind> {
  if (isObjectAddress(path)) return "object";
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "folder";
    return found.isFile() ? "file" : "special";
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return "nothing";
    const message = `Cannot read the data set "${path}" (${code ?? String(cause)}). Check its permissions.`;
    throw new NearlabelError("DATASET_NOT_FOUND", message, { cause });
  }
}

async function openHub(id: string, options: OpenDatasetOptions): Promise<Dataset> {
  const { openHubDataset } = await import("./parquet/hub.js");
  return await openHubDataset(id, options);
}

async function openObjects(address: string, options: OpenDatasetOptions): Promise<Dataset> {
  const { openObjectFolder } = await import("./objects/object-folder.js");
  return await openObjectFolder(address, options);
}

async function openParquetFolder(folder: string, options: OpenDatasetOptions): Promise<Dataset> {
  const files: string[] = [];
  for await (const { path } of walk(folder, isParquet)) {
    if (isParquet(path)) files.push(path);
  }
  const { openParquet } = await import("./parquet/parquet.js");
  return await openParquet(folder, files, options);
}

async function openParquetFile(path: string, options: OpenDatasetOptions): Promise<Dataset> {
  const { openParquet } = await import("./parquet/parquet.js");
  const dataset = await openParquet(dirname(path), [path], options);
  return { ...dataset, name: basename(path).replace(/\.parquet$/i, "") };
}

async function isParquetFolder(folder: string): Promise<boolean> {
  // A walk also gives folders that cannot be read.
  for await (const { path } of walk(folder, isParquet)) {
    if (isParquet(path)) return true;
  }
  return false;
}

function isParquet(name: string): boolean {
  return /\.parquet$/i.test(name);
}

function isNpy(name: string): boolean {
  return /\.npy$/i.test(name);
}

function isCifar(path: string): boolean {
  return isCifarFile(basename(path));
}
