"""Write square.onnx beside this file: one multiplication of two float32 matrices.

usage: make_square.py   (needs onnx)
"""

from pathlib import Path

import onnx
from onnx import TensorProto as T
from onnx import helper

matrix = [(name, T.FLOAT, ["rows", "columns"]) for name in ("a", "b", "product")]
inputs, outputs = ([helper.make_tensor_value_info(*info) for info in part] for part in (matrix[:2], matrix[2:]))
graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["product"])], "square", inputs, outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
onnx.checker.check_model(model)
onnx.save(model, Path(__file__).parent / "square.onnx")
