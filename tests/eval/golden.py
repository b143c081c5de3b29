"""Writes the golden files of the evaluation's tests, beside this file.

    python3 -m venv VENV
    VENV/bin/pip install torch torchvision scikit-learn scipy pytorch-fid lpips
    VENV/bin/python tests/eval/golden.py

Nothing that was trained is used: pictures, codes and weights are made by formulas, those of the networks by ones that
the tests know as well.
"""
import json
import pathlib

import lpips
import numpy as np
import torch
import torch.nn.functional as F
from pytorch_fid.fid_score import calculate_frechet_distance
from pytorch_fid.inception import InceptionV3
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, mutual_info_score, roc_auc_score

HERE = pathlib.Path(__file__).resolve().parent


def rounded(x):
    return [round(float(v), 4) for v in np.asarray(x).ravel()]


def classification(rng):
    for n, share, ties in ((40, 0.3, False), (60, 0.5, True), (25, 0.08, True)):
        labels = (rng.random(n) < share).astype(int)
        labels[:2] = 0, 1
        scores = labels + rng.normal(size=n) - 0.5
        scores = np.round(scores) if ties else scores
        scores = np.array(rounded(scores))
        yield dict(scores=list(scores), labels=labels.tolist(), auroc=roc_auc_score(labels, scores),
                   average_precision=average_precision_score(labels, scores), f1=f1_score(labels, scores > 0))


def probe(rng):
    for c in (1.0, 0.01, 30.0):
        x = np.array(rounded(rng.normal(size=(80, 5)) * (1, 2, 0.5, 1, 3))).reshape(80, 5)
        labels = (x @ rng.normal(size=5) + rng.normal(size=80) > 0.7).astype(int)
        fitted = LogisticRegression(C=c, solver='newton-cholesky', tol=1e-12, max_iter=1000).fit(x, labels)
        yield dict(x=list(x.ravel()), labels=labels.tolist(), c=c, weight=list(fitted.coef_[0]), bias=fitted.intercept_[0])


def concentration(r):
    """1 - entropy of the shares in each column, as the code of Eastwood and Williams computes it."""
    r = np.abs(r) + 1e-12
    p = r / r.sum(0)
    return 1 + (p * np.log(p + 1e-12) / np.log(len(r) + 1e-12)).sum(0)


def dci(rng):
    for _ in range(2):
        attributes = (rng.random((120, 4)) < (0.5, 0.2, 0.4, 0.7)).astype(float)
        mix = rng.normal(size=(4, 6)) * (rng.random((4, 6)) < 0.5)
        codes = np.array(rounded(attributes @ mix + 0.3 * rng.normal(size=(120, 6)))).reshape(120, 6)
        scale = lambda x, like: (x - like.mean(0)) / like.std(0)
        x, x_test = scale(codes[:60], codes[:60]), scale(codes[60:], codes[:60])
        y, y_test = scale(attributes[:60], attributes[:60]), scale(attributes[60:], attributes[:60])
        r, errors = [], []
        for j in range(4):
            model = Lasso(alpha=0.02, tol=1e-12, max_iter=100000).fit(x, y[:, j])
            r.append(np.abs(model.coef_))
            errors.append(np.sqrt(np.mean((model.predict(x_test) - y_test[:, j]) ** 2)))
        r = np.array(r).T  # [codes, attributes]
        yield dict(codes=list(codes.ravel()), attributes=list(attributes.ravel()),
                   disentanglement=float((concentration(r.T) * r.sum(1)).sum() / r.sum()),
                   completeness=float(concentration(r).mean()), informativeness=float(np.mean(errors)))


def tad(rng):
    for _ in range(2):
        labels = (rng.random((200, 5)) < (0.5, 0.3, 0.4, 0.6, 0.5)).astype(int)
        labels[:, 4] = labels[:, 0] ^ (rng.random(200) < 0.05)  # shares most of its entropy with the first
        codes = rng.normal(size=(200, 6))
        codes[:, 0] += 1.5 * labels[:, 1]
        codes[:, 2] -= 2.5 * labels[:, 2]
        codes[:, 3] += 0.4 * labels[:, 3] + 3 * labels[:, 0]
        codes[:, 5] -= 0.8 * labels[:, 2]
        codes = np.array(rounded(codes)).reshape(200, 6)
        total, captured = 0.0, []
        for a in range(5):
            areas = sorted(max(v, 1 - v) for v in (roc_auc_score(labels[:, a], codes[:, d]) for d in range(6)))
            entropy = mutual_info_score(labels[:, a], labels[:, a])
            shared = max(mutual_info_score(labels[:, a], labels[:, b]) for b in range(5) if b != a)
            if areas[-1] >= 0.75 and shared / entropy <= 0.2:
                total += areas[-1] - areas[-2]
                captured.append(a)
        yield dict(codes=list(codes.ravel()), labels=labels.ravel().tolist(), tad=total, captured=captured)


