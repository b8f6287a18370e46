import { NearlabelError } from "../../errors.js";

/** Upkeep that another program's write overtook, or that cannot be written, can wait for the next time. */
export async function unlessOvertaken(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NearlabelError && error.code === "WRITE_FAILED")) throw error;
  }
}
