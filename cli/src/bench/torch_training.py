"""Times training steps of PyTorch on the CPU for `diffae bench train --torch`.

Arguments: a Python file with the networks as class AE, the model's configuration as JSON, the number of threads, the
batch, the norm to clip to (or 0), and the decay of the moving average. For each line of standard input it takes one step
(forward, backward, clipping, Adam, moving average) and answers with its seconds. Answers begin with "ok", a failure with
"failed".
"""

import contextlib
import importlib.util
import json
import os
import sys
import time


def fail(reason):
    print("failed", " ".join(str(reason).split()), flush=True)
    sys.exit(1)


try:
    import torch
except ImportError as error:
    fail(f"this Python has no PyTorch ({error}); install it with `pip install torch`, or name another with --python")


def load(path):
    # The file may import others beside it, and may print; standard output is for answers.
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.argv = [path]
    spec = importlib.util.spec_from_file_location("networks", path)
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(sys.stderr):
        spec.loader.exec_module(module)
    return module


def build(module, config):
    encoder = config["encoder"]
    return module.AE(
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
    )


class Run:
    def __init__(self, net, config, batch, clip, decay):
        self.net, self.clip, self.decay = net, clip, decay
        self.parameters = list(net.parameters())
        self.average = [p.detach().clone() for p in self.parameters]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-4, foreach=True)
        side = config["image_size"]
        self.x_0 = torch.rand(batch, 3, side, side) * 2 - 1
        self.shape = self.x_0.shape

    def step(self):
        begin = time.perf_counter()
        batch = self.shape[0]
        t = torch.randint(0, 1000, (batch,))
        alpha_bar = torch.rand(batch, 1, 1, 1)
        noise = torch.randn(self.shape)
        x_t = self.x_0 * alpha_bar.sqrt() + noise * (1 - alpha_bar).sqrt()
        loss = (self.net(self.x_0, x_t, t) - noise).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip, foreach=True)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1 - self.decay)
        loss.item()
        return time.perf_counter() - begin


def main(networks, config, threads, batch, clip, decay):
    torch.set_num_threads(int(threads))
    config = json.loads(config)
    module = load(networks)
    torch.set_num_threads(int(threads))

    def run(memory_format):
        net = build(module, config).to(memory_format=memory_format)
        return Run(net, config, int(batch), float(clip), float(decay))

    # Which layout is faster depends on the processor; PyTorch is measured at its best.
    layouts = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    runs = {name: run(layout) for name, layout in layouts.items()}
    best = min(runs, key=lambda name: min(runs[name].step() for _ in range(3)))
    print(f"ok PyTorch {torch.__version__}, {best}", flush=True)
    for _ in sys.stdin:
        print("ok", runs[best].step(), flush=True)


try:
    main(*sys.argv[1:])
except Exception as error:
    fail(error)
