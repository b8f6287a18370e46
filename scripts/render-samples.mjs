// Renders samples/*.svg to samples/*.png, and all of them to docs/samples.jpg: `npm run samples`.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const folder = new URL("../samples/", import.meta.url);

/** Pixels on the short side: well above what the models here read, and small to keep in the repository. */
const shortSide = 288;

async function render(svg) {
  const source = fileURLToPath(new URL(svg, folder));
  const { width, height, size } = await sharp(source)
    .resize({ width: shortSide, height: shortSide, fit: "outside" })
    .removeAlpha()
    .png({ compressionLevel: 9, adaptiveFiltering: true, palette: false })
    .toFile(source.replace(/\.svg$/, ".png"));
  return { width, height, size };
}

/** Pictures in a row of the contact sheet, and their width and height there in pixels. */
const columns = 8;
const tile = 120;

async function contactSheet(pictures) {
  const tiles = pictures.map(async (name, at) => ({
    input: await sharp(fileURLToPath(new URL(name, folder)))
      .resize(tile, tile)
      .toBuffer(),
    left: (at % columns) * tile,
    top: Math.floor(at / columns) * tile,
  }));
  const height = Math.ceil(pictures.length / columns) * tile;
  await sharp({ create: { width: columns * tile, height, channels: 3, background: "white" } })
    .composite(await Promise.all(tiles))
    .jpeg({ quality: 88 })
    .toFile(fileURLToPath(new URL("../docs/samples.jpg", import.meta.url)));
}

const sources = (await readdir(folder)).filter((name) => name.endsWith(".svg")).sort();
let total = 0;
for (const svg of sources) {
  const { width, height, size } = await render(svg);
  total += size;
  console.log(`${svg.replace(/\.svg$/, ".png")}  ${width} x ${height}  ${size} bytes`);
}
console.log(`${sources.length} pictures, ${total} bytes`);
await contactSheet(sources.map((svg) => svg.replace(/\.svg$/, ".png")));
