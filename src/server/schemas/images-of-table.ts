import { Type } from "typebox";
import { conditionProblem } from "../tables/condition.js";

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

/** A picture of a table. */
export const TableImage = Type.Object({
  id: Type.String({ description: "SHA-256 of its contents: what names it to this server" }),
  name: Type.String({ description: "The last part of its path" }),
  width: nullable(Type.Integer()),
  height: nullable(Type.Integer()),
  bytes: nullable(Type.Integer()),
  modified: nullable(Type.String()),
  taken: nullable(Type.String()),
  camera: nullable(Type.String()),
  latitude: nullable(Type.Number()),
  longitude: nullable(Type.Number()),
  givenLabel: nullable(Type.String()),
  label: nullable(Type.String()),
  score: nullable(Type.Number()),
  labelSet: nullable(Type.String()),
  labels: Type.Optional(nullable(Type.Array(Type.String()))),
  columns: Type.Record(Type.String(), Type.Unknown(), { description: "Users' own" }),
});

export const ImageId = Type.String({ pattern: "^[0-9a-f]{64}$" });

export const Where = Type.Refine(
  Type.String({
    maxLength: 2000,
    description: "An SQL condition on what is told of pictures, such as width > 1000 and name like 'IMG%'",
  }),
  (condition) => conditionProblem(condition) === undefined,
  (condition) => conditionProblem(condition)!,
);
