// Imports between the rooms of src/ go one way, types included, and no files import each other in a circle.

/** Each folder imports only from those before it. `index` is the package's entry; `report/page` runs in a browser. */
const ROOMS = [
  "client",
  "errors",
  "arguments",
  "math",
  "files",
  "objects",
  "image",
  "tokens",
  "onnx",
  "hub",
  "rows",
  "model",
  "encoder",
  "datasets",
  "embeddings",
  "store",
  "labels",
  "scoring",
  "adapt",
  "classify",
  "images",
  "evaluate",
  "explain",
  "report",
  "jobs",
  "server",
  "cli",
];

const inRoom = (room) => `^src/${room}(/|\\.ts$)`;

export default {
  forbidden: [
    ...ROOMS.map((room, position) => ({
      name: `${room} comes before`,
      severity: "error",
      from: { path: inRoom(room) },
      to: { path: [...ROOMS.slice(position + 1).map(inRoom), "^src/index\\.ts$"] },
    })),
    {
      name: "no other rooms",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: [...ROOMS.map(inRoom), "^src/[a-z-]+\\.ts$"] },
    },
    { name: "no circle of files", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    includeOnly: "^src/",
  },
};
