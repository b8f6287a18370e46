import { Command } from "commander";
import type { Terminal } from "../../terminal/terminal.js";
import { checkRecallCommand } from "./check-recall.js";
import { clustersCommand } from "./clusters.js";
import { duplicatesCommand } from "./duplicates.js";
import { exportCommand } from "./export.js";
import { importCommand } from "./import.js";
import { infoCommand } from "./info.js";
import { labelCountsCommand } from "./label-counts.js";
import { listCommand } from "./list.js";
import { optimizeCommand } from "./optimize.js";
import { outliersCommand } from "./outliers.js";
import { removeCommand } from "./remove.js";
import { suspectsCommand } from "./suspects.js";
import { verifyCommand } from "./verify.js";
import { restoreCommand, versionsCommand } from "./versions.js";

export function imagesCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("images")
    .description("Look after tables of pictures, which nearlabel ingest makes.")
    .addCommand(infoCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(removeCommand(terminal))
    .addCommand(verifyCommand(terminal, exit))
    .addCommand(labelCountsCommand(terminal))
    .addCommand(duplicatesCommand(terminal))
    .addCommand(clustersCommand(terminal))
    .addCommand(outliersCommand(terminal))
    .addCommand(suspectsCommand(terminal))
    .addCommand(exportCommand(terminal, exit))
    .addCommand(importCommand(terminal, exit))
    .addCommand(optimizeCommand(terminal))
    .addCommand(checkRecallCommand(terminal))
    .addCommand(versionsCommand(terminal))
    .addCommand(restoreCommand(terminal))
    .addHelpText("after", "\nA folder of pictures may be named in place of its table.\n");
}
