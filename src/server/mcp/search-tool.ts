import { Type } from "typebox";
import { search } from "../../images/search/search.js";
import { checkLengths } from "../classify/request-labels.js";
import { requestInvalid } from "../problems/request-error.js";
import { modelOf } from "../service.js";
import { checkCondition } from "../tables/condition.js";
import { aboutTable, modelOfTable, tableOf } from "../tables/served-table.js";
import { type Tool, toldTo } from "./agent.js";
import { foundPictures } from "./found-pictures.js";
import { PictureArgument, pictureArgument } from "./picture-argument.js";

/** What narrows down which pictures are looked at, and how many are given. */
export const Narrowing = {
  table: Type.Optional(
    Type.String({ description: "Which table of pictures. Needed only where there are several" }),
  ),
  label: Type.Optional(Type.String({ description: "Only pictures with this label" })),
  where: Type.Optional(
    Type.String({
      maxLength: 2000,
      description: "An SQL condition, such as width > 1000 and taken > '2025-01-01'",
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 20, description: "Pictures at most. Default: 5" }),
  ),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 10_000, description: "Passes over the best of them" }),
  ),
};

const input = Type.Object(
  {
    query: Type.Optional(Type.String({ description: "What pictures should show, such as a dog on a beach" })),
    minus: Type.Optional(Type.String({ description: "What they should not show" })),
    ...PictureArgument,
    ...Narrowing,
  },
  { additionalProperties: false },
);

export const searchTool: Tool<typeof input> = {
  name: "search",
  title: "Search pictures",
  description:
    "Finds pictures of a table that show what some words say, or that look like a picture given, best first. The pictures come back with the answer. Where nothing looks like it, that is said, with what is nearest.",
  input,
  async call({ query, minus, image, path, table: name, limit = 5, ...options }, agent) {
    agent.expectScope("classify");
    agent.expectScope("read");
    checkCondition(options.where, toldTo(agent));
    checkLengths([query ?? "", minus ?? ""], agent.service.limits);
    const picture = await pictureArgument({ image, path }, agent);
    const terms = [
      ...(query === undefined ? [] : [{ text: query }]),
      ...(picture === undefined ? [] : [{ image: picture }]),
      ...(minus === undefined ? [] : [{ text: minus, weight: -1 }]),
    ];
    if (query === undefined && picture === undefined) throw requestInvalid("Expected query, image or path.");
    const { service, caller } = agent;
    const table = tableOf(service, name);
    const model = modelOf(service, await modelOfTable(service, table)).encoderFor(caller);
    const found = await aboutTable(table, () => search(table, terms, { ...options, model, limit }));
    return foundPictures({ table, ...found }, agent);
  },
};
