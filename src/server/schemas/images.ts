import { Type } from "typebox";

const ImageText = Type.String({
  description: "A picture file in base64, or a data URL of it",
  contentEncoding: "base64",
});

export const Images = Type.Array(
  Type.Union([
    ImageText,
    Type.Object(
      { name: Type.Optional(Type.String({ maxLength: 1000 })), data: ImageText },
      { additionalProperties: false, description: "The same with a name, which its result has as id" },
    ),
  ]),
  { description: "Pictures, where the body is JSON" },
);
