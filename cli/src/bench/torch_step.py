"""Times PyTorch on the CPU for `diffae bench --torch`, behind torch_common.py.

Arguments: the Python file with the networks as class AE, the model's configuration as JSON, the number of threads and,
if wanted, a safetensors file of weights by their official names. For each line of standard input, a number of U-Net
steps, it answers with the seconds of one encode and of each step.
"""

import json
import struct
import sys
import time


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, info in header.items():
        if name != "__metadata__" and info["dtype"] == "F32":
            start, end = info["data_offsets"]
            flat = torch.frombuffer(data, dtype=torch.float32, count=(end - start) // 4, offset=start)
            tensors[name] = flat.reshape(info["shape"])
    return tensors


class Run:
    def __init__(self, net, config):
        side = config["image_size"]
        self.net = net
        self.x, self.t = torch.randn(1, 3, side, side), torch.tensor([500])
        self.z = torch.randn(1, config["encoder"]["style_channels"])

    def step(self):
        begin = time.perf_counter()
        self.net.eps(self.x, self.t, self.z)
        return time.perf_counter() - begin

    def encode(self):
        begin = time.perf_counter()
        self.net.encode(self.x)
        return time.perf_counter() - begin


def main(networks, config, threads, weights=None):
    config = json.loads(config)
    module = load(networks, threads)
    tensors = read_safetensors(weights) if weights else {}

    def make(memory_format):
        net = build(module, config).eval()
        if tensors:
            wanted = net.state_dict()
            net.load_state_dict({name: tensor for name, tensor in tensors.items() if name in wanted})
        return Run(net.to(memory_format=memory_format), config)

    run = fastest(make)
    for line in sys.stdin:
        times = [run.encode()] + [run.step() for _ in range(int(line))]
        print("ok", *times, flush=True)


try:
    with torch.inference_mode():
        main(*sys.argv[1:])
except Exception as error:
    fail(error)
