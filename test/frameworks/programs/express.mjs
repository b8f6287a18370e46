import { once } from "node:events";
import express from "express";
import { createClassifier } from "nearlabel";
import { labelsFrom } from "./post.mjs";

const classifier = await createClassifier({ labels: ["bus", "cup"] });
const app = express();
app.post("/classify", express.raw({ type: "image/*", limit: "20mb" }), async (req, res) => {
  const [result] = await classifier.classify([req.body]);
  if (result.error)
    return res.status(400).json({ code: result.error.code, message: result.error.publicMessage });
  res.json(result.predictions);
});

const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(await labelsFrom(`http://127.0.0.1:${server.address().port}/classify`));
server.close();
await classifier.close();
