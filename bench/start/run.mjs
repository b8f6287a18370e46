/**
 * Cold start: `nearlabel classify` of one picture with the built-in model, as a whole process and in its parts.
 *
 *   npm run build && node bench/start/run.mjs [runs]
 *
 * Parts are laps in one fresh process a run; they leave out Node's own start and the end of the process, which the
 * first two lines show.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const [runs = 10] = process.argv.slice(2).map(Number);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const picture = file("../../samples/cup.png");
const program = [file("../../dist/cli/main.js"), "classify", picture, "--labels", "bus,cup,guitar"];

const whole = [];
const bare = [];
const laps = [];
for (let run = 0; run < runs; run++) {
  bare.push(timed(["-e", "0"]));
  whole.push(timed(program));
  laps.push(
    JSON.parse(spawnSync(process.execPath, [file("laps.mjs"), picture], { encoding: "utf8" }).stdout),
  );
}

console.log(
  `${cpus()[0].model}, ${cpus().length} threads, Node.js ${process.version}, ${runs} runs, milliseconds`,
);
const rows = [
  ["nearlabel classify, whole process", whole],
  ["node -e 0, whole process", bare],
];
for (const [at, [name]] of laps[0].entries()) rows.push([name, laps.map((run) => run[at][1])]);
console.table(
  rows.map(([name, times]) => ({
    part: name,
    median: round(median(times)),
    least: round(Math.min(...times)),
  })),
);

function timed(args) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
  return performance.now() - started;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function round(value) {
  return Number(value.toPrecision(3));
}
