"""Times PyTorch on the CPU for `diffae bench --torch`.

Arguments: the Python file with the networks as class AE, the model's configuration as JSON, the number of threads and,
if wanted, a safetensors file of weights by their official names. For each line of standard input, a number of U-Net
steps, it answers with the seconds of one encode and of each step. Answers begin with "ok", a failure with "failed".
"""

import importlib.util
import json
import struct
import sys
import time


def fail(reason):
    print("failed", " ".join(str(reason).split()), flush=True)
    sys.exit(1)


try:
    import torch
except ImportError as error:
    fail(f"this Python has no PyTorch ({error}); install it with `pip install torch`, or name another with --python")


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


def build(networks, config, weights):
    spec = importlib.util.spec_from_file_location("networks", networks)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    encoder = config["encoder"]
    net = module.AE(
        size=config["image_size"],
        patch=config["patch_size"],
        ch=config["net_ch"],
        mult=tuple(config["net_ch_mult"]),
        enc_mult=tuple(encoder["ch_mult"]),
        nres=config["num_res_blocks"],
        enc_nres=encoder["num_res_blocks"],
        attn=tuple(config["attn_resolutions"]),
        emb=config["embed_channels"],
        zdim=encoder["style_channels"],
    ).eval()
    if weights:
        wanted = net.state_dict()
        found = {name: tensor for name, tensor in read_safetensors(weights).items() if name in wanted}
        net.load_state_dict(found)
    return net


def seconds(run):
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def main(networks, config, threads, weights=None):
    torch.set_num_threads(int(threads))
    config = json.loads(config)
    net = build(networks, config, weights)
    side = config["image_size"]
    x, t, z = torch.randn(1, 3, side, side), torch.tensor([500]), torch.randn(1, config["encoder"]["style_channels"])

    def step():
        net.eps(x, t, z)

    def warm(memory_format):
        net.to(memory_format=memory_format)
        return min(seconds(step) for _ in range(5))

    # Which layout is faster depends on the processor; PyTorch is measured at its best.
    layouts = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    best = min(layouts, key=lambda name: warm(layouts[name]))
    warm(layouts[best])
    print(f"ok PyTorch {torch.__version__}, {best}", flush=True)
    for line in sys.stdin:
        times = [seconds(lambda: net.encode(x))] + [seconds(step) for _ in range(int(line))]
        print("ok", *times, flush=True)


try:
    with torch.inference_mode():
        main(*sys.argv[1:])
except Exception as error:
    fail(error)
