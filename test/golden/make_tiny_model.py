"""Write tiny-model/: the parts of a CLIP of a few kilobytes, which test/model.test.ts puts together into folders.

Weights are drawn from a seed and mean nothing. The vision tower averages each colour over the picture and projects
the averages; the text tower averages the embeddings of the tokens that the mask keeps. `graphs/` holds one ONNX file
for each layout and each fault that the loader has to tell.

usage: make_tiny_model.py MINI_TOKENIZER_JSON
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

OUT = Path(__file__).parent / "tiny-model"
DIMENSION, LOGIT_SCALE, MERGES = 4, 37.5, 20
rng = np.random.default_rng(5)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


def info(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, OUT / "graphs" / f"{name}.onnx")


PROJECTION = constant("projection", rng.normal(size=(3, DIMENSION)).astype(np.float32))
PIXELS = info("pixel_values", T.FLOAT, ["batch", 3, 8, 8])
VISION = [
    node("ReduceMean", ["pixel_values"], "colour", axes=[2, 3], keepdims=0),
    node("MatMul", ["colour", "projection"], "image_embeds"),
]


def text_constants(vocabulary):
    table = np.random.default_rng(6).normal(size=(vocabulary, DIMENSION)).astype(np.float32)
    return [constant("table", table), constant("last", np.array([2], np.int64)), constant("along", np.array([1], np.int64))]


TEXT = [
    node("Gather", ["table", "input_ids"], "tokens"),
    node("Cast", ["attention_mask"], "kept", to=T.FLOAT),
    node("Unsqueeze", ["kept", "last"], "weights"),
    node("Mul", ["tokens", "weights"], "weighted"),
    node("ReduceSum", ["weighted", "along"], "text_embeds", keepdims=0),
]


def ids(kind=T.INT64):
    return [info("input_ids", kind, ["texts", "n"]), info("attention_mask", kind, ["texts", "n"])]


def embeds(name, kind=T.FLOAT):
    return info(name, kind, ["texts" if name == "text_embeds" else "batch", DIMENSION])


def renamed(nodes, old, new):
    """The nodes with one value's name replaced, so that more can be put behind it."""
    swap = lambda names: [new if name == old else name for name in names]
    return [helper.make_node(n.op_type, swap(n.input), swap(n.output), **{a.name: helper.get_attribute_value(a) for a in n.attribute}) for n in nodes]


def towers(vocabulary):
    words = text_constants(vocabulary)
    save("vision", VISION, [PIXELS], [embeds("image_embeds")], [PROJECTION])
    save("text", TEXT, ids(), [embeds("text_embeds")], words)
    half = lambda name: node("Cast", ["single"], name, to=T.FLOAT16)
    save("vision_float16", renamed(VISION, "image_embeds", "single") + [half("image_embeds")], [PIXELS], [embeds("image_embeds", T.FLOAT16)], [PROJECTION])
    save("text_int32_float16", renamed(TEXT, "text_embeds", "single") + [half("text_embeds")], ids(T.INT32), [embeds("text_embeds", T.FLOAT16)], words)


def faults(vocabulary):
    words = text_constants(vocabulary)
    # The square root of a negative number is NaN: dark pictures have none but negative averages.
    save("vision_nan", [VISION[0], node("Sqrt", ["colour"], "root"), node("MatMul", ["root", "projection"], "image_embeds")], [PIXELS], [embeds("image_embeds")], [PROJECTION])
    save("text_nan", renamed(TEXT, "text_embeds", "sum") + [node("Sqrt", ["sum"], "text_embeds")], ids(), [embeds("text_embeds")], words)
    save("vision_unprojected", renamed(VISION, "image_embeds", "pooler_output"), [PIXELS], [embeds("pooler_output")], [PROJECTION])
    deep = renamed(VISION, "image_embeds", "flat") + [node("Unsqueeze", ["flat", "along"], "image_embeds")]
    save("vision_3d", deep, [PIXELS], [info("image_embeds", T.FLOAT, ["batch", 1, DIMENSION])], [PROJECTION, words[2]])
    save("text_unknown_input", renamed(TEXT, "attention_mask", "decoder_mask"), [ids()[0], info("decoder_mask", T.INT64, ["texts", "n"])], [embeds("text_embeds")], words)
    save("text_float_ids", [node("Cast", ["input_ids"], "whole", to=T.INT64), *renamed(TEXT, "input_ids", "whole")], [info("input_ids", T.FLOAT, ["texts", "n"]), ids()[1]], [embeds("text_embeds")], words)


