# SPDX-License-Identifier: Apache-2.0
"""The encoders of akin as PyTorch modules, for the weights that `akin export RUN -o FILE.safetensors` writes.

    encoder, about = load("a.safetensors")             # strict, in eval mode
    features = encoder(prepare(about, items))          # [n, width], what `akin embed` gives

`items` are bytes of images [n,height,width,channels] of the run's size, rows of numbers, or windows [n,steps,columns] of
a series, of about["input"]["series"] steps. An encoder of text takes its ids as they are (akin_words.py makes them).
"""
import json

import torch
from safetensors import safe_open
from torch import nn


def resnet(about, weights):
    """torchvision's ResNet with the stem, the stages and the width of the run, and no classifier."""
    from torchvision.models import resnet as tv

    block = tv.Bottleneck if "layer1.0.conv3.weight" in weights else tv.BasicBlock
    counts = []
    while f"layer{len(counts) + 1}.0.conv1.weight" in weights:
        begin = f"layer{len(counts) + 1}."
        counts.append(len({name.split(".")[1] for name in weights if name.startswith(begin)}))
    stem, channels = weights["conv1.weight"].shape[:2]
    net = tv.ResNet(block, (counts + [1])[:4])
    _, kernel, stride = about["layers"][0]
    net.conv1 = nn.Conv2d(channels, stem, kernel, stride, kernel // 2, bias=False)
    net.bn1, net.inplanes, net.fc = nn.BatchNorm2d(stem), stem, nn.Identity()
    net.avgpool = nn.AdaptiveAvgPool2d(about["grid"])
    if about["layers"][1][0] != "stem.pool":
        net.maxpool = nn.Identity()
    for i in range(4):
        stage = net._make_layer(block, stem << i, counts[i], 1 if i == 0 else 2) if i < len(counts) else nn.Identity()
        setattr(net, f"layer{i + 1}", stage)
    return net


class Features(nn.Module):
    """Convolutions in a row, as torchvision's vgg16_bn has them and cnn4: `features`, then means over cells."""

    def __init__(self, about, weights):
        super().__init__()
        self.features, self.grid = nn.Sequential(), about["grid"]
        for name, kernel, stride in about["layers"]:
            if name.endswith("pool"):
                self.features.append(nn.MaxPool2d(kernel, stride))
                continue
            place = f"features.{len(self.features)}."
            out, channels = weights[place + "weight"].shape[:2]
            conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=place + "bias" in weights)
            self.features.extend([conv, nn.BatchNorm2d(out), nn.ReLU()])

    def forward(self, x):
        return nn.functional.adaptive_avg_pool2d(self.features(x), self.grid).flatten(1)


class Series(nn.Module):
    """conv1d and resnet1d: convolutions along the steps of windows [n,steps,columns], under akin's own names."""

    def __init__(self, about, weights):
        super().__init__()
        self.order = [name for name, _, _ in about["layers"]]
        for name, kernel, stride in about["layers"]:
            out, columns = weights[name + ".weight"].shape[:2]
            pad = 0 if name.startswith("join") else kernel // 2
            conv = nn.Conv2d(columns, out, (1, kernel), (1, stride), (0, pad), bias=False)
            conv.bn = nn.BatchNorm2d(out)
            at = self
            *path, last = name.split(".")
            for part in path:
                if not hasattr(at, part):
                    setattr(at, part, nn.Module())
                at = getattr(at, part)
            setattr(at, last, conv)

    def forward(self, x):
        x, inner, shortcut = x.transpose(1, 2)[:, :, None], None, None
        for name in self.order:
            conv = self.get_submodule(name)
            if name.startswith("join"):  # its stride is its length, but of the last: the rest is zeros
                pad = 0 if name == "join.conv" else (-x.shape[3] % conv.stride[1] + 1) // 2
                y = conv.bn(conv(nn.functional.pad(x, (pad, pad))))
                x = y if name == "join.conv" else y.relu()
                continue
            y = conv.bn(conv(inner if name.endswith("conv2") else x))
            if name.endswith("shortcut"):
                shortcut = y
            elif name.endswith("conv1"):
                inner = y.relu()
            else:  # the stem adds nothing
                x = (y + (0 if name == "stem.conv" else x if shortcut is None else shortcut)).relu()
                shortcut = None
        return x.mean((2, 3))


