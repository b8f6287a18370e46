"""Valid pictures of every kind that is decoded, and some of kinds that are not, as (name, bytes)."""

import io
import shutil
import struct
import subprocess
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

SIZES = [(61, 47), (16, 16), (1, 1), (33, 8)]
ORIENTATION = 274


def scene(size=(61, 47), seed=1):
    """Smooth colours with edges and some noise, RGBA: what every decoder has to work on."""
    width, height = size
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    planes = [x, y, (x + y) / 2, 1 - x * y]
    levels = np.stack([255 * plane for plane in planes], axis=-1)
    levels[height // 3 : height // 2, width // 4 : width // 2, :3] = (250, 20, 60)
    levels += rng.normal(0, 6, levels.shape)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8), "RGBA")


def rgb(size=(61, 47), seed=1):
    return scene(size, seed).convert("RGB")


def saved(image, form, **options):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.save(out, form, **options)
    return out.getvalue()


def turned(value=6):
    exif = Image.Exif()
    exif[ORIENTATION] = value
    exif[0x010E] = "a description"
    return exif


def profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def frames(count=3):
    return [rgb(seed=seed).quantize(16) for seed in range(count)]


def jpegs():
    image = rgb()
    for size in SIZES:
        yield f"plain-{size[0]}x{size[1]}.jpg", saved(rgb(size), "JPEG", quality=88)
    for number, name in enumerate(["444", "422", "420"]):
        yield f"{name}.jpg", saved(image, "JPEG", subsampling=number)
        yield f"progressive-{name}.jpg", saved(image, "JPEG", subsampling=number, progressive=True)
    yield "grey.jpg", saved(image.convert("L"), "JPEG")
    yield "grey-progressive.jpg", saved(image.convert("L"), "JPEG", progressive=True)
    yield "cmyk.jpg", saved(image.convert("CMYK"), "JPEG")
    yield "cmyk-progressive.jpg", saved(image.convert("CMYK"), "JPEG", progressive=True)
    yield "as-rgb.jpg", saved(image, "JPEG", keep_rgb=True)
    yield "restarts.jpg", saved(image, "JPEG", restart_marker_blocks=3)
    yield "optimised.jpg", saved(image, "JPEG", optimize=True, quality=30, comment=b"a comment")
    yield "exif.jpg", saved(image, "JPEG", exif=turned(), icc_profile=profile(), dpi=(72, 72))
    yield "mpo.jpg", saved(image, "MPO", save_all=True, append_images=[rgb(seed=2)])


