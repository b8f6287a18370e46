"""Write models/probe/integer-sums.onnx: the largest sums of 8-bit products, which some processors do not carry.

usage: make_probe_network.py   (needs onnx and numpy)
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

OUT = Path(__file__).parent.parent / "models" / "probe"

weights = numpy_helper.from_array(np.full((64, 16), 127, np.int8), "weights")
graph = helper.make_graph(
    [helper.make_node("MatMulInteger", ["values", "weights"], ["sums"])],
    "integer-sums",
    [helper.make_tensor_value_info("values", T.UINT8, ["rows", 64])],
    [helper.make_tensor_value_info("sums", T.INT32, ["rows", 16])],
    [weights],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
OUT.mkdir(exist_ok=True)
onnx.save(model, OUT / "integer-sums.onnx")
