"""Golden pixels: pictures of every kind, and what Pillow and Hugging Face's CLIPImageProcessor make of them.

    python make_pixels.py            writes pixels/*.* and pixels/expected.json
    python make_pixels.py NAME DIR   also writes what Pillow decodes NAME to, as DIR/NAME.png, to look at

Needs Pillow, numpy and transformers (only its Pillow-backed processor). Everything is drawn from a fixed seed.
"""

import hashlib
import io
import json
import re
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL
import transformers
from PIL import Image, ImageCms
from transformers.image_utils import load_image
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

OUT = Path(__file__).parent / "pixels"
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


# Pictures ------------------------------------------------------------------------------------------------------


def photo(width, height, seed):
    """RGB noise with the 1/f spectrum of photographs, and two hard-edged shapes: H x W x 3, uint8."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1
    layers = []
    for _ in range(3):
        noise = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
        layer = np.fft.irfft2(noise / frequency**1.4, s=(height, width))
        layers.append(layer / layer.std())
    colour = np.stack([layers[0], 0.8 * layers[0] + 0.6 * layers[1], 0.7 * layers[0] + 0.7 * layers[2]], axis=-1)
    pixels = np.clip(colour * 55 + 125, 0, 255)
    pixels[height // 4 : height // 2, width // 5 : width // 3] = (250, 20, 30)
    pixels[height // 2 : height // 2 + 3, :] = (5, 10, 240)
    return pixels.astype(np.uint8)


def pattern(width, height, smooth):
    """Pixels that the tests compute too: a hash of the position, or a wrapped slope. H x W x 3, uint8."""
    y, x, c = np.meshgrid(*(np.arange(n, dtype=np.uint32) for n in (height, width, 3)), indexing="ij")
    if smooth:
        return ((x * 3 + y * 2 + c * 60) // 2 % 256).astype(np.uint8)
    value = (x + 1) * np.uint32(2654435761) ^ (y + 1) * np.uint32(2246822519) ^ (c + 1) * np.uint32(3266489917)
    value = (value ^ (value >> np.uint32(15))) * np.uint32(668265263)
    return (value >> np.uint32(24)).astype(np.uint8)


def alpha(width, height):
    """Opaque to transparent, left to right."""
    return np.broadcast_to(np.linspace(255, 0, width).astype(np.uint8), (height, width))


def shuffled_profile():
    """An sRGB profile with red and blue exchanged: whoever applies it gets other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")


# Encoders that Pillow lacks --------------------------------------------------------------------------------------


def png(samples, depth, colour_type, interlaced=False, chunks=(), after=()):
    """A PNG of `samples` (H x W or H x W x channels) at any bit depth, colour type and interlacing."""
    samples = samples if samples.ndim == 3 else samples[:, :, None]
    height, width, _ = samples.shape

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    def rows(part):
        for line in part:
            if depth == 16:
                yield b"\0" + line.astype(">u2").tobytes()
            elif depth == 8:
                yield b"\0" + line.astype(np.uint8).tobytes()
            else:
                bits = np.unpackbits(line.reshape(-1, 1).astype(np.uint8), axis=1)[:, 8 - depth :]
                yield b"\0" + np.packbits(bits.reshape(-1)).tobytes()

    # Adam7: first column, first row, column step, row step of each pass (PNG specification, 8.2).
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in passes] if interlaced else [samples]
    data = b"".join(line for part in parts if part.size for line in rows(part))
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, body)
        for name, body in [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(data, 9)), *after, (b"IEND", b"")]
    )


def without_checksums(content):
    """The PNG with zeros for the checksums of its pixels and of what comes after, which Pillow does not look at."""
    at, changed = 8, bytearray(content)
    while at < len(content):
        end = at + 12 + struct.unpack(">I", content[at : at + 4])[0]
        if content[at + 4 : at + 8] in (b"IDAT", b"IEND"):
            changed[end - 4 : end] = bytes(4)
        at = end
    return bytes(changed)