def png_bytes(width, height, depth, colour, rows, before=(), interlace=0):
    """A PNG of raw `rows`, each without a filter, whose depths Pillow does not write."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", header), *before, (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def interlaced(image):
    """`image`, RGB, as an Adam7 PNG (PNG specification, 8.2)."""
    levels = np.asarray(image)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [levels[y::down, x::across] for x, y, across, down in passes]
    rows = [row.tobytes() for part in parts if part.size for row in part]
    return png_bytes(image.width, image.height, 8, 2, rows, interlace=1)


def pngs():
    image = rgb()
    for size in SIZES:
        yield f"plain-{size[0]}x{size[1]}.png", saved(rgb(size), "PNG")
    for mode in ["1", "L", "LA", "RGBA", "I;16"]:
        converted = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 3) if mode == "I;16" else scene().convert(mode)
        yield f"{mode.replace(';', '')}.png", saved(converted, "PNG")
    for bits, colours in [(1, 2), (2, 4), (4, 16), (8, 200)]:
        yield f"palette-{bits}.png", saved(image.quantize(colours), "PNG", bits=bits)
    yield "palette-transparent.png", saved(image.quantize(16), "PNG", transparency=3)
    yield "grey-transparent.png", saved(image.convert("L"), "PNG", transparency=100)
    yield "rgb-transparent.png", saved(image, "PNG", transparency=(250, 20, 60))
    yield "interlaced.png", interlaced(image)
    deep = np.random.default_rng(3).integers(0, 65536, (9, 13, 4), dtype=np.uint16).astype(">u2")
    for colour, channels, name in [(2, 3, "rgb"), (6, 4, "rgba"), (4, 2, "grey-alpha")]:
        rows = [row[:, :channels].tobytes() for row in deep]
        yield f"16-bit-{name}.png", png_bytes(13, 9, 16, colour, rows)
    grey = np.random.default_rng(4).integers(0, 256, (9, 4), dtype=np.uint8)
    for depth in [2, 4]:
        width = 4 * 8 // depth
        yield f"{depth}-bit-grey.png", png_bytes(width, 9, depth, 0, [row.tobytes() for row in grey])
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a picture")
    text.add_itxt("Comment", "Straße", zip=True)
    yield "text-exif.png", saved(image, "PNG", pnginfo=text, exif=turned(8), icc_profile=profile(), dpi=(72, 72))
    yield "gamma.png", png_bytes(4, 9, 8, 0, [row.tobytes() for row in grey], before=[(b"gAMA", struct.pack(">I", 30000))])
    yield "animated.png", saved(image, "PNG", save_all=True, append_images=[rgb(seed=2)], duration=50)
    yield "animated-default.png", saved(image, "PNG", save_all=True, append_images=[rgb(seed=2)], default_image=True)


def gifs():
    image = rgb()
    for size in SIZES:
        yield f"plain-{size[0]}x{size[1]}.gif", saved(rgb(size).quantize(32), "GIF")
    yield "interlaced.gif", saved(image.quantize(64), "GIF", interlace=1)
    yield "straight.gif", saved(image.quantize(256), "GIF", interlace=0)
    yield "two-colours.gif", saved(image.convert("1"), "GIF")
    yield "grey.gif", saved(image.convert("L"), "GIF")
    yield "transparent.gif", saved(image.quantize(16), "GIF", transparency=2)
    yield "animated.gif", saved(frames()[0], "GIF", save_all=True, append_images=frames()[1:], duration=40, loop=0)
    yield "comment.gif", saved(image.quantize(8), "GIF", comment=b"a comment of some length")
    plain = bytearray(saved(image.quantize(8), "GIF"))
    plain[6:10] = struct.pack("<HH", 80, 60)
    yield "smaller-frame.gif", bytes(plain)


def webps():
    image = rgb()
    for size in SIZES:
        yield f"lossy-{size[0]}x{size[1]}.webp", saved(rgb(size), "WEBP", quality=70)
        yield f"lossless-{size[0]}x{size[1]}.webp", saved(rgb(size), "WEBP", lossless=True)
    yield "alpha.webp", saved(scene(), "WEBP", quality=60)
    yield "lossless-alpha.webp", saved(scene(), "WEBP", lossless=True, exact=True)
    yield "palette.webp", saved(image.quantize(4).convert("RGB"), "WEBP", lossless=True)
    yield "exif.webp", saved(image, "WEBP", exif=turned(3), icc_profile=profile(), xmp=b"<x:xmpmeta/>")
    yield "animated.webp", saved(image, "WEBP", save_all=True, append_images=[rgb(seed=2), rgb(seed=3)], duration=40)
    yield "animated-alpha.webp", saved(scene(), "WEBP", save_all=True, append_images=[scene(seed=2)], lossless=True)


def tiffs():
    image, grey = rgb(), rgb().convert("L")
    modes = {"rgb": image, "grey": grey, "bilevel": image.convert("1"), "palette": image.quantize(50),
             "rgba": scene(), "grey-alpha": scene().convert("LA"), "cmyk": image.convert("CMYK"),
             "integers": grey.convert("I"), "floats": grey.convert("F"),
             "16-bit": Image.fromarray(np.asarray(grey).astype(np.uint16) * 3)}
    for name, one in modes.items():
        for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
            yield f"{name}-{compression.replace('tiff_', '')}.tif", saved(one, "TIFF", compression=compression)
    for compression in ["group3", "group4", "tiff_ccitt"]:
        yield f"bilevel-{compression}.tif", saved(modes["bilevel"], "TIFF", compression=compression)
    yield "rgb-jpeg.tif", saved(image, "TIFF", compression="jpeg", quality=85)
    yield "grey-jpeg.tif", saved(grey, "TIFF", compression="jpeg")
    for compression in ["zstd", "lzma"]:
        yield f"rgb-{compression}.tif", saved(image, "TIFF", compression=compression)
    predictor = TiffImagePlugin.ImageFileDirectory_v2()
    predictor[317] = 2
    yield "predictor.tif", saved(image, "TIFF", compression="tiff_lzw", tiffinfo=predictor)
    orientation = TiffImagePlugin.ImageFileDirectory_v2()
    orientation[ORIENTATION] = 6
    yield "orientation.tif", saved(image, "TIFF", tiffinfo=orientation)
    yield "pages.tif", saved(image, "TIFF", save_all=True, append_images=[rgb(seed=2)])
    yield "strips.tif", saved(rgb((40, 90)), "TIFF", compression="tiff_lzw", strip_size=1024)
    yield from magick_tiffs(image)


def magick_tiffs(image):
    """Forms that Pillow reads and does not write."""
    options = {
        "big-endian": ["-endian", "MSB"], "tiled": ["-define", "tiff:tile-geometry=16x16"],
        "tiled-lzw": ["-define", "tiff:tile-geometry=32x16", "-compress", "LZW"],
        "planes": ["-interlace", "plane"], "white-is-zero": ["-colorspace", "gray", "-define", "quantum:polarity=min-is-white"],
        "rgb-16-bit": ["-depth", "16"], "rgba-16-bit": ["-depth", "16", "-alpha", "set"],
        "grey-4-bit": ["-colorspace", "gray", "-depth", "4"], "fill-order": ["-define", "tiff:fill-order=lsb", "-monochrome"],
    }
    if shutil.which("convert") is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.png")
        image.save(source)
        for name, chosen in options.items():
            target = Path(folder, f"{name}.tif")
            subprocess.run(["convert", source, "-strip", *chosen, target], check=True, capture_output=True)
            yield f"{name}.tif", target.read_bytes()


def avifs():
    image = rgb()
    for size in [(61, 47), (16, 16), (2, 2)]:
        yield f"444-{size[0]}x{size[1]}.avif", saved(rgb(size), "AVIF", subsampling="4:4:4", quality=80)
    yield "420.avif", saved(image, "AVIF", quality=60)
    yield "grey.avif", saved(image.convert("L"), "AVIF", subsampling="4:0:0")
    yield "alpha.avif", saved(scene(), "AVIF", subsampling="4:4:4")
    yield "orientation.avif", saved(image, "AVIF", subsampling="4:4:4", exif=turned(6))


def others():
    """Kinds that are refused, whatever Pillow makes of them."""
    image = rgb()
    for form, name in [("BMP", "bmp"), ("ICO", "ico"), ("PPM", "ppm"), ("TGA", "tga"), ("PCX", "pcx"), ("SGI", "sgi"),
                       ("DDS", "dds"), ("JPEG2000", "jp2"), ("ICNS", "icns"), ("QOI", "qoi"), ("PDF", "pdf"), ("EPS", "eps")]:
        yield f"plain.{name}", saved(image, form)


KINDS = {"jpeg": jpegs, "jpeg-fast": jpegs, "png": pngs, "gif": gifs, "webp": webps, "tiff": tiffs, "avif": avifs, "other": others}
