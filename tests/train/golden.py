#!/usr/bin/env python3
"""Writes golden.safetensors: gradients and optimizer steps of a tiny autoencoder, computed by PyTorch in double precision.

golden.py DIR    DIR holds model.py, an implementation of the networks in PyTorch with the official names
"""
import pathlib, sys
import torch
from safetensors.torch import save_file

sys.path.insert(0, sys.argv[1])
import model  # noqa: E402
from model import AE, abar  # noqa: E402

features = model.sinus
model.sinus = lambda t, width: features(t, width).double()

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
BATCH, SIZE, STEPS = 3, 8, 10
RATE, BETAS, DECAY, CLIP, AVERAGE = 1e-3, (0.9, 0.99), 0.01, 0.5, 0.9
net = AE(size=SIZE, patch=2, ch=8, mult=(1, 2), enc_mult=(1, 2), attn=(2,), emb=8, zdim=6)
with torch.no_grad():
    for name, p in net.named_parameters():  # nothing is zero, so that every gradient counts
        p.copy_(torch.randn_like(p) * (p[0].numel() ** -0.5 if p.dim() > 1 else 0.2) + (1.0 if p.dim() == 1 and name.endswith("weight") else 0.0))
        p.copy_(p.half())
out = {f"start.{k}": v.detach().clone() for k, v in net.named_parameters()}
x = torch.tanh(torch.randn(BATCH, 3, SIZE, SIZE)).float().double()
levels = torch.randint(0, 1000, (STEPS, BATCH))
noise = torch.randn(STEPS, BATCH, 3, SIZE, SIZE).float().double()
out |= {"x_0": x, "levels": levels.double(), "noise": noise}


def loss(step, part=slice(None)):
    t, e, x0 = levels[step][part], noise[step][part], x[part]
    a, b = abar[t].sqrt()[:, None, None, None], (1 - abar[t]).sqrt()[:, None, None, None]
    return (net(x0, a * x0 + b * e, t) - (a * e - b * x0)).square().mean()


optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, betas=BETAS, weight_decay=DECAY)
average = {k: v.detach().clone() for k, v in net.named_parameters()}
losses, norms = [], []
for step in range(STEPS):
    optimizer.zero_grad()
    value = loss(step)
    value.backward()
    if step == 0:
        out |= {f"gradient.{k}": v.grad.clone() for k, v in net.named_parameters()}
    norms.append(torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP))
    optimizer.step()
    losses.append(value.detach())
    for k, v in net.named_parameters():
        average[k] = average[k] * AVERAGE + v.detach() * (1 - AVERAGE)
out |= {f"end.{k}": v.detach() for k, v in net.named_parameters()}
out |= {f"average.{k}": average[k] for k in ("out.2.weight", "encoder.out.3.bias")}
out |= {"losses": torch.stack(losses), "norms": torch.stack(norms)}
stored = {k: (v.half() if k.startswith("start.") else v.float()).contiguous() for k, v in out.items()}
save_file(stored, pathlib.Path(__file__).parent / "golden.safetensors")
