/**
 * Where relevance ends: the mean of F1 over queries for what is there and the share of queries for what is not there that get
 * nothing, by the cut of `search` and by the best flat cutoff on the cosine.
 *
 *   npm run build && node bench/search/relevance.mjs --cifar100 FOLDER --clip FOLDER [--svg docs/relevance.svg] [--json file]
 *
 * FOLDERs as in bench/evaluation/rejection.mjs. Names and pictures are halved at random; the flat cutoff, and bars beside
 * those of `search`, are chosen on one half and measured on the other. Neutral texts are names that are no query.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy, readNpyMatrix } from "../../dist/datasets/arrays/npy.js";
import { relevanceBars } from "../../dist/images/search/relevance.js";
import { scaleOf, withoutMean } from "../../dist/images/search/relevance-scale.js";
import { embedLabels, labelSet, loadModel } from "../../dist/index.js";
import { normaliseRows, row, rowsAt } from "../../dist/math/matrix.js";
import { rowDots } from "../../dist/math/products.js";
import { cifar100 } from "../evaluation/cifar100.mjs";
import { mean, shuffled } from "../evaluation/draw.mjs";
import { argumentsOf, bar, machine, round, writeResult } from "../result.mjs";
import { relevanceFigure } from "./relevance-figure.mjs";

const SEEDS = 10;
const NEUTRAL = 250;
const ABSENT = 200;
/** Names of LVIS that the pictures of CIFAR-10 may show: what is part of, a kind of, or a word for its ten classes. */
const SHOWN = new Set(
  `jet_plane fighter_jet space_shuttle seaplane blimp drone motor_vehicle race_car police_cruiser pickup_truck tow_truck golfcart fire_engine ambulance cab_(taxi) convertible_(automobile) minivan jeep limousine camper_(vehicle) bus_(vehicle) school_bus trailer_truck garbage_truck tractor_(farm_equipment) motor dump_truck ostrich seabird hummingbird vulture parakeet goose falcon chicken_(animal) pigeon eagle crow parrot owl duck duckling dove puffin pelican heron turkey_(bird) gull penguin finch birdfeeder flamingo cock kitten pet puppy bulldog shepherd_dog dalmatian pug-dog dog_collar elk gazelle foal ram_(animal) pony blinder_(for_horses) noseband_(for_animals) headstall_(for_horses) saddle_(on_an_animal) saddle_blanket stirrup horse_carriage horse_buggy passenger_ship cruise_ship cargo_ship river_boat houseboat gondola_(boat) yacht barge canoe dinghy ferry sail pirate_flag tank_(storage_vessel) mast toy windshield_wiper wheel tire steering_wheel headlight taillight license_plate rearview_mirror jockey_cap propeller lifeboat tugboat kayak water_ski cowboy_hat hubcap rodent yoke_(animal_equipment) nosebag_(for_animals) fish oar anchor plow_(farm_equipment) freight_car cabin_car motorcycle bicycle train_(railroad_vehicle) pennant banner cub_(animal) army_tank`.split(
    " ",
  ),
);

const args = argumentsOf(["cifar100", "clip", "svg"]);
const lvis = JSON.parse(readFileSync(join(args.clip, "lvis-names.json"), "utf8"));
const clip = report(await clipOnCifar10());
const mini = report(await miniOnCifar100());
if (args.svg !== undefined) {
  await writeFile(
    args.svg,
    relevanceFigure([
      { title: "CLIP ViT-B/32, CIFAR-10", ...clip },
      { title: "mini, CIFAR-100", ...mini },
    ]),
  );
}
const figuresOf = ({ curves: _, ...figures }) => figures;
await writeResult(
  {
    name: "search-relevance",
    bars: [
      bar("cut, CLIP ViT-B/32 on CIFAR-10", "at least 0.8", clip.shipped.mean, "", clip.shipped.mean >= 0.8),
      bar(
        "cut, mini on CIFAR-100",
        `above the best flat cutoff, ${mini.flat.mean}`,
        mini.shipped.mean,
        "",
        mini.shipped.mean > mini.flat.mean,
      ),
    ],
    figures: { clip: figuresOf(clip), mini: figuresOf(mini), machine: machine() },
  },
  args.json,
);

async function clipOnCifar10() {
  const present = "airplane car_(automobile) bird cat deer dog frog horse boat truck".split(" ");
  const texts = normaliseRows(await readNpyMatrix(join(args.clip, "lvis-text-embeddings.npy")));
  const at = (names) =>
    rowsAt(
      texts,
      names.map((name) => lvis.indexOf(name)),
    );
  return {
    images: normaliseRows(await readNpyMatrix(join(args.clip, "cifar10-image-embeddings.npy"))),
    targets: Array.from((await readNpy(join(args.clip, "cifar10-labels.npy"))).data, Number),
    classes: at(present),
    words: at(lvis.filter((name) => !present.includes(name) && !SHOWN.has(name))),
    heldOut: 0,
  };
}

/** Of the 100 classes 20 are queries without pictures. */
async function miniOnCifar100() {
  const { labels, targets, images, classes } = await cifar100(args.cifar100);
  const plain = (name) =>
    name
      .replaceAll("_", " ")
      .replace(/ ?\(.*\)/, "")
      .toLowerCase();
  const names = new Set(labels.map(plain));
  const words = [...new Set(lvis.map(plain))].filter((word) => !names.has(word));
  const model = await loadModel("mini");
  const embedded = await embedLabels(model, labelSet(words), ["a photo of a {}"]);
  await model.close();
  // A word that means about the same as a class is not absent.
  const kept = words.flatMap((_, at) =>
    Math.max(...rowDots(row(embedded, at), classes.embeddings)) < 0.8 ? [at] : [],
  );
  return { images, targets, classes: classes.embeddings, words: rowsAt(embedded, kept), heldOut: 20 };
}

