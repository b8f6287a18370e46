import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import type { StoredImage } from "../../src/images/table/stored-image.js";
import { ingest, openDataset, openImageTable } from "../../src/index.js";
import { pngs, writeParquet, writeTars } from "../picture-sets.js";
import { mini, serverWith } from "./harness.js";

const HEIC = fileURLToPath(new URL("../image/two-by-two.heic", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "nearlabel-pictures-"));
const place = join(folder, "photos.db");
const pictures = await pngs(13);
await writeParquet(join(folder, "set", "test-0.parquet"), pictures.slice(0, 6));
await writeTars(join(folder, "tars"), pictures.slice(6, 10));
const photos = join(folder, "photos");
await mkdir(photos);
await writeFile(join(photos, "here.png"), pictures[10]!);
await writeFile(join(photos, "changed.png"), pictures[11]!);
await writeFile(join(photos, "gone.png"), pictures[12]!);
await writeFile(join(photos, "a.heic"), await readFile(HEIC));
const options = { table: place, model: mini };
await ingest(photos, options);
for (const name of ["set", "tars"]) await ingest(await openDataset(join(folder, name)), options);
await writeFile(join(photos, "changed.png"), pictures[0]!);
await rename(join(photos, "gone.png"), join(folder, "gone.png"));
const table = await openImageTable(place);
afterAll(async () => {
  await table.close();
  await rm(folder, { recursive: true });
});
const images: StoredImage[] = [];
for await (const image of table.images()) images.push(image);
const idOf = (end: string) => images.find(({ path }) => path.endsWith(end))!.id;
const app = await serverWith({ tables: new Map([["photos", table]]) });
const small = async (id: string) => app.inject(`/v1/tables/photos/images/${id}/thumbnail?side=16`);

describe("thumbnails", () => {
  it("show HEIC, and rows of Parquet and of tars, however many are asked for at once", async () => {
    expect(images).toHaveLength(14);
    const shown = images.filter(({ path }) => !/gone|changed/.test(path));
    const answers = await Promise.all(shown.map(({ id }) => small(id)));
    for (const answer of answers) {
      expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "image/jpeg"]);
      const { width, height } = await sharp(answer.rawPayload).metadata();
      expect(Math.max(width!, height!)).toBe(16);
    }
    expect(new Set(answers.map(({ rawPayload }) => rawPayload.toString("hex"))).size).toBe(shown.length);
  });

  it("show nothing in place of what is gone or another now, and say so without its place", async () => {
    for (const name of ["gone.png", "changed.png"]) {
      const answer = await small(idOf(name));
      expect([answer.statusCode, answer.json().code]).toEqual([404, "IMAGE_NOT_FOUND"]);
      expect(answer.body).not.toContain(folder);
    }
  });
});

it("the contents of rows are what was embedded", async () => {
  for (const [end, at] of [
    ["set#test/4", 4],
    ["test-1.tar/002", 8],
    ["here.png", 10],
  ] as const) {
    const answer = await app.inject(`/v1/tables/photos/images/${idOf(end)}/content`);
    expect(answer.rawPayload).toEqual(pictures[at]);
  }
});

it("rows are found by their own ids, for which no picture is opened", async () => {
  const id = idOf("gone.png");
  const payload = { query: [{ id }], limit: 1 };
  const answer = await app.inject({ method: "POST", url: "/v1/search", payload });
  expect(answer.json().results[0]).toMatchObject({ similarity: expect.closeTo(1, 5), image: { id } });
});