def both(vocabulary):
    logits = [
        node("ReduceL2", ["image_embeds"], "image_norm", axes=[1]),
        node("Div", ["image_embeds", "image_norm"], "image_unit"),
        node("ReduceL2", ["text_embeds"], "text_norm", axes=[1]),
        node("Div", ["text_embeds", "text_norm"], "text_unit"),
        node("Transpose", ["text_unit"], "text_columns", perm=[1, 0]),
        node("MatMul", ["image_unit", "text_columns"], "cosines"),
        node("Mul", ["cosines", "scale"], "logits_per_image"),
    ]
    embeddings = [embeds("text_embeds"), embeds("image_embeds")]
    constants = [PROJECTION, *text_constants(vocabulary), constant("scale", np.float32(LOGIT_SCALE))]
    save("both", VISION + TEXT + logits, [*ids(), PIXELS], [info("logits_per_image", T.FLOAT, ["batch", "texts"]), *embeddings], constants)
    save("both_without_logits", VISION + TEXT, [*ids(), PIXELS], embeddings, constants[:-1])


def precisions():
    """Both towers as the usual tools make them in half precision, inputs and outputs too, and in int8."""
    for name in ("vision", "text"):
        source = OUT / "graphs" / f"{name}.onnx"
        onnx.save(convert_float_to_float16(onnx.load(source)), OUT / "graphs" / f"{name}_fp16.onnx")
        quantize_dynamic(source, OUT / "graphs" / f"{name}_quantized.onnx", weight_type=QuantType.QInt8)


def unusual(vocabulary):
    """A vision tower for two pictures, and a text tower that takes padding for text."""
    pair = info("pixel_values", T.FLOAT, [2, 3, 8, 8])
    save("vision_two", VISION, [pair], [info("image_embeds", T.FLOAT, [2, DIMENSION])], [PROJECTION])
    words = text_constants(vocabulary)
    nodes = [TEXT[0], node("ReduceSum", ["tokens", "along"], "text_embeds", keepdims=0)]
    save("text_unmasked", nodes, ids()[:1], [embeds("text_embeds")], [words[0], words[2]])


def outside():
    """The text tower with its table in a file beside it, as exports of more than 2 GB are."""
    graphs = OUT / "graphs"
    text = onnx.load(graphs / "text.onnx")
    location = "text_model.onnx_data"
    onnx.save_model(text, graphs / "text_outside.onnx", save_as_external_data=True, location=location, size_threshold=100)
    (graphs / location).rename(graphs / "text_outside.onnx_data")


def tokenizer(mini):
    """The mini model's tokenizer with its single bytes, its first merges and no more; its size."""
    mini["model"]["merges"] = mini["model"]["merges"][:MERGES]
    merged = {a + b for a, b in mini["model"]["merges"]}
    single = [token for token in mini["model"]["vocab"] if len(token.removesuffix("</w>")) == 1 or token in merged]
    mini["model"]["vocab"] = {token: index for index, token in enumerate(single)}
    specials = ["<|startoftext|>", "<|endoftext|>"]
    for index, token in enumerate(mini["added_tokens"]):
        token["id"] = len(single) + index
        assert token["content"] == specials[index]
    start, end = (token["id"] for token in mini["added_tokens"])
    mini["post_processor"].update(cls=[specials[0], start], sep=[specials[1], end])
    return len(single) + 2


def write(name, value):
    (OUT / name).write_text(json.dumps(value) + "\n", "utf-8")


def main(mini):
    (OUT / "graphs").mkdir(parents=True, exist_ok=True)
    words = json.loads(Path(mini).read_text("utf-8"))
    vocabulary = tokenizer(words)
    write("tokenizer.json", words)
    write("config.json", {"model_type": "clip", "projection_dim": DIMENSION, "text_config": {"max_position_embeddings": 16}})
    size = {"height": 8, "width": 8}
    write("preprocessor_config.json", {"crop_size": size, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
        "do_rescale": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25],
        "resample": 3, "rescale_factor": 1 / 255, "size": {"shortest_edge": 8}})
    towers(vocabulary)
    faults(vocabulary)
    both(vocabulary)
    precisions()
    unusual(vocabulary)
    outside()


if __name__ == "__main__":
    main(*sys.argv[1:])
