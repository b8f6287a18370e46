import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readNpy, readNpyMatrix } from "../src/datasets/arrays/npy.js";
import { temporaryFolder } from "./folders.js";

const golden = (name: string) => fileURLToPath(new URL(`golden/npy/${name}`, import.meta.url));

test("half-precision numbers are what NumPy makes of them", async () => {
  const { dtype, data } = await readNpy(golden("float16.npy"));
  const expected = JSON.parse(await readFile(golden("float16.json"), "utf8")) as string[];
  const numbers: Record<string, number> = { inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };
  expect(dtype).toBe("float16");
  expect([...data]).toEqual(
    expected.map((text) => numbers[text] ?? Number(text === "nan" ? Number.NaN : text)),
  );
});

test("other types keep their shape and their numbers", async () => {
  expect(await readNpy(golden("float32.npy"))).toEqual({
    dtype: "float32",
    shape: [2, 3],
    data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25),
  });
  expect((await readNpy(golden("int64.npy"))).data).toEqual(
    BigInt64Array.of(-(2n ** 60n), 0n, 2n ** 60n + 1n),
  );
  expect(await readNpy(golden("uint8.npy"))).toEqual({
    dtype: "uint8",
    shape: [2, 2, 2, 3],
    data: Uint8Array.from({ length: 24 }, (_, index) => index),
  });
  expect(await readNpy(golden("scalar.npy"))).toEqual({
    dtype: "float32",
    shape: [],
    data: Float32Array.of(1.5),
  });
});

test("all three versions of the format are read", async () => {
  for (const name of ["version2.npy", "version3.npy"]) {
    expect((await readNpy(golden(name))).data).toEqual(Float32Array.of(0, 1, 2));
  }
});

test("a matrix needs two dimensions and floating-point numbers", async () => {
  expect(await readNpyMatrix(golden("float32.npy"))).toMatchObject({ rows: 2, columns: 3 });
  for (const name of ["float16.npy", "uint8.npy"]) {
    await expect(readNpyMatrix(golden(name))).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("expected a matrix of float16 or float32"),
    });
  }
});

test.each([
  ["float64.npy", "got <f8. In NumPy: np.save(path, array.astype('float32'))"],
  ["big-endian.npy", "got >f4"],
  ["fortran.npy", "in C order"],
  ["float16.json", "expected a .npy file"],
])("%s is refused", async (name, message) => {
  await expect(readNpy(golden(name))).rejects.toMatchObject({
    code: "DATASET_INVALID",
    message: expect.stringContaining(message),
  });
});

/** A file of three bytes with this header. */
async function withHeader(header: string, version = [1, 0]): Promise<string> {
  const path = join(await temporaryFolder(), "header.npy");
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), ...version, header.length, 0]);
  await writeFile(path, Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from([1, 2, 3])]));
  return path;
}

test.each([
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }   \n",
  ' {"shape": (3L,), "fortran_order": False, "descr": "|u1"}',
  "{'descr':'|u1','fortran_order':False,'shape':( 1, 3 )}\n",
])("the header %j is read as Python reads it", async (header) => {
  expect((await readNpy(await withHeader(header))).data).toEqual(Uint8Array.of(1, 2, 3));
});

// Each of them is refused by NumPy.
test.each([
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), } x\n",
  "{'descr': '|u1' 'fortran_order': False, 'shape': (3,), }\n",
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), \n",
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3), }\n",
  "{'descr': '|u1', 'fortran_order': 0, 'shape': (3,), }\n",
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), 'order': 'C'}\n",
  "{'descr': '|u1', 'shape': (3,), }\n",
  "({'descr': '|u1', 'fortran_order': False, 'shape': (3,), },)\n",
  "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\0\n",
  "{'descr': '|u1', 'fortran_order': False, 'shape': (-3,), }\n",
])("the header %j is refused", async (header) => {
  await expect(readNpy(await withHeader(header))).rejects.toMatchObject({ code: "DATASET_INVALID" });
});

test("a version that there is not is refused", async () => {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
  await expect(readNpy(await withHeader(header, [1, 25]))).rejects.toMatchObject({
    message: expect.stringContaining("of format 1.0, 2.0 or 3.0"),
  });
});

test("a file that was cut anywhere is refused", async () => {
  const bytes = await readFile(golden("float32.npy"));
  const path = join(await temporaryFolder(), "cut.npy");
  for (const length of [0, 7, 9, 50, bytes.length - 1]) {
    await writeFile(path, bytes.subarray(0, length));
    await expect(readNpy(path), `${length} bytes`).rejects.toMatchObject({ code: "DATASET_INVALID" });
  }
});

test("a file that is not there is named", async () => {
  await expect(readNpy("/nowhere/x.npy")).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
});
