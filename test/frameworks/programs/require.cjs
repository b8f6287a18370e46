const { classify } = require("nearlabel");

const pictures = ["bus", "cup"].map((name) => `node_modules/nearlabel/samples/${name}.png`);
classify(pictures, { labels: ["bus", "cup"] }).then((results) => {
  console.log(results.map((result) => result.predictions[0].label).join(" "));
});
