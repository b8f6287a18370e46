import { type Command, Option } from "commander";
import type { Device } from "../../onnx/device.js";
import type { Dtype } from "../../onnx/dtype.js";
import {
  collect,
  deviceOption,
  dtypeOption,
  maxPixelsOption,
  numberBetween,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";

/** What `nearlabel serve` is told, by flags, environment or file. */
export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly open?: boolean;
  readonly model?: string[];
  readonly table?: string[];
  readonly labels?: string[];
  readonly dataset?: string[];
  readonly plan?: string[];
  readonly data?: string;
  readonly keys?: string;
  readonly insecure?: boolean;
  readonly hostName?: string[];
  readonly cors?: string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustProxy?: string;
  readonly allowUrl?: string[];
  readonly log?: "json" | "none";
  readonly dtype?: Dtype | "auto";
  readonly device?: Device | "auto";
  readonly threads?: number;
  readonly replicas?: number;
  readonly maxPixels?: number;
  readonly batchSize?: number;
  readonly longestWait?: number;
  readonly queue?: number;
  readonly maxBodyMb?: number;
  readonly maxPictureMb?: number;
  readonly maxPictures?: number;
  readonly maxLabels?: number;
  readonly requestSeconds?: number;
  readonly requestsPerMinute?: number;
  readonly config?: string;
}

const many = (flags: string, description: string) =>
  new Option(flags, `${description}; may be given more than once`).argParser(collect);
const whole = (flags: string, description: string) =>
  new Option(flags, description).argParser(wholeNumber(1));

const OPTIONS: readonly Option[] = [
  new Option("--host <address>", "address to listen at").default("127.0.0.1"),
  new Option("-p, --port <n>", "port to listen at; 0 for any")
    .argParser(wholeNumber(0, 65_535))
    .default(8080),
  new Option("--open", "open the page in the browser (default: in a terminal on a desktop)"),
  new Option("--no-open", "do not open it"),
  many(
    "-m, --model <name>",
    "built-in model, model folder or hub id, or name=model; the first is the default",
  ),
  many("--table <folder>", "table of pictures, or name=folder"),
  many("-l, --labels <name=file>", "label set that requests may name: a list of labels or a label index"),
  many("--dataset <name=path>", "labelled data set on which the page and clients may evaluate"),
  many("--plan <name=place>", "plan of nearlabel jobs whose progress the page and clients see"),
  new Option(
    "--data <folder>",
    "where label sets, by s3:// too, and evaluations of the server are kept (default: in the data folder)",
  ),
  new Option("--keys <file>", "ask for the API keys of this file (nearlabel keys add makes them)"),
  new Option("--insecure", "listen beyond this machine without keys"),
  many("--host-name <name>", "name that the server answers under, beside localhost and addresses"),
  many("--cors <origin>", "origin whose pages may call the server, such as https://example.org"),
  new Option("--tls-cert <file>", "certificate for HTTPS, in PEM"),
  new Option("--tls-key <file>", "its key, in PEM"),
  new Option("--trust-proxy <addresses>", "proxies whose X-Forwarded-For is believed"),
  many("--allow-url <host>", "host that pictures may be fetched from by their address"),
  new Option("--log <form>", "a line for each request on stdout (default: json, none in a terminal)").choices(
    ["json", "none"],
  ),
  dtypeOption(),
  deviceOption(),
  threadsOption(),
  whole(
    "--replicas <n>",
    "copies of each model that share the work of many clients (default: 1; of the built-in model one a core, 4 at most)",
  ),
  maxPixelsOption(),
  whole("--batch-size <n>", "pictures in one run of the network"),
  new Option(
    "--longest-wait <ms>",
    "how long a picture waits for others while the model is at work",
  ).argParser(numberBetween(0, 10_000)),
  whole("--queue <n>", "pictures and texts that may wait, before clients are told to come again"),
  whole("--max-body-mb <n>", "largest body of a request"),
  whole("--max-picture-mb <n>", "largest picture file"),
  whole("--max-pictures <n>", "pictures in one request"),
  whole("--max-labels <n>", "labels in one request"),
  whole("--request-seconds <n>", "time for one request"),
  whole("--requests-per-minute <n>", "requests of one key, or of one address without keys"),
];

/** Adds the options, each of which the environment has as well: `--host-name` is `NEARLABEL_HOST_NAME`. */
export function addServeOptions(command: Command): Command {
  for (const option of OPTIONS) {
    // What is not to be is said by the option itself there: NEARLABEL_OPEN=false.
    const variable = `NEARLABEL_${option.name().replaceAll("-", "_").toUpperCase()}`;
    command.addOption(option.negate ? option : option.env(variable));
  }
  return command.addOption(
    new Option("--config <file>", "the same options in a YAML or JSON file, as port: 8080").env(
      "NEARLABEL_CONFIG",
    ),
  );
}
