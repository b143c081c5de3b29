"""Times training steps of PyTorch on the CPU for `diffae bench train --torch`, behind torch_common.py.

Arguments: a Python file with the networks as class AE, the model's configuration as JSON, the number of threads, the
batch, the norm to clip to (or 0), and the decay of the moving average. For each line of standard input it takes one step
(forward, backward, clipping, Adam, moving average) and answers with its seconds.
"""

import json
import sys
import time


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
    config = json.loads(config)
    module = load(networks, threads)

    def make(memory_format):
        net = build(module, config).to(memory_format=memory_format)
        return Run(net, config, int(batch), float(clip), float(decay))

    run = fastest(make)
    for _ in sys.stdin:
        print("ok", run.step(), flush=True)


try:
    main(*sys.argv[1:])
except Exception as error:
    fail(error)
