// Two tables of pictures, compared by path, contents and the bits of each vector.
import { createHash } from "node:crypto";
import { openImageTable } from "../../dist/images/table/open.js";

async function hashes(place) {
  const table = await openImageTable(place);
  const found = new Map();
  let twice = 0;
  for await (const { columns, vectors } of table.table.scan({
    columns: ["path", "id", "given_label", "vector"],
  })) {
    for (const [at, path] of columns.path.entries()) {
      if (found.has(path)) twice++;
      const vector = vectors.data.subarray(at * vectors.columns, (at + 1) * vectors.columns);
      const hash = createHash("sha1").update(
        new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      );
      found.set(path, hash.update(`${columns.id[at]} ${columns.given_label[at]}`).digest("base64"));
    }
  }
  await table.close();
  return { found, twice };
}

/** How the table at `place` differs from the one at `expected`. */
export async function differences(expected, place) {
  const [wanted, got] = [await hashes(expected), await hashes(place)];
  let [missing, different] = [0, 0];
  for (const [path, hash] of wanted.found) {
    const other = got.found.get(path);
    if (other === undefined) missing++;
    else if (other !== hash) different++;
  }
  const more = got.found.size - (wanted.found.size - missing);
  return { rows: got.found.size, missing, more, different, twice: got.twice };
}
