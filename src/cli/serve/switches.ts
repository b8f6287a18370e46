import type { Command } from "commander";
import { NearlabelError } from "../../errors.js";

const SAYS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

/**
 * Takes options without a value from the environment as they are said there: for Commander, any value is a yes, and
 * `NEARLABEL_INSECURE=false` would open the server to everybody.
 *
 * @throws NearlabelError `OPTION_INVALID`
 */
export function takeSwitches(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!option.isBoolean() || command.getOptionValueSource(name) !== "env") continue;
    const said = process.env[option.envVar!]!;
    const value = SAYS[said.toLowerCase()];
    if (value === undefined && said !== "") {
      throw new NearlabelError(
        "OPTION_INVALID",
        `Expected ${option.envVar} to be true or false, got "${said}".`,
      );
    }
    command.setOptionValueWithSource(name, value, value === undefined ? "default" : "env");
  }
}
