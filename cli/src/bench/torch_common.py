"""What the programs that time PyTorch for `diffae bench` share: torch_step.py or torch_training.py follows this.

Answers begin with "ok", a failure with "failed".
"""

import contextlib
import importlib.util
import math
import os
import sys


def fail(reason):
    print("failed", " ".join(str(reason).split()), flush=True)
    sys.exit(1)


try:
    import torch
except ImportError as error:
    fail(f"this Python has no PyTorch ({error}); install it with `pip install torch`, or name another with --python")

LAYOUTS = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}


def load(path, threads):
    # The file may import others beside it, and may print; standard output is for answers.
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.argv = [path]
    spec = importlib.util.spec_from_file_location("networks", path)
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(sys.stderr):
        spec.loader.exec_module(module)
    # It may also choose a number of threads.
    torch.set_num_threads(int(threads))
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


def fastest(make):
    """Of what `make` makes for each layout, the one whose steps are the fastest, after it has said so.

    Which layout that is depends on the processor; PyTorch is measured at its best.
    """
    least, best, chosen = math.inf, None, None
    for name, layout in LAYOUTS.items():
        run = make(layout)
        seconds = min(run.step() for _ in range(4))
        if seconds < least:
            least, best, chosen = seconds, run, name
    print(f"ok PyTorch {torch.__version__}, {chosen}", flush=True)
    return best


