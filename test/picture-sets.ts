import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import sharp from "sharp";

export const NAMES = ["apple", "bus", "cup", "dog"];

/** PNGs of 32 x 24 pixels, no two the same, the same at each call. */
export async function pngs(count = NAMES.length): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) =>
      sharp(Buffer.from(Array.from({ length: 32 * 24 * 3 }, (_, i) => (i * (at + 3) + 40 * at) & 255)), {
        raw: { width: 32, height: 24, channels: 3 },
      })
        .png()
        .toBuffer(),
    ),
  );
}

/** A Parquet file of these pictures in row groups of two; other columns as hyparquet-writer takes them. */
export async function writeParquet(
  filename: string,
  pictures: readonly Buffer[],
  others: readonly { readonly name: string; readonly data: unknown[]; readonly type?: string }[] = [],
): Promise<void> {
  await mkdir(dirname(filename), { recursive: true });
  const columnData = [{ name: "image", data: [...pictures], type: "BYTE_ARRAY" }, ...others];
  parquetWriteFile({ filename, rowGroupSize: 2, columnData: columnData as never });
}

/** Tars of two samples each, as webdataset has them, labelled by their numbers. */
export async function writeTars(folder: string, pictures: readonly Buffer[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let first = 0; first < pictures.length; first += 2) {
    const files: string[] = [];
    for (const at of [first, first + 1]) {
      await writeFile(join(folder, `00${at}.png`), pictures[at]!);
      await writeFile(join(folder, `00${at}.cls`), String(at));
      files.push(`00${at}.png`, `00${at}.cls`);
    }
    execFileSync("tar", ["-cf", join(folder, `test-${first / 2}.tar`), "-C", folder, ...files]);
  }
  await writeFile(join(folder, "classnames.txt"), `${NAMES.join("\n")}\n`);
}
