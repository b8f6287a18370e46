"""Write networks beside this file that show what the machine can do.

    square.onnx  one multiplication of two float32 matrices
    sum.onnx     the sum of each row of a float32 matrix

usage: make_networks.py   (needs onnx)
"""

from pathlib import Path

import onnx
from onnx import TensorProto as T
from onnx import helper

MATRIX = ["rows", "columns"]


def save(name, node, inputs, outputs, constants=()):
    graph = helper.make_graph(
        [node],
        name,
        [helper.make_tensor_value_info(each, T.FLOAT, MATRIX) for each in inputs],
        [helper.make_tensor_value_info(each, T.FLOAT, shape) for each, shape in outputs.items()],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, Path(__file__).parent / f"{name}.onnx")


save("square", helper.make_node("MatMul", ["a", "b"], ["product"]), ["a", "b"], {"product": MATRIX})
save(
    "sum",
    helper.make_node("ReduceSum", ["a", "over"], ["sums"], keepdims=0),
    ["a"],
    {"sums": ["rows"]},
    [helper.make_tensor("over", T.INT64, [1], [1])],
)