def fid(rng):
    for rows, columns in ((40, 7), (9, 12)):
        a = rng.normal(size=(rows, columns)) @ rng.normal(size=(columns, columns))
        b = rng.normal(size=(rows + 5, columns)) * 2 + 0.3
        a, b = (np.array(rounded(x), np.float32).reshape(x.shape).astype(np.float64) for x in (a, b))
        moments = lambda x: (x.mean(0), np.cov(x, rowvar=False))
        # pytorch-fid's own function where it is exact; with fewer rows than columns it adds 1e-6 to the diagonal.
        if rows > columns:
            value = calculate_frechet_distance(*moments(a), *moments(b))
        else:
            (m1, c1), (m2, c2) = moments(a), moments(b)
            value = ((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * np.sqrt(np.maximum(np.linalg.eigvals(c1 @ c2).real, 0)).sum()
        yield dict(a=list(a.ravel()), b=list(b.ravel()), columns=columns, fid=float(value))


def made(name, shape, low, high):
    """The tensor of a name: a hash of the name and the position, spread over low..high."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xffffffff
    x = np.arange(int(np.prod(shape)), dtype=np.uint64) * 0x9e3779b9 + seed & 0xffffffff
    for shift, factor in ((16, 0x7feb352d), (15, 0x846ca68b), (16, 1)):
        x = (x ^ x >> np.uint64(shift)) * factor & 0xffffffff
    unit = x.astype(np.float64) / 2 ** 32
    return torch.from_numpy((low + (high - low) * unit).astype(np.float32)).reshape(shape)


def fill(network, public=lambda name: name):
    """Weights that keep activations at one size through the network, by their names in the public file."""
    state = {}
    for own, tensor in network.state_dict().items():
        name = public(own)
        if tensor.ndim > 1:
            limit = (6 / tensor[0].numel()) ** 0.5
            state[own] = made(name, tensor.shape, -limit, limit)
        elif name.endswith('running_var') or name.endswith('bn.weight'):
            state[own] = made(name, tensor.shape, 0.5, 1.5)
        elif tensor.is_floating_point():
            state[own] = made(name, tensor.shape, -0.1, 0.1)
        else:
            state[own] = tensor
    network.load_state_dict(state)
    return network.eval()


def picture(name, height, width):
    """Bytes [3, H, W]."""
    return torch.floor(made(name, (3, height, width), 0, 256)).clamp(0, 255)


def networks():
    # pytorch-fid's wrapper around a network whose weights are made instead of downloaded.
    import pytorch_fid.inception as module
    whole = fill(patched(module))
    module.fid_inception_v3 = lambda: whole
    inception = InceptionV3([3]).eval()
    x = picture('fid.picture', 40, 56)[None] / 255
    with torch.no_grad():
        resized = F.interpolate(x, size=(299, 299), mode='bilinear', align_corners=False)
        features = inception(x)[0].flatten()
    distance = lpips.LPIPS(net='alex', pretrained=False, pnet_rand=True, verbose=False).eval()
    # `sliceN.3.weight` there is `features.3.weight` in torchvision's file.
    fill(distance.net, lambda name: 'features.' + name.split('.', 1)[1])
    heads = {f'lin{i}.model.1.weight': made(f'lin{i}.model.1.weight', (1, c, 1, 1), 0, 0.1) for i, c in enumerate((64, 192, 384, 256, 256))}
    distance.load_state_dict(heads, strict=False)
    pair = [picture(f'lpips.{i}', 64, 72)[None] / 127.5 - 1 for i in 'ab']
    with torch.no_grad():
        value = float(distance(*pair))
    return dict(inception=[dict(features=features.tolist(), resized=resized.flatten()[::997].tolist())],
                lpips=[dict(distance=value)])


def patched(module):
    network = module._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    network.Mixed_5b = module.FIDInceptionA(192, pool_features=32)
    network.Mixed_5c = module.FIDInceptionA(256, pool_features=64)
    network.Mixed_5d = module.FIDInceptionA(288, pool_features=64)
    network.Mixed_6b = module.FIDInceptionC(768, channels_7x7=128)
    network.Mixed_6c = module.FIDInceptionC(768, channels_7x7=160)
    network.Mixed_6d = module.FIDInceptionC(768, channels_7x7=160)
    network.Mixed_6e = module.FIDInceptionC(768, channels_7x7=192)
    network.Mixed_7b = module.FIDInceptionE_1(1280)
    network.Mixed_7c = module.FIDInceptionE_2(2048)
    return network


def legacy():
    """A state_dict in the format of torch before 1.6."""
    weight = torch.arange(6.0).reshape(2, 3)
    state = {
        "conv.weight": weight,
        "conv.bias": torch.tensor([0.5, -0.25], dtype=torch.float16),
        "conv.num_batches_tracked": torch.tensor(7),
        "view": weight.t(),
    }
    torch.save(state, HERE / "legacy.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    legacy()
    rng = np.random.default_rng(13)
    sections = {f.__name__: list(f(rng)) for f in (classification, probe, dci, tad, fid)}
    (HERE / "golden.json").write_text(json.dumps(sections | networks(), indent=None, separators=(",", ":")) + "\n")
