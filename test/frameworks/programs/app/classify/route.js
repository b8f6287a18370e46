import { createClassifier } from "nearlabel";

const classifier = createClassifier({ labels: ["bus", "cup"] });

export async function POST(request) {
  const [result] = await (await classifier).classify([new Uint8Array(await request.arrayBuffer())]);
  if (result.error) {
    return Response.json({ code: result.error.code, message: result.error.publicMessage }, { status: 400 });
  }
  return Response.json(result.predictions);
}
