"""The parts that a file of each kind is made of, and what has to be put right once one of them was changed."""

import struct
import zlib


def parts_of(kind, data):
    """Spans [start, end) of the chunks, segments, entries or lines of `data`, as far as they can be followed."""
    return PARTS.get(kind, lambda data: [])(data)


def mended(kind, data):
    """`data` with the check sums and lengths right that would hide every change behind them."""
    return MENDED.get(kind, lambda data: data)(data)


def chunks(start, order, overhead, pad=False):
    """Spans of records of a name and a length, as PNG and RIFF have them."""
    def spans(data):
        found, at = [], start
        while at + 8 <= len(data):
            length = struct.unpack_from(order, data, at + (4 if order[0] == "<" else 0))[0]
            end = at + overhead + length + (length % 2 if pad else 0)
            found.append((at, min(end, len(data))))
            at = end
        return found

    return spans


png_chunks = chunks(8, ">I", 12)
riff_chunks = chunks(12, "<I", 8, pad=True)


def mended_png(data):
    out = bytearray(data)
    for start, end in png_chunks(data):
        if end - start >= 12:
            struct.pack_into(">I", out, end - 4, zlib.crc32(out[start + 4 : end - 4]))
    return bytes(out)


def mended_riff(data):
    return data[:4] + struct.pack("<I", max(0, len(data) - 8) & 0xFFFFFFFF) + data[8:]


def jpeg_segments(data):
    found, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0xDA:
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1] not in (0, *range(0xD0, 0xD8))):
                end += 1
        found.append((at, min(end, len(data))))
        at = end
    return found


def gif_blocks(data):
    if len(data) < 13:
        return []
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    found = [(6, 13), (13, at)]
    while at < len(data) and data[at] in (0x21, 0x2C):
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            flags = data[at + 9] if at + 9 < len(data) else 0
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        while at < len(data) and data[at]:
            found.append((at, min(at + data[at] + 1, len(data))))
            at += data[at] + 1
        at += 1
        found.append((start, min(at, len(data))))
    return found


def tiff_entries(data):
    """The 12 bytes of each entry of each directory."""
    found, order = [], "<" if data[:2] == b"II" else ">"
    at, seen = (struct.unpack_from(order + "I", data, 4)[0] if len(data) >= 8 else 0), set()
    while 8 <= at < len(data) - 2 and at not in seen:
        seen.add(at)
        count = struct.unpack_from(order + "H", data, at)[0]
        found += [(at + 2 + 12 * entry, at + 14 + 12 * entry) for entry in range(count) if at + 14 + 12 * entry <= len(data)]
        after = at + 2 + 12 * count
        at = struct.unpack_from(order + "I", data, after)[0] if after + 4 <= len(data) else 0
    return found


CONTAINERS = {b"meta": 12, b"iprp": 8, b"ipco": 8, b"moov": 8, b"trak": 8}


def boxes(data, start=0, end=None):
    """Boxes of ISO base media, and those in them."""
    found, end = [], len(data) if end is None else end
    while start + 8 <= end:
        length = struct.unpack_from(">I", data, start)[0] or end - start
        stop = min(start + max(length, 8), end)
        found.append((start, stop))
        inner = CONTAINERS.get(bytes(data[start + 4 : start + 8]))
        if inner:
            found += boxes(data, start + inner, stop)
        start = stop
    return found


def tar_blocks(data):
    return [(at, min(at + 512, len(data))) for at in range(0, len(data), 512)]


def mended_tar(data):
    """With the check sums of all blocks that look like headers."""
    out = bytearray(data)
    for start, end in tar_blocks(data):
        block = out[start:end]
        if len(block) == 512 and (block[257:262] == b"ustar" or block[100:107].strip(b"0123456 \0") == b"" and any(block[:100])):
            block[148:156] = b" " * 8
            out[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return bytes(out)


def npy_header(data):
    return [(0, 10), (10, min(128, len(data)))]


def parquet_footer(data):
    length = struct.unpack_from("<I", data, len(data) - 8)[0] if len(data) >= 12 else 0
    return [(4, min(64, len(data))), (max(0, len(data) - 8 - length), len(data) - 8), (max(0, len(data) - 8), len(data))]


def lines(data):
    found, start = [], 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        found.append((start, end))
        start = end
    return found


PARTS = {"png": png_chunks, "webp": riff_chunks, "jpeg": jpeg_segments, "jpeg-fast": jpeg_segments, "gif": gif_blocks, "tiff": tiff_entries, "avif": boxes,
         "tar": tar_blocks, "npy": npy_header, "embeddings": npy_header, "parquet": parquet_footer, "csv": lines, "jsonl": lines,
         "labels": lines, "templates": lines, "label-map": lines, "card": lines}
MENDED = {"png": mended_png, "webp": mended_riff, "tar": mended_tar}
