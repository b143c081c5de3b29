#!/usr/bin/env python3
"""Runs the original face detector with LiteRT and writes what it sees to reference.json, for tests/faces.rs.

    npm pack @mediapipe/face_detection@0.4.1657300184 && tar xzf mediapipe-face_detection-*.tgz
    pip install ai-edge-litert==2.3.0 numpy==2.4.6 pillow==13.0.0
    python3 tests/faces/reference.py package/face_detection_full_range.tflite PICTURE... > tests/faces/reference.json

The pictures are those of www/samples but the teaser, and, where they are at hand, the PNG files they were made from.
"""

import json
import sys
from pathlib import Path

import numpy
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

SIDE, GRID = 192, 48
LEAST_SCORE, SAME_FACE = 0.5, 0.3


def letterbox(picture):
    """The picture in the middle of a black square, and the way from that square back to the picture."""
    scale = max(picture.size) / SIDE
    size = [max(1, round(side / scale)) for side in picture.size]
    offset = tuple((SIDE - side) // 2 for side in size)
    square = Image.new("RGB", (SIDE, SIDE))
    square.paste(picture.resize(size, Image.Resampling.BILINEAR), offset)
    factor = numpy.divide(picture.size, size)
    return square, lambda points: (points - offset) * factor


def run(interpreter, square):
    values = numpy.asarray(square, numpy.float32)[None] / 127.5 - 1
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    answers = [interpreter.get_tensor(detail["index"])[0] for detail in interpreter.get_output_details()]
    places, logits = sorted(answers, key=lambda answer: -answer.shape[1])
    return places.astype(numpy.float64), 1 / (1 + numpy.exp(-logits[:, 0].astype(numpy.float64)))


def overlap(a, b):
    common = numpy.minimum(a[1], b[1]) - numpy.maximum(a[0], b[0])
    common = max(common[0], 0) * max(common[1], 0)
    return common / (numpy.prod(a[1] - a[0]) + numpy.prod(b[1] - b[0]) - common)


def detections(places, scores):
    """Corners of the box and six keypoints in pixels of the square, with MediaPipe's weighted suppression."""
    cells = [[(column + 0.5) * SIDE / GRID, (row + 0.5) * SIDE / GRID] for row in range(GRID) for column in range(GRID)]
    points = places.reshape(-1, 8, 2)
    centres, sizes = points[:, 0] + cells, points[:, 1]
    keypoints = points[:, 2:] + numpy.array(cells)[:, None]
    points = numpy.concatenate([(centres - sizes / 2)[:, None], (centres + sizes / 2)[:, None], keypoints], 1)
    left = [i for i in numpy.argsort(-scores) if scores[i] >= LEAST_SCORE]
    while left:
        same = [i for i in left if overlap(points[left[0]], points[i]) > SAME_FACE]
        weights = scores[same] / scores[same].sum()
        yield scores[left[0]], (points[same] * weights[:, None, None]).sum(0)
        left = [i for i in left if i not in same]


def main():
    interpreter = Interpreter(sys.argv[1])
    interpreter.allocate_tensors()
    reference = {}
    for path in map(Path, sys.argv[2:]):
        square, back = letterbox(Image.open(path).convert("RGB"))
        reference[path.name] = [
            {"score": round(float(score), 4), "points": back(points).round(2).tolist()}
            for score, points in detections(*run(interpreter, square))
        ]
    lines = (f'  "{name}": {json.dumps(found)}' for name, found in sorted(reference.items()))
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
