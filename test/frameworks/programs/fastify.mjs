import Fastify from "fastify";
import { createClassifier } from "nearlabel";
import { labelsFrom } from "./post.mjs";

const classifier = await createClassifier({ labels: ["bus", "cup"] });
const app = Fastify({ bodyLimit: 20 * 2 ** 20 });
app.addContentTypeParser(/^image\//, { parseAs: "buffer" }, async (_request, body) => body);
app.post("/classify", async (request, reply) => {
  const [result] = await classifier.classify([request.body]);
  if (result.error)
    return reply.code(400).send({ code: result.error.code, message: result.error.publicMessage });
  return result.predictions;
});
app.addHook("onClose", () => classifier.close());

console.log(await labelsFrom(`${await app.listen({ port: 0, host: "127.0.0.1" })}/classify`));
await app.close();
