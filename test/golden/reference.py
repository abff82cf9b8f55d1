"""Golden cases of networks that branch, in float64 by NumPy alone: `python3 test/golden/reference.py` writes them beside this file.

Gradients are complex-step derivatives, one parameter at a time (Squire and Trapp 1998): exact to rounding, with no backward pass
that could share a mistake with the library. Proximal directions are dense solves with the design matrix of each linear map.
"""

import json
from pathlib import Path

import numpy as np

STEP = 1e-30


def softmax(z):
    e = np.exp(z - z.real.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def linear(p, x, seen):
    seen.append((p, x))
    return x @ p["weights"] + p.get("bias", 0)


def attention(layer, x, seen):
    q, k, v = (linear(layer[name], x, seen) for name in ("query", "key", "value"))
    n, length, width = x.shape
    heads = layer["heads"]

    def parts(m):
        return m.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)

    scores = parts(q) @ parts(k).transpose(0, 1, 3, 2) / np.sqrt(width // heads)
    if layer["causal"]:
        scores = np.where(np.tril(np.ones((length, length), bool)), scores, -1e300)
    mixed = (softmax(scores) @ parts(v)).transpose(0, 2, 1, 3).reshape(n, length, width)
    return linear(layer["output"], mixed, seen)


def forward(layers, x, seen):
    for layer in layers:
        kind = layer["type"]
        if kind == "linear":
            x = linear(layer, x, seen)
        elif kind == "shared":
            x = linear(layers[layer["of"]], x, seen)
        elif kind == "tanh":
            x = np.tanh(x)
        elif kind == "flatten":
            x = x.reshape(len(x), -1)
        elif kind == "residual":
            x = x + forward(layer["layers"], x, seen)
        elif kind == "selfAttention":
            x = attention(layer, x, seen)
        else:
            raise ValueError(kind)
    return x


def cross_entropy(z, target):
    shifted = z - z.real.max(-1, keepdims=True)
    return (np.log(np.exp(shifted).sum(-1)) - shifted[np.arange(len(z)), target]).mean()


def maps_of(layers):
    """Each linear map once, with where it stands: the layer, and what it is inside of that."""
    found = []
    for i, layer in enumerate(layers):
        if layer["type"] == "linear":
            found.append(({"layer": i}, layer))
        elif layer["type"] == "residual":
            found += [
                ({"layer": i, "inner": [at["layer"], *at.get("inner", [])]}, p) for at, p in maps_of(layer["layers"])
            ]
        elif layer["type"] == "selfAttention":
            found += [({"layer": i, "inner": [k]}, layer[k]) for k in ("query", "key", "value", "output")]
    return found


def tensor(a):
    return {"shape": list(a.shape), "data": [float(v) for v in a.ravel()]}


def gradient_of(layers, maps, x, target):
    found = []
    for _, p in maps:
        own = {}
        for name in ("weights", "bias"):
            if name not in p:
                continue
            real = p[name]
            g = np.zeros(real.shape)
            for at in np.ndindex(real.shape):
                p[name] = real.astype(complex)
                p[name][at] += 1j * STEP
                g[at] = cross_entropy(forward(layers, x, []), target).imag / STEP
            p[name] = real
            own[name] = g
        found.append(own)
    return found


def proximal(layers, maps, gradient, x, tau):
    seen = []
    forward(layers, x, seen)
    directions = []
    for (_, p), g in zip(maps, gradient):
        if p is maps[-1][1]:
            directions.append(g)
            continue
        rows = []
        for own, at in seen:
            if own is p:
                flat = at.reshape(-1, at.shape[-1])
                rows.append(np.hstack([flat, np.ones((len(flat), 1))]) if "bias" in p else flat)
        a = np.vstack(rows)
        right = np.vstack([g["weights"], g["bias"]]) if "bias" in p else g["weights"]
        v = np.linalg.solve(a.T @ a + np.eye(a.shape[1]) / tau, right)
        directions.append({"weights": v[:-1], "bias": v[-1]} if "bias" in p else {"weights": v})
    return directions


def entries(maps, values):
    return [{**at, **{k: tensor(v) for k, v in value.items()}} for (at, _), value in zip(maps, values)]


def written(layer):
    if isinstance(layer, np.ndarray):
        return tensor(layer)
    if isinstance(layer, dict):
        return {k: written(v) for k, v in layer.items()}
    return [written(v) for v in layer] if isinstance(layer, list) else layer


def case(name, layers, x, target):
    maps = maps_of(layers)
    gradient = gradient_of(layers, maps, x, target)
    output = forward(layers, x, [])
    content = {
        "name": name,
        "loss": "softmaxCrossEntropy",
        "input": tensor(x),
        "target": [int(t) for t in target],
        "layers": written(layers),
        "expected": {
            "output": tensor(output),
            "loss": float(cross_entropy(output, target)),
            "gradient": entries(maps, gradient),
            "proximal": [
                {
                    "tau": tau,
                    "solver": "exact",
                    "direction": entries(maps, proximal(layers, maps, gradient, x, tau)),
                }
                for tau in (0.01, 1, 100)
            ],
        },
    }
    Path(__file__).with_name(f"{name}.json").write_text(json.dumps(content) + "\n")


def main():
    rng = np.random.default_rng(1)

    def dense(fan_in, fan_out, bias=True):
        w = rng.uniform(-1, 1, (fan_in, fan_out)) / np.sqrt(fan_in)
        return {"type": "linear", "weights": w, **({"bias": rng.uniform(-1, 1, fan_out) / 3} if bias else {})}

    def matrix(width):
        return {"weights": dense(width, width, False)["weights"]}

    def block(width):
        return {"type": "residual", "layers": [dense(width, width), {"type": "tanh"}, dense(width, width)]}

    tanh = {"type": "tanh"}
    images = rng.uniform(-1, 1, (9, 5))
    case(
        "residual-tanh",
        [dense(5, 6), tanh, block(6), tanh, block(6), tanh, dense(6, 4)],
        images,
        rng.integers(0, 4, 9),
    )
    case(
        "shared-tanh",
        [dense(5, 5), tanh, {"type": "shared", "of": 0}, tanh, {"type": "shared", "of": 0}, tanh, dense(5, 4)],
        images,
        rng.integers(0, 4, 9),
    )
    for causal in (False, True):
        attend = {
            "type": "selfAttention",
            "heads": 2,
            "causal": causal,
            **{k: matrix(6) for k in ("query", "key", "value", "output")},
        }
        case(
            f"attention{'-causal' if causal else ''}",
            [{"type": "residual", "layers": [attend]}, {"type": "flatten"}, dense(24, 4)],
            rng.uniform(-1, 1, (7, 4, 6)),
            rng.integers(0, 4, 7),
        )


main()
