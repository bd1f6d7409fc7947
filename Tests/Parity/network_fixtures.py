"""Writes network.safetensors and what ONNX Runtime says about the same net on a few rows."""

import json
import os
import struct
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def main(folder):
    random = np.random.default_rng(21)
    shapes = [(8, 12), (5, 8), (1, 5)]
    tensors = {}
    for number, (outputs, inputs) in enumerate(shapes):
        tensors[f"{number}.weight"] = random.normal(size=(outputs, inputs)).astype(np.float32)
        tensors[f"{number}.bias"] = random.normal(size=outputs).astype(np.float32)
    header, blob = {}, b""
    for name, tensor in tensors.items():
        header[name] = dict(dtype="F32", shape=list(tensor.shape), data_offsets=[len(blob), len(blob) + tensor.nbytes])
        blob += tensor.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "network.safetensors"), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + blob)
    mean, deviation = random.normal(size=6), random.uniform(0.5, 2, 6)
    rows = random.normal(size=(20, 6))
    rows[random.random(rows.shape) < 0.2] = np.nan
    known = ~np.isnan(rows)
    standard = np.where(known, (rows - mean) / deviation, 0)
    x = np.concatenate([standard, known], axis=1).astype(np.float32)
    margins = {}
    for name, operator in dict(relu="Relu", tanh="Tanh", sigmoid="Sigmoid").items():
        nodes, current = [], "x"
        for number in range(3):
            nodes.append(helper.make_node("Gemm", [current, f"{number}.weight", f"{number}.bias"], [f"g{number}"], transB=1))
            current = f"g{number}"
            if number < 2:
                nodes.append(helper.make_node(operator, [current], [f"a{number}"]))
                current = f"a{number}"
        graph = helper.make_graph(
            nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 12])],
            [helper.make_tensor_value_info(current, TensorProto.FLOAT, [None, 1])],
            [numpy_helper.from_array(t, n) for n, t in tensors.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        if name == "relu":
            with open(os.path.join(folder, "network.onnx"), "wb") as out:
                out.write(model.SerializeToString())
        session = onnxruntime.InferenceSession(model.SerializeToString())
        margins[name] = [float(v) for v in session.run(None, {"x": x})[0][:, 0]]
    number = lambda v: None if np.isnan(v) else float(v)
    with open(os.path.join(folder, "network.expected.json"), "w") as out:
        json.dump(dict(mean=mean.tolist(), deviation=deviation.tolist(), rows=[[number(v) for v in r] for r in rows],
                       margins=margins), out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
