import { Option } from "commander";

export const whereOption = () =>
  new Option(
    "--where <condition>",
    "only pictures that meet it, such as \"width > 1000 and taken > '2025-01-01'\"",
  );

export const labelSetOption = () =>
  new Option("--label-set <name>", "labels that classify --table --save kept with the table");
