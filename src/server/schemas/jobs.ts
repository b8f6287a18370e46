import { Type } from "typebox";

const planned = {
  name: Type.String(),
  plan: Type.String({ description: "Its id" }),
  task: Type.Union([Type.Literal("embed"), Type.Literal("classify"), Type.Literal("evaluate")]),
  model: Type.String(),
  shards: Type.Integer(),
  pictures: Type.Optional(Type.Integer({ description: "In all shards, where it is known" })),
};

export const Job = Type.Object(planned);

export const JobProgress = Type.Object({
  ...planned,
  done: Type.Integer({ description: "Shards that are done" }),
  embedded: Type.Integer({ description: "Pictures, in shards that are done" }),
  failed: Type.Integer({ description: "Pictures that could not be embedded, in shards that are done" }),
  failures: Type.Array(Type.Object({ code: Type.String(), message: Type.String(), count: Type.Integer() }), {
    description: "Failed pictures by the code of their error, most frequent first",
  }),
  setAside: Type.Integer({ description: "Shards that cannot be done, however often they are tried" }),
  firstSetAside: Type.Array(
    Type.Object({ shard: Type.Integer(), code: Type.String(), message: Type.String() }),
    { description: "The first of them" },
  ),
  latest: Type.Optional(
    Type.String({ description: "When the last shard was done, by the clock of the store: ISO 8601" }),
  ),
  rate: Type.Optional(
    Type.Number({
      description: "Pictures a second over the last minutes in which shards ended; none before two are done",
    }),
  ),
  secondsLeft: Type.Optional(Type.Number({ description: "Until all shards are done, at that rate" })),
});