def hidden_layers(weights):
    """The hidden layers of an mlp."""
    hidden = nn.Sequential()
    while f"hidden.{len(hidden)}.weight" in weights:
        out, columns = weights[f"hidden.{len(hidden)}.weight"].shape
        hidden.extend([nn.Linear(columns, out, bias=False), nn.BatchNorm1d(out), nn.ReLU()])
    return hidden


class Tokens(nn.Module):
    """Blocks of attention and of two layers with norms in front, learned places, the mean over the tokens; timm's names."""

    def __init__(self, heads, weights):
        super().__init__()
        places, width = weights["pos_embed.weight"].shape
        self.heads, self.pos_embed = heads, nn.ParameterDict({"weight": torch.empty(places, width)})
        self.blocks = nn.ModuleList()
        while f"blocks.{len(self.blocks)}.norm1.weight" in weights:
            attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
            mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})
            self.blocks.append(nn.ModuleDict({"norm1": nn.LayerNorm(width, 1e-6), "attn": attn,
                                              "norm2": nn.LayerNorm(width, 1e-6), "mlp": mlp}))
        self.norm = nn.LayerNorm(width, 1e-6)

    def encode(self, x, known):
        """x [n, tokens, width], known [n, tokens]: which of them there are."""
        x = x + self.pos_embed["weight"][:x.shape[1]]
        mask = (known | ~known.any(1, keepdim=True))[:, None, None]  # a row without any looks at all, and counts nothing
        for b in self.blocks:
            q, k, v = b["attn"]["qkv"](b["norm1"](x)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2)
            x = x + b["attn"]["proj"](mixed)
            x = x + b["mlp"]["fc2"](nn.functional.gelu(b["mlp"]["fc1"](b["norm2"](x))))
        return (self.norm(x) * known[..., None]).sum(1) / known.sum(1, keepdim=True).clamp(min=1)


class Vit(Tokens):
    """vit-*: the tokens are patches."""

    def __init__(self, about, weights):
        super().__init__(about["heads"], weights)
        width, channels, patch = weights["patch_embed.proj.weight"].shape[:3]
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(channels, width, patch, patch)})

    def forward(self, x):
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        return self.encode(x, torch.ones(x.shape[:2], dtype=torch.bool))


class Rows(nn.Module):
    """mlp, linear and identity."""

    def __init__(self, about, weights):
        super().__init__()
        self.hidden = hidden_layers(weights)
        if "linear.weight" in weights:
            self.linear = nn.Linear(*reversed(weights["linear.weight"].shape))

    def forward(self, x):
        x = x.flatten(1)
        return self.linear(x) if hasattr(self, "linear") else self.hidden(x)


class Bag(nn.Module):
    """The mean of the vectors of the ids [n, most], behind the last one -1; then hidden layers, if there are any."""

    def __init__(self, about, weights):
        super().__init__()
        self.words = nn.ParameterDict({"table": torch.empty_like(weights["words.table"])})
        self.hidden = hidden_layers(weights)

    def forward(self, ids):
        known = ids >= 0
        vectors = self.words["table"][ids.clamp(min=0)] * known[..., None]
        return self.hidden(vectors.sum(1) / known.sum(1, keepdim=True).clamp(min=1))


class Gru(nn.Module):
    """gru and bigru: the last states, or the mean of all, as about["pool"] says."""

    def __init__(self, about, weights):
        super().__init__()
        self.words, self.mean = nn.ParameterDict({"table": torch.empty_like(weights["words.table"])}), about["pool"] == "mean"
        layers = sum(f"gru.weight_hh_l{i}" in weights for i in range(8))
        both = "gru.weight_hh_l0_reverse" in weights
        hidden, width = weights["gru.weight_hh_l0"].shape[1], weights["gru.weight_ih_l0"].shape[1]
        self.gru = nn.GRU(width, hidden, layers, batch_first=True, bidirectional=both)

    def forward(self, ids):
        counts = (ids >= 0).sum(1).clamp(min=1)
        vectors = self.words["table"][ids.clamp(min=0)]
        packed = nn.utils.rnn.pack_padded_sequence(vectors, counts, batch_first=True, enforce_sorted=False)
        packed, last = self.gru(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)  # 0 behind the end
        last = last[-2:] if self.gru.bidirectional else last[-1:]
        return states.sum(1) / counts[:, None] if self.mean else last.transpose(0, 1).flatten(1)


