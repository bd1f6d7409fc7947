"""Writes recurrent.safetensors, a GRU-D-like net, with what ONNX Runtime and shap say about it on a few rows.

The net is unrolled into an ONNX graph of elementary operators straight from equations 2 to 8 of Che et al. 2018, so that
neither code nor weights layout of the evaluator is used.
"""

import json
import os
import struct
import sys

import numpy as np
import onnxruntime
import shap
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(3)
CHANNELS, STATES, STEPS, HOURS = 4, 5, 6, 2.0


def graph(tensors):
    """Inputs: x and mask (rows × steps × channels, x standardised and 0 where missing), delta; output: the margin."""
    nodes, constants = [], dict(tensors)
    constants.update({"one": np.float32(1), "zero": np.float32(0)})
    for name, rows in dict(z=0, r=1, c=2).items():
        part = slice(rows * STATES, (rows + 1) * STATES)
        for kind in ("input", "mask", "hidden"):
            constants[f"{kind}.{name}"] = np.ascontiguousarray(tensors[f"{kind}.weight"][part].T)
        constants[f"bias.{name}"] = tensors["bias"][part]
    constants["decay.hidden.t"] = np.ascontiguousarray(tensors["decay.hidden.weight"].T)
    constants["output.t"] = np.ascontiguousarray(tensors["output.weight"].T)
    constants["axis"] = np.array([1], np.int64)
    count = 0

    def op(kind, *inputs, **attributes):
        nonlocal count
        count += 1
        nodes.append(helper.make_node(kind, list(inputs), [f"v{count}"], **attributes))
        return f"v{count}"

    def decay(value):
        return op("Exp", op("Neg", op("Max", value, "zero")))

    state = last = None
    for step in range(STEPS):
        for name in ("first", "after"):
            constants[f"{name}{step}"] = np.array([step + (name == "after")], np.int64)
        x, mask, delta = (
            op("Squeeze", op("Slice", name, f"first{step}", f"after{step}", "axis"), "axis") for name in ("x", "mask", "delta"))
        absent = op("Sub", "one", mask)
        if last is None:
            last = op("Mul", x, mask)
            filled = last
        else:
            fade = decay(op("Add", op("Mul", delta, "decay.input.weight"), "decay.input.bias"))
            filled = op("Add", op("Mul", mask, x), op("Mul", absent, op("Mul", fade, last)))
            last = op("Add", op("Mul", mask, x), op("Mul", absent, last))
        gates = {
            name: op("Add", op("Add", op("MatMul", filled, f"input.{name}"), op("MatMul", mask, f"mask.{name}")), f"bias.{name}")
            for name in ("z", "r", "c")}
        if state is None:
            z, candidate = op("Sigmoid", gates["z"]), op("Tanh", gates["c"])
            state = op("Mul", z, candidate)
            continue
        state = op("Mul", state, decay(op("Add", op("MatMul", delta, "decay.hidden.t"), "decay.hidden.bias")))
        z = op("Sigmoid", op("Add", gates["z"], op("MatMul", state, "hidden.z")))
        r = op("Sigmoid", op("Add", gates["r"], op("MatMul", state, "hidden.r")))
        candidate = op("Tanh", op("Add", gates["c"], op("MatMul", op("Mul", r, state), "hidden.c")))
        state = op("Add", op("Mul", op("Sub", "one", z), state), op("Mul", z, candidate))
    margin = op("Add", op("MatMul", state, "output.t"), "output.bias")
    wide = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None, STEPS, CHANNELS]) for n in ("x", "mask", "delta")]
    model = helper.make_model(
        helper.make_graph(
            nodes, "gru-d", wide, [helper.make_tensor_value_info(margin, TensorProto.FLOAT, [None, 1])],
            [numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()]),
        opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return onnxruntime.InferenceSession(model.SerializeToString())


def main(folder):
    random = np.random.default_rng(31)
    shapes = {
        "decay.input.weight": (CHANNELS,), "decay.input.bias": (CHANNELS,), "decay.hidden.weight": (STATES, CHANNELS),
        "decay.hidden.bias": (STATES,), "input.weight": (3 * STATES, CHANNELS), "mask.weight": (3 * STATES, CHANNELS),
        "hidden.weight": (3 * STATES, STATES), "bias": (3 * STATES,), "output.weight": (1, STATES), "output.bias": (1,),
    }
    tensors = {name: random.normal(size=shape, scale=0.7).astype(np.float32) for name, shape in shapes.items()}
    tensors["decay.input.weight"] = np.abs(tensors["decay.input.weight"]) * np.float32(0.3)
    header, blob = {}, b""
    for name, tensor in tensors.items():
        header[name] = dict(dtype="F32", shape=list(tensor.shape), data_offsets=[len(blob), len(blob) + tensor.nbytes])
        blob += tensor.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "recurrent.safetensors"), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + blob)

    mean, deviation = random.normal(size=CHANNELS), random.uniform(0.5, 2, CHANNELS)
    rows = random.normal(size=(20, STEPS, CHANNELS)) * 2
    rows[random.random(rows.shape) < 0.5] = np.nan
    rows[0] = np.nan
    rows[1, :, 2] = np.nan
    session = graph(tensors)

    def margins(rows):
        mask = ~np.isnan(rows)
        delta = np.zeros(rows.shape)
        for step in range(1, STEPS):
            delta[:, step] = HOURS + np.where(mask[:, step - 1], 0, delta[:, step - 1])
        standard = np.where(mask, (rows - mean) / deviation, 0)
        feed = dict(x=standard, mask=mask, delta=delta)
        return session.run(None, {k: v.astype(np.float32) for k, v in feed.items()})[0][:, 0].astype(float)

    def contributions(row):
        """Channels as players against a row without any value."""
        def model(present):
            mixed = np.repeat(row[None], len(present), axis=0)
            mixed = np.where(present[:, None, :] > 0.5, mixed, np.nan)
            return margins(mixed)

        explainer = shap.KernelExplainer(model, np.zeros((1, CHANNELS)), silent=True)
        values = explainer.shap_values(np.ones((1, CHANNELS)), silent=True, nsamples=2**CHANNELS)[0]
        return [float(v) for v in values] + [float(np.ravel(explainer.expected_value)[0])]

    number = lambda v: None if np.isnan(v) else float(v)
    with open(os.path.join(folder, "recurrent.expected.json"), "w") as out:
        json.dump(
            dict(
                steps=STEPS, stepHours=HOURS, mean=mean.tolist(), deviation=deviation.tolist(),
                rows=[[number(v) for v in row.ravel()] for row in rows], margins=margins(rows).tolist(),
                contributions=[contributions(row) for row in rows[:6]]),
            out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