function report(data) {
  const outcomes = Array.from({ length: SEEDS }, (_, seed) => measure(halvesOf(data, seed)));
  const summary = {};
  for (const method of ["flat", "chosen", "shipped"]) {
    const each = outcomes.map((outcome) => outcome[method]);
    summary[method] = {
      mean: round(mean(each.map(({ f1, nothing }) => (f1 + nothing) / 2))),
      f1: round(mean(each.map(({ f1 }) => f1))),
      nothing: round(mean(each.map(({ nothing }) => nothing))),
    };
  }
  console.log(summary);
  const curve = (name) =>
    outcomes[0].curves[name].map((_, at) => ({
      f1: mean(outcomes.map(({ curves }) => curves[name][at].f1)),
      nothing: mean(outcomes.map(({ curves }) => curves[name][at].nothing)),
    }));
  return { ...summary, curves: { flat: curve("flat"), relevance: curve("relevance") } };
}

/** Two halves of pictures and queries, with the similarities and relevances of each query to each picture. */
function halvesOf({ images, targets, classes, words, heldOut }, seed) {
  const order = shuffled(classes.rows, seed);
  const held = new Set(order.slice(0, heldOut));
  const present = order.slice(heldOut);
  const word = shuffled(words.rows, seed + 100);
  const neutral = rowsAt(words, word.slice(ABSENT, ABSENT + NEUTRAL));
  const pictures = shuffled(images.rows, seed + 200).filter((at) => !held.has(targets[at]));
  return [0, 1].map((half) => {
    const mine = (list) => list.filter((_, at) => at % 2 === half);
    const shown = mine(pictures);
    const vectors = rowsAt(images, shown);
    const scale = scaleOf(
      neutral,
      rowsAt(
        vectors,
        Array.from({ length: Math.min(200, vectors.rows) }, (_, at) => at),
      ),
    );
    const queries = [
      ...mine(present).map((at) => ({
        vector: row(classes, at),
        wanted: shown.map((picture) => targets[picture] === at),
      })),
      ...mine([...held]).map((at) => ({ vector: row(classes, at) })),
      ...mine(word.slice(0, ABSENT)).map((at) => ({ vector: row(words, at) })),
    ];
    return queries.map(({ vector, wanted }) => ({
      wanted,
      similarities: sorted(rowDots(vector, vectors), wanted),
      relevances: sorted(
        rowDots(withoutMean(vector, scale.textMean), vectors).map((cosine) => cosine / scale.spread),
        wanted,
      ),
    }));
  });
}

/** Values falling, and how many of those up to each are wanted. */
function sorted(values, wanted) {
  const order = Array.from(values, (_, at) => at).sort((a, b) => values[b] - values[a]);
  let hits = 0;
  const found = order.map((at) => {
    if (wanted?.[at]) hits++;
    return hits;
  });
  return { falling: order.map((at) => values[at]), found, total: hits };
}

function measure([chosenOn, measuredOn]) {
  const n = measuredOn[0].similarities.falling.length;
  const flat = best(
    chosenOn,
    "similarities",
    steps(chosenOn, "similarities").map((least) => ({ least, present: least })),
  );
  const chance = relevanceBars(n).least;
  const bars = [];
  for (let share = 0; share <= 0.8; share += 0.1) {
    for (let least = 0.7; least <= 1.3; least += 0.1) {
      for (let present = least; present <= 2; present += 0.05) {
        bars.push({ least: least * chance, present: present * chance, share });
      }
    }
  }
  // Of the best there is a share to reach: without the best it is the one that chance gives.
  const shipped = { ...relevanceBars(n), share: relevanceBars(n, 1000).least / 1000 };
  const sweep = (kind, all) => all.map((each) => outcome(measuredOn, kind, each));
  return {
    curves: {
      flat: sweep(
        "similarities",
        steps(chosenOn, "similarities").map((least) => ({ least, present: least })),
      ),
      relevance: sweep(
        "relevances",
        Array.from({ length: 40 }, (_, at) => ({ ...shipped, present: (0.6 + 0.05 * at) * chance })),
      ),
    },
    flat: outcome(measuredOn, "similarities", flat),
    chosen: outcome(measuredOn, "relevances", best(chosenOn, "relevances", bars)),
    shipped: outcome(measuredOn, "relevances", shipped),
  };
}

/** Cutoffs from the lowest best similarity to the highest. */
function steps(queries, kind) {
  const tops = queries.map((query) => query[kind].falling[0]).sort((a, b) => a - b);
  const [low, high] = [tops[0], tops.at(-1)];
  return Array.from({ length: 200 }, (_, at) => low + ((high - low) * at) / 199);
}

function best(queries, kind, bars) {
  const value = (each) => {
    const { f1, nothing } = outcome(queries, kind, each);
    return f1 + nothing;
  };
  return bars.map((each) => [value(each), each]).sort((a, b) => b[0] - a[0])[0][1];
}

function outcome(queries, kind, { least, present, share = 0 }) {
  const f1 = [];
  const nothing = [];
  for (const { wanted, [kind]: values } of queries) {
    const [best] = values.falling;
    const kept = best >= present ? countFrom(values.falling, Math.max(least, share * best)) : 0;
    if (wanted) f1.push(kept === 0 ? 0 : (2 * values.found[kept - 1]) / (kept + values.total));
    else nothing.push(kept === 0 ? 1 : 0);
  }
  return { f1: mean(f1), nothing: mean(nothing) };
}

/** How many of `falling` are `least` or more. */
function countFrom(falling, least) {
  let [low, high] = [0, falling.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falling[middle] >= least) low = middle + 1;
    else high = middle;
  }
  return low;
}
