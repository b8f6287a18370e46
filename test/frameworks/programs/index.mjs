import { classifyWithIndex } from "./label-index.mjs";

console.log(await classifyWithIndex("idx"));