def tiff(samples, photometric, big=False, order="<", planes=False, compression=1, **tags):
    """A TIFF or BigTIFF of `samples` (H x W x channels), with the tags that Pillow does not write. Other tags by number, `t338=[1]`."""
    height, width, channels = samples.shape
    strips = [samples[:, :, c] for c in range(channels)] if planes else [samples]
    strips = [np.ascontiguousarray(strip.astype(strip.dtype.newbyteorder(order))).tobytes() for strip in strips]
    if compression == 8:
        strips = [zlib.compress(strip, 9) for strip in strips]
    start = 16 if big else 8
    offsets = [start + sum(map(len, strips[:index])) for index in range(len(strips))]
    entries = {
        256: [width], 257: [height], 258: [8 * samples.itemsize] * channels, 259: [compression], 262: [photometric],
        273: offsets, 277: [channels], 278: [height], 279: list(map(len, strips)), 284: [2 if planes else 1],
        **{int(name[1:]): values for name, values in tags.items()},
    }  # fmt: skip
    wide, number = (8, "Q") if big else (4, "I")
    directory = start + sum(map(len, strips))
    head = struct.pack(order + number if big else order + "H", len(entries))
    beyond = directory + len(head) + len(entries) * (12 + 2 * wide - 8 if not big else 20) + wide
    body, rest = b"", b""
    for tag, values in sorted(entries.items()):
        kind = "I" if tag in (273, 279) else "H"
        raw = struct.pack(f"{order}{len(values)}{kind}", *values)
        body += struct.pack(order + "HH" + number, tag, 4 if kind == "I" else 3, len(values))
        body += raw.ljust(wide, b"\0") if len(raw) <= wide else struct.pack(order + number, beyond + len(rest))
        rest += raw if len(raw) > wide else b""
    mark = b"II" if order == "<" else b"MM"
    version = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, directory) if big else (42, directory)))
    return mark + version + b"".join(strips) + head + body + struct.pack(order + number, 0) + rest


def branded(avif, major):
    """The AVIF with another major brand; `avif` stays among those that it is compatible with."""
    return avif[:8] + major + avif[12:]


def without_adobe_marker(jpeg):
    """The JPEG without its APP14 segment, which says that CMYK is stored inverted."""
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def gif_on_larger_canvas(transparent):
    """A 20 x 15 first frame at (5, 6) of a 40 x 30 canvas, with `transparent` as its transparent colour or None."""
    whole = encoded(Image.fromarray(photo(20, 15, 11)).quantize(32), "GIF")
    palette_end = 13 + (6 << (whole[10] & 7))
    image = whole[whole.index(b",", palette_end) :]
    header = b"GIF89a" + struct.pack("<HHBBB", 40, 30, whole[10], 5, 0) + whole[13:palette_end]
    control = b"!\xf9\x04" + struct.pack("<BHBB", transparent is not None, 0, transparent or 0, 0)
    return header + control + struct.pack("<BHHHHB", 0x2C, 5, 6, 20, 15, image[9]) + image[10:]


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


# The files -------------------------------------------------------------------------------------------------------


