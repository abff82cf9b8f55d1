"""
Training steps by PyTorch, for a bench in another process: a request a line on stdin, an answer a line on stdout, both JSON.

    {"ask": "hello", "threads": 2}                    -> {"version": "1.13.0", "threads": 2}
    {"ask": "product", "sizes": [500, 3072, 4000]}    -> {"milliseconds": 61.2}
    {"ask": "network", "layers": [["linear", 784, 10]], "input": [784], "batch": 500}    -> {}
    {"ask": "steps", "optimizer": "adam", "milliseconds": 60}    -> {"milliseconds": 4.8}
    {"ask": "data", "path": FILE, "count": 10000, "width": 3072, "scale": 0.00392}    -> {}
    {"ask": "contender", "name": "Adam 1e-3", "layers": ..., "optimizer": "adam", "rate": 1e-3, "batch": 500, "seed": 1}    -> {}
    {"ask": "epoch", "name": "Adam 1e-3"}             -> {"seconds": 7.1, "loss": 1.62}
    {"ask": "drop", "name": "Adam 1e-3"}              -> {}

What goes wrong is {"error": "..."}. Threads spin for a while when their work is done: each answer waits until they sleep, so that they
take nothing from the process that asks.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

ASLEEP = 0.05


def module(layer):
    kind, *sizes = layer
    if kind == "linear":
        return nn.Linear(*sizes)
    if kind == "convolution":
        return nn.Conv2d(*sizes, padding="same")
    if kind == "relu":
        return nn.ReLU()
    if kind == "pool":
        return nn.MaxPool2d(*sizes)
    if kind == "flatten":
        return nn.Flatten()
    raise ValueError(f"no layer {kind}")


def optimizer_of(name, parameters, rate):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=rate)
    if name == "nesterov":
        return torch.optim.SGD(parameters, lr=rate, momentum=0.95, nesterov=True)
    raise ValueError(f"no optimizer {name}")


def step(network, optimizer, x, y):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(network(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def burst(run, milliseconds):
    """The median of calls one after another for that long, after one that does not count."""
    run()
    times = []
    while not times or sum(times) < milliseconds:
        begin = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times)


class Bench:
    def __init__(self):
        self.contenders = {}

    def hello(self, threads):
        torch.set_num_threads(threads)
        return {"version": torch.__version__, "threads": torch.get_num_threads()}

    def product(self, sizes):
        m, k, n = sizes
        a, b = torch.rand(m, k), torch.rand(k, n)
        return {"milliseconds": burst(lambda: a @ b, 0)}

    def network(self, layers, input, batch):
        self.net = nn.Sequential(*map(module, layers))
        self.x = torch.rand(batch, *input)
        self.y = torch.arange(batch) % 10
        self.optimizers = {}
        return {}

    def steps(self, optimizer, milliseconds):
        if optimizer not in self.optimizers:
            # A rate so small that all steps are alike.
            self.optimizers[optimizer] = optimizer_of(optimizer, self.net.parameters(), 1e-6)
        chosen = self.optimizers[optimizer]
        return {"milliseconds": burst(lambda: step(self.net, chosen, self.x, self.y), milliseconds)}

    def data(self, path, count, width, scale):
        with open(path, "rb") as file:
            held = bytearray(file.read())
        self.inputs = torch.frombuffer(held, dtype=torch.uint8, count=count * width).view(count, width).float() * scale
        self.targets = torch.frombuffer(held, dtype=torch.uint8, offset=count * width, count=count).long()
        return {}

    def contender(self, name, layers, optimizer, rate, batch, seed):
        torch.manual_seed(seed)
        net = nn.Sequential(*map(module, layers))
        shuffle = torch.Generator().manual_seed(seed)
        self.contenders[name] = (net, optimizer_of(optimizer, net.parameters(), rate), shuffle, batch)
        return {"loss": self.loss(net)}

    def loss(self, net):
        """Over all examples, in pieces."""
        with torch.no_grad():
            sums = [
                nn.functional.cross_entropy(net(x), y, reduction="sum").item()
                for x, y in zip(self.inputs.split(500), self.targets.split(500))
            ]
        return sum(sums) / len(self.targets)

    def epoch(self, name):
        net, optimizer, shuffle, batch = self.contenders[name]
        begin = time.perf_counter()
        for rows in torch.randperm(len(self.targets), generator=shuffle).split(batch):
            step(net, optimizer, self.inputs[rows], self.targets[rows])
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "loss": self.loss(net)}

    def drop(self, name):
        del self.contenders[name]
        return {}


# JSON knows no infinity and no NaN.
def finite(value):
    return value if not isinstance(value, float) or abs(value) < float("inf") else None


def main():
    bench = Bench()
    asked = {"hello", "product", "network", "steps", "data", "contender", "epoch", "drop"}
    for line in sys.stdin:
        try:
            request = json.loads(line)
            name = request.pop("ask")
            if name not in asked:
                raise ValueError(f"no answer to {name}")
            answer = {key: finite(value) for key, value in getattr(bench, name)(**request).items()}
        except Exception as e:  # Whatever it is, the other side is to hear of it.
            answer = {"error": f"{type(e).__name__}: {e}"}
        time.sleep(ASLEEP)
        print(json.dumps(answer), flush=True)


main()
