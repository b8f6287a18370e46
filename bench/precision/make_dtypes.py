"""Write the towers of a model folder in every dtype that nearlabel loads, beside fp32.

usage: make_dtypes.py MODEL OUT [dtype ...]

MODEL is a folder with onnx/vision_model.onnx and onnx/text_model.onnx; OUT becomes a model folder with the same
configuration and tokenizer. Needs onnx and onnxruntime.

`int8` and `uint8` quantise every operator that quantize_dynamic knows, as the published exports do, whose `_quantized`
is uint8 where there is a convolution. `quantized` is what docs/models.md advises instead: int8 by column, and the
convolution, a hundredth of the work, left as it is.

The quantisers find only weights that are stored as such. Exports may compute them from constants instead (models/mini
does), so constants are folded first, by ONNX Runtime's basic optimisations, which use standard operators alone.
"""

import logging
import shutil
import sys
import tempfile
from pathlib import Path

import onnx
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16


def fold_constants(source, target):
    options = SessionOptions()
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    InferenceSession(source, options, providers=["CPUExecutionProvider"])


def half(source, target):
    onnx.save(convert_float_to_float16(onnx.load(source)), target)


def dynamic(**options):
    return lambda source, target: quantize_dynamic(source, target, **options)


def four_bits(source):
    quantizer = MatMulNBitsQuantizer(onnx.load(source), bits=4, block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    return quantizer.model.model


def q4(source, target):
    onnx.save(four_bits(source), target)


def q4f16(source, target):
    onnx.save(convert_float_to_float16(four_bits(source)), target)


def bnb4(source, target):
    quantizer = MatMulBnb4Quantizer(onnx.load(source), MatMulBnb4Quantizer.NF4, 64)
    quantizer.process()
    onnx.save(quantizer.model.model, target)


DTYPES = {
    "fp16": half,
    "int8": dynamic(weight_type=QuantType.QInt8),
    "uint8": dynamic(weight_type=QuantType.QUInt8),
    "quantized": dynamic(weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gemm", "Gather"]),
    "q4": q4,
    "q4f16": q4f16,
    "bnb4": bnb4,
}


def main(model, out, *wanted):
    logging.disable(logging.WARNING)
    model, out = Path(model), Path(out)
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    in_place = model.resolve() == out.resolve()
    for file in [] if in_place else model.glob("*.json"):
        shutil.copy(file, out)
    for tower in ("vision_model", "text_model"):
        source = model / "onnx" / f"{tower}.onnx"
        if not in_place:
            shutil.copy(source, out / "onnx")
        with tempfile.TemporaryDirectory() as folder:
            folded = Path(folder) / source.name
            fold_constants(source, folded)
            for dtype in wanted or DTYPES:
                target = out / "onnx" / f"{tower}_{dtype}.onnx"
                DTYPES[dtype](folded, target)
                print(f"{target.name}  {target.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
