"""Damage to files: each kind of damage is a function of the bytes and of a random generator."""

import json
import struct

from parts import mended, parts_of

NUMBERS = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1]
JSON_VALUES = [None, True, False, 0, -1, 1, 1.5, 1e300, 2**53, 2**70, "", "x", "\u0000", "ß" * 300, [], {}, [[]], [0, 0, 0], {"a": 1}]
JSON_KINDS = {"tokenizer", "preprocessor", "config"}
TEXT = [b"\x00", b"\r", b"\n", b"\r\n", b'"', b"'", b",", b";", b"\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\xed\xa0\x80", b"{", b"}", b"[", b"]",
        b":", b"\\", b"\\u0000", b"\\ud800", b"NaN", b"1e999", b"null", b"True", b"-", b"|", b"\xc2\x85", b"\xe2\x80\xa8", b" "]
TEXT_KINDS = {"csv", "jsonl", "labels", "templates", "label-map", "card", "npy", "embeddings", *JSON_KINDS}


def mutated(kind, data, others, rng):
    """`data` after one to three kinds of damage, and their names. `others` are more files of the kind."""
    names = []
    for _ in range(rng.choices([1, 2, 3], [7, 2, 1])[0]):
        operation = rng.choice(operations_of(kind))
        data = operation(data, kind, others, rng)
        names.append(operation.__name__)
    if rng.random() < 0.7:
        data = mended(kind, data)
    return data, names


def operations_of(kind):
    structural = [part_dropped, part_doubled, parts_swapped, part_changed, part_changed, part_replaced]
    text = [text_put_in] * 4 if kind in TEXT_KINDS else []
    return [*EVERYWHERE, *structural, *text, *([json_changed] * 12 if kind in JSON_KINDS else [])]


def place(data, kind, rng):
    """A position, more often where headers are."""
    if not data:
        return 0
    chance = rng.random()
    spans = [span for span in parts_of(kind, data) if span[0] < span[1]]
    if chance < 0.35 and spans:
        start, end = rng.choice(spans)
        return rng.randrange(start, min(end, start + 16))
    return rng.randrange(min(len(data), 96) if chance < 0.5 else len(data))


def bit_flipped(data, kind, others, rng):
    out = bytearray(data or b"\0")
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        out[place(out, kind, rng)] ^= 1 << rng.randrange(8)
    return bytes(out)


def byte_changed(data, kind, others, rng):
    out = bytearray(data or b"\0")
    out[place(out, kind, rng)] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256), rng.randrange(256), rng.randrange(256)])
    return bytes(out)


def number_changed(data, kind, others, rng):
    form = rng.choice(["<H", ">H", "<I", ">I", "<Q", ">Q"])
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    at = min(place(data, kind, rng), len(data) - size)
    number = struct.unpack_from(form, data, at)[0]
    changed = rng.choice([number + 1, number - 1, number * 2, number // 2, rng.choice(NUMBERS), rng.choice(NUMBERS)])
    return data[:at] + struct.pack(form, changed % 256**size) + data[at + size :]


def truncated(data, kind, others, rng):
    if rng.random() < 0.5:
        return data[: -rng.randint(1, 40)]
    return data[: rng.randrange(len(data) + 1)]


def put_in(data, kind, others, rng):
    at = place(data, kind, rng)
    return data[:at] + rng.randbytes(rng.choice([1, 1, 2, 4, 16])) + data[at:]


def taken_out(data, kind, others, rng):
    at = place(data, kind, rng)
    return data[:at] + data[at + rng.choice([1, 1, 2, 4, 16, 100]) :]


def run_overwritten(data, kind, others, rng):
    at = place(data, kind, rng)
    length = min(rng.choice([2, 4, 16, 64]), len(data) - at)
    return data[:at] + (bytes(length) if rng.random() < 0.5 else rng.randbytes(length)) + data[at + length :]


def other_spliced(data, kind, others, rng):
    other = rng.choice(others)
    return data[: place(data, kind, rng)] + other[place(other, kind, rng) :]


def appended(data, kind, others, rng):
    return data + (rng.randbytes(rng.choice([1, 7, 100])) if rng.random() < 0.6 else rng.choice(others))


EVERYWHERE = [bit_flipped, bit_flipped, byte_changed, byte_changed, number_changed, number_changed, truncated, put_in, taken_out,
              run_overwritten, other_spliced, appended]


def part_dropped(data, kind, others, rng):
    spans = parts_of(kind, data)
    start, end = rng.choice(spans) if spans else (0, 0)
    return data[:start] + data[end:]


def part_doubled(data, kind, others, rng):
    spans = parts_of(kind, data)
    start, end = rng.choice(spans) if spans else (0, 0)
    return data[:end] + data[start:end] + data[end:]


def parts_swapped(data, kind, others, rng):
    spans = parts_of(kind, data)
    if len(spans) < 2:
        return data
    (a, b), (c, d) = sorted(rng.sample(spans, 2))
    return data if c < b else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def part_changed(data, kind, others, rng):
    """A byte or a number within the beginning of a part, where its name, length and fields are."""
    spans = [span for span in parts_of(kind, data) if span[1] - span[0] > 1]
    if not spans:
        return byte_changed(data, kind, others, rng)
    start, end = rng.choice(spans)
    operation = rng.choice([bit_flipped, byte_changed, number_changed])
    return data[:start] + operation(data[start:end], "", others, rng) + data[end:]


def part_replaced(data, kind, others, rng):
    """A part by one of another file."""
    spans, other = parts_of(kind, data), rng.choice(others)
    foreign = parts_of(kind, other)
    if not spans or not foreign:
        return data
    (start, end), (first, last) = rng.choice(spans), rng.choice(foreign)
    return data[:start] + other[first:last] + data[end:]


def text_put_in(data, kind, others, rng):
    at = place(data, kind, rng)
    return data[:at] + rng.choice(TEXT) + data[at + rng.choice([0, 0, 1]) :]


def json_changed(data, kind, others, rng):
    """One value of the JSON is another, or is left out, or has another name."""
    try:
        root = [json.loads(data)]
    except ValueError:
        return data
    places = list(json_places(root))
    holder, key = rng.choice([one for one in places if one[0] is not root] or places)
    chance = rng.random()
    if chance < 0.2:
        del holder[key]
    elif chance < 0.3 and isinstance(holder, dict):
        holder[rng.choice(["x", "", "type", "__proto__", "constructor"])] = holder.pop(key)
    elif chance < 0.5:
        other, name = rng.choice(places)
        holder[key] = json.loads(json.dumps(other[name]))
    elif isinstance(holder[key], (int, float)) and chance < 0.8:
        holder[key] = rng.choice([holder[key] + 1, -holder[key], holder[key] * 1000, 0, holder[key] + 0.5])
    else:
        holder[key] = rng.choice(JSON_VALUES)
    return json.dumps(root[0] if root else None, ensure_ascii=False).encode("utf-8", "surrogatepass")


def json_places(holder):
    for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
        yield holder, key
        if isinstance(holder[key], (dict, list)) and len(holder[key]) < 5000:
            yield from json_places(holder[key])
