import { NearlabelError } from "../errors.js";

/**
 * The usual names of the three splits, as the Hugging Face hub knows them, in the order in which one is chosen
 * where none is asked for: what a data set is evaluated on comes first.
 */
const SPLIT_NAMES = {
  test: ["test", "testing", "eval", "evaluation"],
  validation: ["validation", "valid", "val", "dev"],
  train: ["train", "training"],
};

/** `train-00000-of-00004`, with or without a hash after it. */
const SHARD_NAME = /^(.+?)-\d{5}-of-\d{5}/;

/** Whether a folder or file of this name is a split: `train`, `val`, `test`, ... */
export function isSplitName(name: string): boolean {
  return usualName(name) !== undefined;
}

/**
 * The split that a file belongs to, by its path in the data set: from its name as a shard
 * (`data/train-00000-of-00001.parquet`), from a word of its name (`birds.val.parquet`), from the nearest folder
 * (`default/test/0000.parquet`), else `train`, which is what the hub calls files that name none.
 */
export function splitOf(path: string): string {
  const folders = path.split("/");
  const file = folders.pop() ?? "";
  const words = file.split(/[-._ ]+/);
  return (
    SHARD_NAME.exec(file)?.[1] ?? words.find(isSplitName) ?? folders.reverse().find(isSplitName) ?? "train"
  );
}

/**
 * One of `splits`: the one `asked` for, by its own name or a usual one for it (`validation` finds `val`); the only
 * one; else the first that is a test, validation or train split. `path` names the data set in errors.
 *
 * Throws `DATASET_INVALID`, listing the splits, where that leaves none.
 */
export function chooseSplit(splits: readonly string[], asked: string | undefined, path: string): string {
  const chosen = asked === undefined ? preferred(splits) : named(splits, asked);
  if (chosen !== undefined) return chosen;
  const there = splits.length > 0 ? `It has: ${splits.join(", ")}.` : "It is not cut into splits.";
  throw new NearlabelError(
    "DATASET_INVALID",
    asked === undefined
      ? `Data set "${path}" has several splits. ${there} Choose one with the option "split".`
      : `Data set "${path}" has no split "${asked}". ${there}`,
  );
}

function named(splits: readonly string[], asked: string): string | undefined {
  const usual = usualName(asked);
  return (
    splits.find((split) => split === asked) ??
    splits.find((split) => usual !== undefined && usualName(split) === usual)
  );
}

function preferred(splits: readonly string[]): string | undefined {
  if (splits.length === 1) return splits[0];
  return Object.keys(SPLIT_NAMES)
    .map((usual) => splits.find((split) => usualName(split) === usual))
    .find((split) => split !== undefined);
}

function usualName(split: string): string | undefined {
  const name = split.toLowerCase();
  return Object.entries(SPLIT_NAMES).find(([, names]) => names.includes(name))?.[0];
}