class Transformer(nn.Module):
    """transformer: the tokens are the vectors of words, as many as there are places."""

    def __init__(self, about, weights):
        super().__init__()
        self.words = nn.ParameterDict({"table": torch.empty_like(weights["words.table"])})
        own = {name[12:]: tensor for name, tensor in weights.items() if name.startswith("transformer.")}
        self.transformer = Tokens(about["heads"], own)
        self.transformer.word_embed = nn.ModuleDict({"proj": nn.Linear(*reversed(own["word_embed.proj.weight"].shape))})

    def forward(self, ids):
        ids = ids[:, :len(self.transformer.pos_embed["weight"])]
        x = self.transformer.word_embed["proj"](self.words["table"][ids.clamp(min=0)])
        return self.transformer.encode(x, ids >= 0)


class Head(nn.Module):
    """The projection head, of `--layer projector`."""

    def __init__(self, weights):
        super().__init__()
        for name in ("linear1", "linear2"):
            if f"head.{name}.weight" in weights:
                bias = f"head.{name}.bias" in weights
                setattr(self, name, nn.Linear(*reversed(weights[f"head.{name}.weight"].shape), bias=bias))
        if "head.bn.weight" in weights:
            self.bn = nn.BatchNorm1d(len(weights["head.bn.weight"]))

    def forward(self, x):
        x = self.linear1(x)
        x = self.bn(x) if hasattr(self, "bn") else x
        return self.linear2(x.relu()) if hasattr(self, "linear2") else x


class Whitening(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.mean = nn.Parameter(torch.empty_like(weights["whitening.mean"]))
        self.weight = nn.Parameter(torch.empty_like(weights["whitening.weight"]))

    def forward(self, x):
        return (x - self.mean) @ self.weight.T


def build(about, weights):
    """The module that takes these weights, strictly."""
    kinds = [("conv1d", Series), ("resnet1d", Series), ("resnet", resnet), ("vgg", Features), ("cnn", Features),
             ("bag", Bag), ("gru", Gru), ("bigru", Gru), ("vit", Vit),
             ("transformer", Transformer)]
    encoder = next((make for name, make in kinds if about["encoder"].startswith(name)), Rows)(about, weights)
    if "head.linear1.weight" in weights:
        encoder.head = Head(weights)
        encoder.register_forward_hook(lambda module, inputs, out: module.head(out))
    if "whitening.weight" in weights:
        encoder.whitening = Whitening(weights)
        encoder.register_forward_hook(lambda module, inputs, out: module.whitening(out))
    if "words.table" in weights:  # a text without a word is a row of zeros
        encoder.register_forward_hook(lambda module, inputs, out: out * (inputs[0] >= 0).any(1)[:, None])
    encoder.load_state_dict(weights, strict=True)
    return encoder.eval()


def load(path):
    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["akin"])
        weights = {name: file.get_tensor(name) for name in file.keys()}
    return build(about, weights), about


def prepare(about, items):
    """Items as the encoder reads them: what akin does before it."""
    rules, items = about["input"], torch.as_tensor(items)
    if rules["kind"] == "images":
        mean, std = (torch.tensor(rules[name])[:, None, None] for name in ("mean", "std"))
        return (items.permute(0, 3, 1, 2) / float(rules["white"]) - mean) / std
    if rules["kind"] == "vectors":
        mean, std = (torch.tensor(rules[name], dtype=torch.float64) for name in ("mean", "std"))
        missing = mean.float() if rules["missing"] == "mean" else torch.zeros(())
        return ((torch.where(items.isnan(), missing, items) - mean) / std).float()
    return items
