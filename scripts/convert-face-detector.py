#!/usr/bin/env python3
"""Turns MediaPipe's full-range face detector into a safetensors file with readable names.

    npm pack @mediapipe/face_detection@0.4.1657300184 && tar xzf mediapipe-face_detection-*.tgz
    pip install numpy==2.4.6 tflite==2.18.0
    python3 scripts/convert-face-detector.py package/face_detection_full_range.tflite pkg/face/blazeface.safetensors

The graph is walked in its order of operations and must be the known network, operation by operation; its constants are
written as they are stored (half precision), in the layout [out, in, height, width]. The same source gives the same bytes.
"""

import argparse
import hashlib
import json
import struct
import sys

import numpy
import tflite

SOURCE_SHA256 = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"

# Per stage of the backbone and of the neck, the units (channels between the two depthwise layers, channels out). The
# first unit of a backbone stage but the first halves the grid.
BACKBONE = [
    [(8, 32), (8, 32)],
    [(12, 48), (12, 48), (16, 64)],
    [(24, 96), (32, 128), (32, 128)],
    [(36, 144), (48, 192), (64, 256)],
    [(96, 384), (96, 384), (96, 384), (96, 384)],
]
NECK = [
    (96, [(48, 96), (48, 96)]),
    (64, [(32, 64), (32, 64)]),
    (48, [(24, 48)]),
]


class Graph:
    """The operations of a TFLite file one after the other, without those that only convert constants."""

    def __init__(self, data: bytes):
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.model.Subgraphs(0)
        kinds = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
        self.constant_of = {}
        self.steps = []
        for i in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(i)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            kind = kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if kind == "DEQUANTIZE":
                self.constant_of[operator.Outputs(0)] = operator.Inputs(0)
            else:
                self.steps.append((kind, operator))
        self.position = 0

    def next(self, kind: str):
        found, operator = self.steps[self.position]
        if found != kind:
            sys.exit(f"operation {self.position} is {found}, not {kind}: this is not the known network")
        self.position += 1
        return operator

    def skip(self, *kinds: str):
        for kind in kinds:
            self.next(kind)

    def convolution(self, depthwise: bool, stride: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Weight [out, in, height, width] and bias [out] of the next operation."""
        operator = self.next("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D")
        options = tflite.DepthwiseConv2DOptions() if depthwise else tflite.Conv2DOptions()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
        if options.StrideH() != stride or options.FusedActivationFunction() != 0:
            sys.exit(f"operation {self.position - 1} has other options than the known network")
        # Stored as [out, height, width, in], and as [1, height, width, out] where every channel has its own filter.
        order = (3, 0, 1, 2) if depthwise else (0, 3, 1, 2)
        weight = self.constant(operator.Inputs(1)).transpose(order)
        return weight, self.constant(operator.Inputs(2))

    def constant(self, index: int) -> numpy.ndarray:
        tensor = self.graph.Tensors(self.constant_of[index])
        if tensor.Type() != tflite.TensorType.FLOAT16:
            sys.exit(f"the constant {tensor.Name()} is not stored in half precision")
        data = self.model.Buffers(tensor.Buffer()).DataAsNumpy()
        return data.view("<f2").reshape(tensor.ShapeAsNumpy())


def take(data: bytes) -> dict[str, numpy.ndarray]:
    graph = Graph(data)
    tensors = {}

    def layer(name: str, shape: tuple[int, ...], depthwise: bool = False, stride: int = 1):
        weight, bias = graph.convolution(depthwise, stride)
        if weight.shape != shape or bias.shape != shape[:1]:
            sys.exit(f"{name} has the shape {weight.shape}, not {shape}")
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weight, bias

    def unit(name: str, channels: int, middle: int, out: int, stride: int):
        layer(f"{name}.depthwise_in", (channels, 1, 3, 3), True, stride)
        layer(f"{name}.reduce", (middle, channels, 1, 1))
        graph.skip("RELU")
        layer(f"{name}.depthwise_out", (middle, 1, 3, 3), True)
        if stride == 2:
            graph.skip("MAX_POOL_2D")
        layer(f"{name}.expand", (out, middle, 1, 1))
        if out != channels:
            graph.skip("PAD")
        graph.skip("ADD", "RELU")

    layer("stem", (32, 3, 3, 3), stride=2)
    graph.skip("RELU")
    channels, ends = 32, []
    for s, units in enumerate(BACKBONE):
        for u, (middle, out) in enumerate(units):
            unit(f"backbone.{s}.{u}", channels, middle, out, 2 if s > 0 and u == 0 else 1)
            channels = out
        ends.append(channels)
    for s, (width, units) in enumerate(NECK):
        layer(f"neck.{s}.above", (width, channels, 1, 1))
        layer(f"neck.{s}.beside", (width, ends[-2 - s], 1, 1))
        graph.skip("RELU", "RELU", "RESIZE_BILINEAR", "ADD")
        for u, (middle, out) in enumerate(units):
            unit(f"neck.{s}.units.{u}", width, middle, out, 1)
        channels = width
    layer("scores", (1, channels, 1, 1))
    layer("places", (16, channels, 1, 1))
    graph.skip("RESHAPE", "RESHAPE")
    if graph.position != len(graph.steps):
        sys.exit("there are operations left over: this is not the known network")
    return tensors


def safetensors(tensors: dict[str, numpy.ndarray], metadata: dict[str, str]) -> bytes:
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        values = numpy.ascontiguousarray(tensors[name], "<f2").tobytes()
        offsets = [len(data), len(data) + len(values)]
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape), "data_offsets": offsets}
        data += values
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="face_detection_full_range.tflite")
    parser.add_argument("output", help="the safetensors file to write")
    arguments = parser.parse_args()
    with open(arguments.source, "rb") as file:
        data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SOURCE_SHA256:
        sys.exit(f"{arguments.source} has the SHA-256 {digest}, not {SOURCE_SHA256}")
    metadata = {
        "licence": "Apache-2.0",
        "origin": "npm @mediapipe/face_detection 0.4.1657300184, face_detection_full_range.tflite",
        "origin_sha256": digest,
    }
    output = safetensors(take(data), metadata)
    with open(arguments.output, "wb") as file:
        file.write(output)
    print(f"{arguments.output}: {len(output)} bytes, SHA-256 {hashlib.sha256(output).hexdigest()}")


if __name__ == "__main__":
    main()
