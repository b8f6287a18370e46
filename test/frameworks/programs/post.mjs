import { readFile } from "node:fs/promises";

/** The labels that a server answers for both pictures. */
export async function labelsFrom(url) {
  const labels = [];
  for (const name of ["bus", "cup"]) {
    const body = await readFile(`node_modules/nearlabel/samples/${name}.png`);
    const response = await fetch(url, { method: "POST", headers: { "content-type": "image/png" }, body });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    const [{ label }] = await response.json();
    labels.push(label);
  }
  return labels.join(" ");
}
