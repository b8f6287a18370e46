import { createRequire } from "node:module";
import { NearlabelError } from "../../errors.js";
import { packageRequire } from "../../files/package-files.js";
import type { DecodedImage, Size } from "../source.js";

/** What is used of the package `heic-decode`, libheif as WebAssembly: the pictures of a file, each decoded when it is asked for. */
interface HeicDecoder {
  all(file: { readonly buffer: Uint8Array }): Promise<readonly HeicPicture[] & { dispose(): void }>;
}

interface HeicPicture extends Size {
  decode(): Promise<Size & { readonly data: Uint8ClampedArray }>;
}

/**
 * The main picture of a HEIC file, turned as its boxes say. `checkSize` is told its size before memory is taken.
 *
 * @throws NearlabelError IMAGE_UNSUPPORTED where the package that decodes it is not installed
 */
export async function decodeHeic(
  bytes: Uint8Array,
  name: string,
  checkSize: (size: Size) => void,
): Promise<DecodedImage> {
  const pictures = await heicDecoder(name).all({ buffer: bytes });
  try {
    const [main] = pictures;
    if (!main) throw new Error("no picture in it");
    checkSize(main);
    const { data, width, height } = await main.decode();
    return { data, width, height, channels: 4 };
  } finally {
    pictures.dispose();
  }
}

let decoder: HeicDecoder | undefined;

function heicDecoder(name: string): HeicDecoder {
  try {
    decoder ??= quietDecoder();
    return decoder;
  } catch (cause) {
    throw new NearlabelError(
      "IMAGE_UNSUPPORTED",
      `${name} is a HEIC picture, which the package heic-decode decodes, and that is not installed: HEVC is under patents in some countries. Install it beside nearlabel (npm install heic-decode), or convert the picture.`,
      { cause },
    );
  }
}

/** libheif writes on standard output what is wrong with a file, beside the error that it gives. */
function quietDecoder(): HeicDecoder {
  const require = packageRequire();
  const { HeifDecoder } = createRequire(require.resolve("heic-decode"))("libheif-js/wasm-bundle");
  const { decode } = HeifDecoder.prototype;
  HeifDecoder.prototype.decode = function quietly(bytes: Uint8Array) {
    const { log } = console;
    console.log = () => {};
    try {
      return decode.call(this, bytes);
    } finally {
      console.log = log;
    }
  };
  return require("heic-decode") as HeicDecoder;
}
