import { expect, it } from "vitest";
import { allEmbeddings } from "../../../src/index.js";
import { sevenDigits } from "../../../src/math/digits.js";
import { row } from "../../../src/math/matrix.js";
import { dot } from "../../../src/math/vector.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";
import { photosTable } from "../photos.js";

const { table } = await photosTable();
const app = await serverWith({ tables: new Map([["photos", table]]) });
const address = await listeningAt(app);
const bus = await sample("bus");

interface Found {
  readonly id: string;
  readonly url: string;
  readonly caption: string;
  readonly similarity: number;
  readonly message: string;
}

/** As ClipClient sends it: everything at once, and without a type. */
async function query(body: object): Promise<readonly Found[] & Partial<Found>> {
  const nothing = { text: null, image: null, image_url: null, embedding_input: null };
  const choices = {
    deduplicate: true,
    use_safety_model: true,
    use_violence_detector: true,
    use_mclip: false,
  };
  const rest = { indice_name: "photos", aesthetic_score: 9, aesthetic_weight: 0.5, modality: "image" };
  const sent = { ...nothing, ...choices, ...rest, num_images: 3, num_result_ids: 3, ...body };
  const response = await fetch(`${address}/knn-service`, {
    method: "POST",
    body: new TextEncoder().encode(JSON.stringify(sent)),
  });
  return (await response.json()) as readonly Found[] & Partial<Found>;
}

it("finds pictures by words, a picture and an embedding", async () => {
  const text = "a drawing of a bus";
  const [ofText, ofBus] = await Promise.all([mini.embedTexts([text]), mini.embedImages([bus])]);
  const words = await query({ text });
  expect(words.map(({ caption }) => caption)[0]).toBe("bus.png");
  expect(words).toHaveLength(3);
  const similarity = dot(row(allEmbeddings(ofText), 0), row(allEmbeddings(ofBus), 0));
  expect(words[0]!.similarity).toBeCloseTo(sevenDigits(similarity), 6);
  const picture = await query({ image: bus.toString("base64") });
  expect(picture[0]!.similarity).toBeCloseTo(1, 6);
  const embedding = [...row(allEmbeddings(ofText), 0)].map((value) => 10 * value);
  const same = await query({ embedding_input: embedding });
  expect(same.map(({ id }) => id)).toEqual(words.map(({ id }) => id));
  expect(same[0]!.similarity).toBeCloseTo(words[0]!.similarity, 5);
});

it("gives a picture once that several files hold, unless it is asked for all", async () => {
  const image = bus.toString("base64");
  const once = await query({ image });
  expect(once.filter(({ caption }) => caption === "bus.png")).toHaveLength(1);
  const all = await query({ image, deduplicate: false });
  expect(all.map(({ caption }) => caption).slice(0, 2)).toEqual(["bus.png", "bus.png"]);
});

it("gives addresses where the pictures are", async () => {
  const [{ url, id } = { url: "", id: "" }] = await query({ image: bus.toString("base64") });
  expect(url).toBe(`${address}/v1/tables/photos/images/${id}/content`);
  expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(bus);
});

it("lists its tables, and tells what is wrong", async () => {
  expect((await app.inject("/indices-list")).json()).toEqual(["photos"]);
  expect((await query({})).message).toContain("got 0 of them");
  expect((await query({ text: "a", image: "b" })).message).toContain("got 2 of them");
  expect((await query({ text: "a", indice_name: "laion5B" })).message).toBe(
    'The server has no table "laion5B": it has photos.',
  );
  expect((await query({ text: "a", modality: "text" })).message).toContain("modality");
  expect((await query({ embedding_input: [1, 2] })).message).toBeTypeOf("string");
  expect((await query({ image: "aGVsbG8=" })).message).toContain("no picture in a format");
});
