import { packagePath } from "../../files/package-files.js";
import { counted } from "../../math/number-text.js";
import type { ServerApp } from "../../server/app.js";
import { shellWord } from "../terminal/shell-word.js";
import { colour, type Terminal, writeLine } from "../terminal/terminal.js";

/** Who can reach the server. */
export type Openness = "this machine" | "keys" | "everybody";

const OPENNESS: Readonly<Record<Openness, string>> = {
  "this machine": "programs of this machine",
  keys: "everybody who reaches it and has a key",
  everybody: "EVERYBODY who reaches it: there are no keys, and --insecure allows that",
};

/** Whether the page for people was built. */
export function hasPage(app: ServerApp): boolean {
  return app.hasRoute({ method: "GET", url: "/" });
}

/** Tells a person what is served, where, to whom, and a command that works. */
export async function tellServed(app: ServerApp, address: string, openness: Openness, { stderr }: Terminal) {
  const { models, labelSets, labelIndexes, tables, evaluations, jobs } = app.service;
  const sets = (await labelSets?.list()) ?? [];
  const rows: [string, string][] = [
    ["page", hasPage(app) ? address : ""],
    ["routes", `${address}/docs`],
    ["models", [...models].map(([name, { encoder }]) => `${name} (${encoder.dimension} numbers)`).join(", ")],
    [
      "label sets",
      [
        ...sets.map(({ name, labels }) => `${name} (${counted(labels, "label")})`),
        ...[...labelIndexes].map(([name, { info }]) => `${name} (${counted(info.count, "label")})`),
      ].join(", "),
    ],
    [
      "tables",
      [...tables].map(([name, { info }]) => `${name} (${counted(info.count, "picture")})`).join(", "),
    ],
    ["data sets", [...(evaluations?.datasets.keys() ?? [])].join(", ")],
    ["plans", [...jobs].map(([name, { plan }]) => `${name} (${counted(plan.shards, "shard")})`).join(", ")],
    ["open to", OPENNESS[openness]],
  ];
  writeLine(stderr, "nearlabel serves at ", colour(stderr, "bold", address));
  for (const [name, value] of rows) {
    if (value === "") continue;
    const isLoud = value === OPENNESS.everybody;
    writeLine(stderr, `  ${name.padEnd(11)} `, isLoud ? colour(stderr, "yellow", value) : value);
  }
  const picture = packagePath("samples/bus.png");
  const key = openness === "keys" ? '-H "Authorization: Bearer $KEY" ' : "";
  writeLine(stderr, "Try it:");
  writeLine(
    stderr,
    `  curl ${key}-F image=@${shellWord(picture)} -F labels=bus,cup,dog ${address}/v1/classify`,
  );
}
