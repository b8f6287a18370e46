import { classify } from "nearlabel";

const pictures = ["bus", "cup"].map((name) => `node_modules/nearlabel/samples/${name}.png`);
const results = await classify(pictures, { labels: ["bus", "cup"] });
console.log(results.map((result) => result.predictions[0].label).join(" "));
