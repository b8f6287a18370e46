/** The name of the model that comes with the package. */
export const BUILT_IN = "mini";

/** A line each, for people: what the built-in model does well, and where it does not. models/mini/README.md has the figures. */
export const BUILT_IN_BEST =
  "At its best mini, the built-in model, names everyday things in photographs, one in the middle.";
export const BUILT_IN_LIMITS =
  "At its limits it guesses, too sure of itself: people, sketches, brands, text in pictures, rare words.";

/** Which model answers; of the built-in one, what it is good for and how to get a better one. One line, without an end. */
export function modelNote(id: string): string {
  if (id !== BUILT_IN) return id;
  return "mini, built in, for first steps with everyday things. Better ones: nearlabel models, then --model";
}
