/** What a run of the program says to the shell. */
export const EXIT = {
  ok: 0,
  /** Some pictures failed; the others are done. */
  failed: 1,
  /** Nothing could be done: wrong options, no labels, no model, an unwritable folder. */
  usage: 2,
  interrupted: 130,
} as const;