def jpegs():
    rgb = Image.fromarray(photo(163, 121, 1))
    for name, subsampling in [("420", 2), ("422", 1), ("444", 0)]:
        yield f"jpeg-{name}.jpg", encoded(rgb, "JPEG", quality=88, subsampling=subsampling)
    yield "jpeg-progressive.jpg", encoded(rgb, "JPEG", quality=85, progressive=True)
    yield "jpeg-low-quality.jpg", encoded(rgb, "JPEG", quality=20)
    yield "jpeg-grey.jpg", encoded(rgb.convert("L"), "JPEG", quality=90)
    yield "jpeg-rgb.jpg", encoded(rgb, "JPEG", quality=90, keep_rgb=True)
    yield "jpeg-profile.jpg", encoded(rgb, "JPEG", quality=90, icc_profile=shuffled_profile())
    cmyk = encoded(Image.fromarray(np.dstack([photo(96, 64, 2), photo(96, 64, 3)[:, :, 0] // 2]), "CMYK"), "JPEG")
    yield "jpeg-cmyk-adobe.jpg", cmyk
    yield "jpeg-cmyk.jpg", without_adobe_marker(cmyk)
    yield "jpeg-portrait.jpg", encoded(photo(90, 160, 4), "JPEG", quality=85)
    large = np.repeat(np.repeat(photo(125, 94, 10), 32, axis=0), 32, axis=1)[:3000, :4000]
    yield "jpeg-4000x3000.jpg", encoded(large, "JPEG", quality=60)
    small = Image.fromarray(photo(40, 24, 5))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"jpeg-orientation-{orientation}.jpg", encoded(small, "JPEG", quality=85, exif=exif)


def pngs():
    rgb = photo(61, 45, 6)
    grey = rgb[:, :, 1]
    grey16 = grey.astype(np.uint16) * 3  # crosses 255, where Pillow clips
    rgb16 = rgb.astype(np.uint16) * 257 - 100 * (rgb > 0)
    rgba16 = np.dstack([rgb16, alpha(61, 45).astype(np.uint16) * 257])
    yield "png-1-bit.png", png(grey >> 7, 1, 0)
    yield "png-grey-2-bit.png", png(grey >> 6, 2, 0)
    yield "png-grey-4-bit.png", png(grey >> 4, 4, 0)
    yield "png-grey.png", png(grey, 8, 0)
    yield "png-grey-16-bit.png", png(grey16, 16, 0)
    yield "png-grey-alpha.png", png(np.dstack([grey, alpha(61, 45)]), 8, 4)
    yield "png-grey-alpha-16-bit.png", png(np.dstack([grey16 * 85, rgba16[:, :, 3]]), 16, 4)
    yield "png-grey-transparent.png", png(grey, 8, 0, chunks=[(b"tRNS", struct.pack(">H", int(grey[0, 0])))])
    yield "png-grey-16-bit-transparent.png", png(grey16, 16, 0, chunks=[(b"tRNS", struct.pack(">H", int(grey16[0, 0])))])
    yield "png-rgb.png", png(rgb, 8, 2)
    yield "png-rgb-16-bit.png", png(rgb16, 16, 2)
    yield "png-rgb-transparent.png", png(rgb, 8, 2, chunks=[(b"tRNS", struct.pack(">HHH", *map(int, rgb[0, 0])))])
    yield "png-rgba.png", png(np.dstack([rgb, alpha(61, 45)]), 8, 6)
    yield "png-rgba-16-bit.png", png(rgba16, 16, 6)
    palette = Image.fromarray(rgb).quantize(40, dither=Image.Dither.NONE)
    plte = (b"PLTE", bytes(palette.getpalette()[:120]))
    yield "png-palette.png", png(np.array(palette), 8, 3, chunks=[plte])
    yield "png-palette-4-bit.png", png(np.array(palette) % 16, 4, 3, chunks=[(b"PLTE", plte[1][:48])])
    yield "png-palette-alpha.png", png(np.array(palette), 8, 3, chunks=[plte, (b"tRNS", bytes(range(0, 240, 6)))])
    yield "png-palette-one-clear.png", png(np.array(palette), 8, 3, chunks=[plte, (b"tRNS", b"\xff\xff\x00")])
    yield "png-interlaced.png", png(rgb, 8, 2, interlaced=True)
    yield "png-gamma.png", png(rgb, 8, 2, chunks=[(b"gAMA", struct.pack(">I", 100000))])
    yield "png-profile.png", encoded(rgb, "PNG", icc_profile=shuffled_profile())
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "png-orientation-6.png", encoded(rgb, "PNG", exif=exif)
    for name, orientation in [("after-pixels", 6), ("prefix", 5), ("raw-profile", 8), ("raw-profile-packed", 3), ("xmp", 7)]:
        exif[0x0112] = orientation
        content = exif.tobytes()
        profile = f"\nexif\n{len(content):8}\n{content.hex()}\n".encode()
        text = b"Raw profile type exif\0"
        xmp = f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()
        chunks = {
            "after-pixels": [(b"eXIf", content[6:])],
            "prefix": [(b"eXIf", content)],
            "raw-profile": [(b"tEXt", text + profile)],
            "raw-profile-packed": [(b"zTXt", text + b"\0" + zlib.compress(profile))],
            "xmp": [(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)],
        }[name]
        before = {} if name == "after-pixels" else {"chunks": chunks}
        after = {"after": chunks} if name == "after-pixels" else {}
        yield f"png-orientation-{name}.png", png(rgb, 8, 2, **before, **after)
    yield "png-no-checksums.png", without_checksums(png(rgb, 8, 2))
    yield "png-1x40.png", png(pattern(1, 40, False), 8, 2)
    yield "png-40x1.png", png(pattern(40, 1, False), 8, 2)
    yield "png-1x1.png", png(pattern(1, 1, False), 8, 2)
    yield "png-tall.png", png(photo(40, 111, 12), 8, 2)
    yield "png-32x32.png", png(photo(32, 32, 7), 8, 2)


def others():
    rgb = Image.fromarray(photo(70, 50, 8))
    rgba = Image.fromarray(np.dstack([np.array(rgb), alpha(70, 50)]))
    second = Image.fromarray(photo(70, 50, 9))
    yield "webp-lossy.webp", encoded(rgb, "WEBP", quality=80)
    yield "webp-lossless.webp", encoded(rgb, "WEBP", lossless=True)
    yield "webp-alpha.webp", encoded(rgba, "WEBP", lossless=True, exact=True)
    yield "webp-lossy-alpha.webp", encoded(rgba, "WEBP", quality=80)
    yield "webp-animated.webp", encoded(rgb, "WEBP", save_all=True, append_images=[second], lossless=True)
    yield "gif.gif", encoded(rgb.quantize(64), "GIF")
    yield "gif-animated.gif", encoded(rgb.quantize(32), "GIF", save_all=True, append_images=[second.quantize(32)])
    yield "gif-transparent.gif", encoded(rgb.quantize(32), "GIF", transparency=3)
    yield "gif-interlaced.gif", encoded(rgb.quantize(16), "GIF", interlace=1)
    yield "gif-small-frame.gif", gif_on_larger_canvas(None)
    yield "gif-small-transparent-frame.gif", gif_on_larger_canvas(3)
    yield "webp-animated-alpha.webp", encoded(rgba, "WEBP", save_all=True, append_images=[second], lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 8
    yield "webp-orientation-8.webp", encoded(rgb, "WEBP", lossless=True, exif=exif)
    yield "tiff-rgb.tiff", encoded(rgb, "TIFF", compression="tiff_lzw")
    yield "tiff-rgba.tiff", encoded(rgba, "TIFF", compression="tiff_adobe_deflate")
    yield "tiff-grey.tiff", encoded(rgb.convert("L"), "TIFF", compression="packbits")
    yield "tiff-grey-16-bit.tiff", encoded(np.array(rgb)[:, :, 0].astype(np.uint16) * 3, "TIFF")
    yield "tiff-grey-32-bit.tiff", encoded(np.array(rgb)[:, :, 0].astype(np.int32) * 3 - 90, "TIFF")
    yield "tiff-1-bit.tiff", encoded(rgb.convert("1"), "TIFF")
    yield "tiff-palette.tiff", encoded(rgb.quantize(32), "TIFF")
    yield "tiff-cmyk.tiff", encoded(rgb.convert("CMYK"), "TIFF")
    yield "tiff-jpeg.tiff", encoded(rgb, "TIFF", compression="jpeg", quality=85)
    yield "tiff-float.tiff", encoded(np.array(rgb)[:, :, 0].astype(np.float32) * 1.5 - 40, "TIFF")
    yield "tiff-pages.tiff", encoded(rgb, "TIFF", save_all=True, append_images=[second])
    yield "tiff-orientation-6.tiff", encoded(rgb, "TIFF", tiffinfo={274: 6})
    yield from odd_tiffs(np.array(rgb))
    for kind, options in [("jpeg-xmp.jpg", {"quality": 90}), ("webp-xmp.webp", {"lossless": True})]:
        xmp = b"<x:xmpmeta><rdf:Description><tiff:Orientation>6</tiff:Orientation></rdf:Description></x:xmpmeta>"
        yield kind, encoded(rgb, kind[:4].upper(), xmp=xmp, **options)
    yield "gif-interlaced-animated.gif", encoded(second.quantize(8), "GIF", interlace=1, save_all=True, append_images=[rgb])
    yield "avif.avif", encoded(rgb, "AVIF", quality=80)
    full = encoded(rgb, "AVIF", quality=80, subsampling="4:4:4")
    yield "avif-444.avif", full
    yield "avif-mif1.avif", branded(full, b"mif1")
    yield "avif-sequence.avif", encoded(rgb, "AVIF", quality=80, subsampling="4:4:4", save_all=True, append_images=[second])


def odd_tiffs(rgb):
    """Colours that libvips converts otherwise than Pillow, unless it is kept from that."""
    small = rgb[:25, :35]
    wide = (small.astype(np.uint16) * 257 - 100 * (small > 0)).astype(np.uint16)
    inks = np.dstack([wide, 65535 - wide[:, :, 1] // 2])
    grey = small[:, :, :1]
    shade = np.broadcast_to(np.linspace(0, 255, 35).astype(np.uint8)[None, :, None], grey.shape)
    yield "tiff-big.tiff", tiff(small, 2, big=True)
    yield "tiff-big-grey-16-bit.tiff", tiff(grey.astype(np.uint16) * 3, 1, big=True)
    yield "tiff-rgb-16-bit.tiff", tiff(wide, 2, order=">")
    yield "tiff-cmyk-16-bit.tiff", tiff(inks, 5)
    yield "tiff-cmyk-16-bit-packed.tiff", tiff(inks, 5, order=">", compression=8)
    yield "tiff-cmyk-extra.tiff", tiff(np.dstack([(inks >> 8).astype(np.uint8), shade]), 5, t338=[0])
    yield "tiff-grey-signed.tiff", tiff(grey, 1, t339=[2])
    yield "tiff-grey-signed-16-bit.tiff", tiff(grey.astype(np.int16) * 4 - 300, 1, t339=[2])
    yield "tiff-grey-16-bit-white-is-zero.tiff", tiff(grey.astype(np.uint16) * 3, 0)
    yield "tiff-white-is-zero.tiff", tiff(grey, 0)
    yield "tiff-rgb-extra.tiff", tiff(np.dstack([small, shade]), 2, t338=[0])
    yield "tiff-premultiplied.tiff", tiff(np.dstack([small, shade]), 2, t338=[1])
    yield "tiff-premultiplied-16-bit.tiff", tiff(np.dstack([wide, shade.astype(np.uint16) * 257]), 2, t338=[1])
    yield "tiff-planes.tiff", tiff(small, 2, planes=True, compression=8)
    yield "tiff-ycbcr.tiff", tiff(np.array(Image.fromarray(small).convert("YCbCr")), 6, t530=[1, 1])


# What Pillow and Hugging Face make of them -------------------------------------------------------------------------


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def decoded(path):
    """Width, height, SHA-256 of the RGB bytes, and a 4 x 4 bicubic thumbnail that shows how far off a decoder is."""
    image = load_image(str(path))
    with Image.open(path) as stored:
        mode, as_stored = stored.mode, stored.convert("RGB")
    return {
        "file": path.name,
        "mode": mode,
        "width": image.width,
        "height": image.height,
        "sha256": sha256(image),
        "stored": {"width": as_stored.width, "height": as_stored.height, "sha256": sha256(as_stored)},
        "thumbnail": np.array(image.resize((4, 4), Image.Resampling.BICUBIC)).ravel().tolist(),
    }


SIZES = [  # from, to: identity, both axes, one axis, enlarging, slivers, reduced in height above all
    ((64, 48), (64, 48)), ((64, 48), (32, 24)), ((64, 48), (64, 20)), ((64, 48), (20, 48)), ((32, 32), (224, 224)),
    ((50, 70), (224, 313)), ((131, 97), (86, 64)), ((97, 131), (64, 86)), ((1, 40), (7, 7)), ((40, 1), (7, 7)),
    ((1, 1), (5, 3)), ((200, 3), (1, 1)), ((500, 375), (298, 224)), ((3, 3), (100, 2)), ((997, 641), (13, 300)),
    ((60, 80), (40, 39)), ((60, 80), (40, 40)), ((30, 90), (16, 48)), ((90, 30), (48, 16)), ((60, 60), (61, 59)),
]  # fmt: skip


def resampled():
    cases = [(source, target, name) for source, target in SIZES for name in FILTERS]
    cases += [((4000, 3000), (298, 224), name) for name in ("bicubic", "nearest")]
    for source, target, name in cases:
        for smooth in (False, True):
            image = Image.fromarray(pattern(*source, smooth)).resize(target, FILTERS[name])
            yield {"from": source, "to": target, "filter": name, "smooth": smooth, "sha256": sha256(image)}


CONFIGURATIONS = [
    {},
    {"size": {"shortest_edge": 48}, "crop_size": {"height": 48, "width": 48}},
    {"size": 37, "crop_size": 30},
    {"size": {"shortest_edge": 31}, "crop_size": {"height": 40, "width": 20}},
    {"size": {"shortest_edge": 20}, "crop_size": {"height": 33, "width": 64}, "resample": 2},
    {"size": {"height": 32, "width": 48}, "do_center_crop": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
    {"do_resize": False, "crop_size": {"height": 25, "width": 31}, "do_normalize": False},
    {"size": {"shortest_edge": 24}, "crop_size": 24, "do_rescale": False, "resample": 1},
    {"size": {"shortest_edge": 24}, "crop_size": 24, "rescale_factor": 1 / 127.5, "resample": 0},
    {"image_processor_type": "ViTImageProcessor", "size": 24},
    {"image_processor_type": "ViTFeatureExtractor", "size": {"height": 20, "width": 30}},
    {"image_processor_type": "SiglipImageProcessorFast", "size": {"height": 20, "width": 30}},
    {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 24}, "crop_size": 20},
    {"use_square_size": True, "size": {"shortest_edge": 24}, "crop_size": 24},
]
PROCESSORS = {"ViT": ViTImageProcessorPil, "Siglip": SiglipImageProcessorPil, "Bit": BitImageProcessorPil}
PREPROCESSED = ["png-rgb.png", "png-32x32.png", "png-1x40.png", "png-palette-alpha.png", "png-tall.png"]


def preprocessed():
    for configuration in CONFIGURATIONS:
        options = {key: value for key, value in configuration.items() if key != "image_processor_type"}
        kind = re.match("ViT|Siglip|Bit|", configuration.get("image_processor_type", "")).group()
        processor_of = PROCESSORS.get(kind, CLIPImageProcessorPil)
        processor = processor_of(**options)
        picture = processor_of(**{**options, "do_rescale": False, "do_normalize": False})
        for file in PREPROCESSED:
            image = load_image(str(OUT / file))
            values = np.asarray(processor(image)["pixel_values"][0], dtype=np.float32)
            pixels = np.asarray(picture(image)["pixel_values"][0], dtype=np.uint8).transpose(1, 2, 0)
            yield {
                "configuration": configuration,
                "file": file,
                "width": values.shape[2],
                "height": values.shape[1],
                "pixels": sha256(pixels),
                "values": sha256(values),
                "first": [float(value) for value in values.ravel()[:4]],
            }


def main():
    warnings.filterwarnings("ignore")
    OUT.mkdir(exist_ok=True)
    paths = []
    for name, content in [*jpegs(), *pngs(), *others()]:
        paths.append(OUT / name)
        paths[-1].write_bytes(content)
    sections = {
        "made_with": {"pillow": PIL.__version__, "transformers": transformers.__version__},
        "decoded": [decoded(path) for path in paths],
        "resampled": list(resampled()),
        "preprocessed": list(preprocessed()),
    }
    body = ",\n".join(
        f'"{name}": {json.dumps(rows)}' if isinstance(rows, dict)
        else f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for name, rows in sections.items()
    )  # fmt: skip
    (OUT / "expected.json").write_text("{\n" + body + "\n}\n")
    if len(sys.argv) == 3:
        load_image(str(OUT / sys.argv[1])).save(Path(sys.argv[2]) / f"{sys.argv[1]}.png")


if __name__ == "__main__":
    main()
