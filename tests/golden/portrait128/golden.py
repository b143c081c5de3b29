#!/usr/bin/env python3
"""Writes golden.safetensors and golden.json: what PyTorch makes of the weights that models/portrait128 ships, int8 and half
precision turned into f32, and of one picture.

golden.py DIR PICTURE    DIR holds model.py, an implementation of the networks in PyTorch with the official names (below); PICTURE
                         is a photo of a face of 256 x 256 pixels with the eyes at (98, 123) and (158, 123): face-09 of the
                         synthetic set that www/samples/face-09.webp comes from

model.py has
- AE(size, patch, ch, mult, enc_mult, nres, enc_nres), a torch.nn.Module of U-Net and encoder; `encode(image)` gives z_sem, and
  `eps(x, t, z)` what the U-Net predicts, which is v of this model;
- abar, a tensor of the alpha_bar of the 1000 steps with linear betas;
- ddim(eps, x, steps), deterministic DDIM with x_0 kept in [-1, 1], where `eps(x, t)` is a function.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

sys.path.insert(0, sys.argv[1])
from model import AE, abar, ddim  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "models" / "portrait128"
STEPS, ITERATIONS = 10, 3


def weights(part):
    stored = load_file(MODEL / f"{part}.safetensors")
    scales = {name.removesuffix(".scale"): scale for name, scale in stored.items() if name.endswith(".scale")}
    out = {}
    for name, value in stored.items():
        if name.endswith(".scale"):
            continue
        value = value.float()
        if name in scales:
            value = value * scales[name].reshape(-1, *[1] * (value.dim() - 1))
        out[name] = value
    return out


manifest = json.loads((MODEL / "manifest.json").read_text())
config, classifier = manifest["config"], weights("attributes")
torch.manual_seed(0)
net = AE(size=128, patch=2, ch=32, mult=(1, 1, 3, 6), enc_mult=(1, 1, 3, 6, 6), nres=1, enc_nres=1)
net.load_state_dict(weights("encoder") | weights("decoder"))
net.eval()
mean, std = (torch.tensor(manifest[name]) for name in ("conds_mean", "conds_std"))


def eps_of(z):  # the network predicts v, the sampler wants eps
    def eps(x, t):
        a = abar[t].float()[:, None, None, None]
        return a.sqrt() * net.eps(x, t, z) + (1 - a).sqrt() * x
    return eps


def fixed_point(eps, x):
    levels = list(range(0, 1000, 1000 // STEPS))
    for i, level in enumerate(levels):
        a, before = float(abar[level]), float(abar[levels[i - 1]]) if i else 1.0
        target = guess = x
        for _ in range(ITERATIONS):
            e = eps(guess, torch.full((len(x),), level))
            guess = (target - (1 - before) ** 0.5 * e) * (a / before) ** 0.5 + (1 - a) ** 0.5 * e
        x = guess
    return x


photo = Image.open(sys.argv[2]).convert("RGB").crop((10, 8, 244, 242)).resize((128, 128), Image.LANCZOS)
given = {
    "image": (torch.from_numpy(np.asarray(photo).copy()).permute(2, 0, 1).float() / 127.5 - 1)[None],
    "x_t": torch.randn(1, 3, 128, 128),
    "t": torch.tensor([600]),
}


@torch.no_grad()
def computed(image, x_t):
    z = net.encode(image)
    row = torch.nn.functional.normalize(classifier["classifier.weight"][config["attributes"].index("Smiling")], dim=0)
    moved = ((z - mean) / std + 0.3 * 512**0.5 * row) * std + mean
    x = fixed_point(eps_of(z), image)
    return {
        "z_sem": z,
        "v": net.eps(x_t, given["t"], z),
        "x_T.fixed_point.T10.x3": x,
        "edit.Smiling.0.3.z_sem": moved,
        "edit.Smiling.0.3.render.T10": (ddim(eps_of(moved), x, STEPS) + 1) / 2,
    }


once = computed(given["image"], given["x_t"])
# The reference's own rounding: the same in another memory layout.
last = torch.channels_last
net.to(memory_format=last)
again = computed(given["image"].contiguous(memory_format=last), given["x_t"].contiguous(memory_format=last))
noise = {k: {"fp32_noise_max_abs": (v - again[k]).abs().max().item()} for k, v in once.items()}
(HERE / "golden.json").write_text(json.dumps(noise, indent=1) + "\n")
save_file({k: v.contiguous() for k, v in (given | once).items()}, HERE / "golden.safetensors")
