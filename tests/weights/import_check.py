# SPDX-License-Identifier: Apache-2.0
"""Weights as others store them, through `akin import`: import_check.py FOLDER [PICTURES]. Files of timm (safetensors.torch and
save_for_hf), and of a ResNet-18 under the names that DataParallel, SimCLR, MoCo, BYOL, DINO, Lightly and others leave. Features
of the same pictures must be those of timm (forward_features and the mean over the map) and of torchvision, both in double, to
1e-5. What cannot be taken must be refused in one sentence. $AKIN is the program."""
import os
import subprocess
import sys

import numpy as np
import safetensors.torch
import torch
import torchvision
from PIL import Image

AKIN = os.environ["AKIN"]
SIDE = 64
LIMIT = 1e-5
failures = []


def akin(*words):
    return subprocess.run([AKIN, *map(str, words)], capture_output=True, text=True)


def check(good, what):
    print(("ok    " if good else "FAIL  ") + what, flush=True)
    if not good:
        failures.append(what)


def unsettle(net):
    """Move what is 0 and 1 in a new network, so that a tensor in a wrong place is seen."""
    for name, b in net.named_buffers():
        if name.endswith("running_mean"):
            b.normal_(0, 0.3)
        if name.endswith("running_var"):
            b.uniform_(0.5, 2)
    for p in net.parameters():
        if p.ndim == 1:
            p.data.add_(torch.randn_like(p) * 0.1)
    return net.eval()


def pictures(count):
    rng = np.random.default_rng(0)
    os.makedirs("pics", exist_ok=True)
    x = []
    for i in range(count):
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        picture = small.resize((SIDE, SIDE), Image.BICUBIC)
        picture.save(f"pics/{i:03}.png")
        x.append(np.asarray(picture, dtype=np.float32) / 255)
    mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    return torch.from_numpy(((np.stack(x) - mean) / std).transpose(0, 3, 1, 2).copy()).double()


def features(net, x):
    net = net.double()
    with torch.no_grad():
        if hasattr(net, "forward_features"):
            return net.forward_features(x).mean((2, 3)).numpy()
        net.fc = torch.nn.Identity()
        return net(x).numpy()


def compare(what, file, encoder, want, says=(), options=()):
    done = akin("import", file, "--encoder", encoder, "--size", SIDE, "-o", "r", "--force", *options)
    if done.returncode:
        return check(False, f"{what}: {done.stderr.strip()}")
    check(akin("embed", "r", "pics", "--form", "plain", "-o", "got.npy", "--force", "--quiet").returncode == 0, f"{what}: embed")
    got = np.load("got.npy").astype(float)
    error = np.linalg.norm(got - want) / np.linalg.norm(want)
    check(error <= LIMIT, f"{what}: {got.shape[1]} features, relative difference {error:.1e}")
    for words in says:
        check(words in done.stderr, f"{what}: '{words}' is told" + ("" if words in done.stderr else f": {done.stderr}"))


def refuse(what, file, encoder, *words):
    done = akin("import", file, "--encoder", encoder, "-o", "refused")
    said = done.stderr.strip()
    check(done.returncode in (2, 3) and all(w in said for w in words) and said.count("\n") == 0, f"{what} is refused: {said}")


def of_timm(x):
    try:
        import timm
        from timm.models import save_for_hf
    except ImportError:
        print("timm is not here: its files are left out")
        return
    for name in "resnet18", "resnet34", "resnet50":
        net = unsettle(timm.create_model(name, pretrained=False))
        safetensors.torch.save_model(net, "timm.safetensors")
        compare(f"timm {name}", "timm.safetensors", name, features(net, x))
    net = unsettle(timm.create_model("resnet18", pretrained=False, num_classes=10))
    save_for_hf(net, "hf", model_config={"num_classes": 10}, safe_serialization=True)
    compare("timm resnet18, save_for_hf", "hf/model.safetensors", "resnet18", features(net, x), ["fc.weight"])
    for name, encoder, words in (("resnet10t", "resnet18", ["conv1.weight", "it has 'conv1.0.weight'"]),
                                 ("resnet26", "resnet50", ["another network"]),
                                 ("resnet26", "resnet18", ["has the shape [64, 64, 1, 1]; ", "needs [64, 64, 3, 3]"]),
                                 ("resnet50d", "resnet50", ["conv1.weight", "another network"]),
                                 ("wide_resnet50_2", "resnet50", ["has the shape", "needs"])):
        safetensors.torch.save_model(timm.create_model(name, pretrained=False), "timm.safetensors")
        refuse(f"timm {name} as {encoder}", "timm.safetensors", encoder, *words)


def sequential(weights, first):
    """Names of nn.Sequential(*list(net.children())[:-1]): layer1 is child `first`."""
    place = {"conv1": "0", "bn1": "1", **{f"layer{i + 1}": str(first + i) for i in range(4)}}
    return {".".join([place[k.split(".")[0]], *k.split(".")[1:]]): v for k, v in weights.items() if not k.startswith("fc.")}


def of_projects(x):
    net = unsettle(torchvision.models.resnet18(weights=None))
    weights = {k: v.clone() for k, v in net.state_dict().items()}
    other = {k: v.clone() for k, v in unsettle(torchvision.models.resnet18(weights=None)).state_dict().items()}
    want = features(net, x)
    backbone = {k: v for k, v in weights.items() if not k.startswith("fc.")}

    def behind(prefix, of):
        return {prefix + k: v.clone() for k, v in of.items()}

    head = {"projector.0.weight": torch.zeros(4, 4), "projector.0.bias": torch.zeros(4)}
    files = [("torchvision with fc", weights, ["Not taken from the file: fc.bias, fc.weight"])]
    for prefix in ("module.", "model.", "backbone.", "encoder.", "module.backbone.", "model.encoder.", "net.", "resnet."):
        files.append((prefix, {**behind(prefix, backbone), **head}, [f"behind '{prefix}'"]))
    files += [
        ("MoCo", {**behind("module.encoder_k.", other), **behind("module.encoder_q.", weights), "module.queue": torch.zeros(4, 8)},
         ["behind 'module.encoder_q.'", "'module.encoder_k.'", "moving average"]),
        ("BYOL", {**behind("online_network.encoder.", backbone), **behind("target_network.encoder.", other)},
         ["behind 'online_network.encoder.'", "moving average"]),
        ("Lightly's MoCo", {**behind("backbone_momentum.", sequential(other, 4)), **behind("backbone.", sequential(weights, 4))},
         ["behind 'backbone.'", "children of a Sequential"]),
        ("solo-learn", {**behind("momentum_backbone.", backbone), **behind("backbone.", backbone)}, ["behind 'backbone.'"]),
        ("Sequential", sequential(weights, 4), ["children of a Sequential"]),
        ("Sequential without ReLU and pooling", behind("features.", sequential(weights, 2)), ["behind 'features.'"]),
    ]
    for what, tensors, says in files:
        safetensors.torch.save_file(tensors, "w.safetensors")
        compare(what, "w.safetensors", "resnet18", want, says)
    safetensors.torch.save_file({**behind("student.backbone.", other), **behind("teacher.backbone.", backbone)}, "w.safetensors")
    refuse("student and teacher", "w.safetensors", "resnet18", "'student.backbone.'", "'teacher.backbone.'", "--prefix")
    compare("the teacher of them", "w.safetensors", "resnet18", want, ["behind 'teacher.backbone.'"], ["--prefix", "teacher.backbone"])
    names = {"resnet.embedder.embedder.convolution.weight": torch.zeros(64, 3, 7, 7)}
    safetensors.torch.save_file(names, "w.safetensors")
    refuse("names of transformers", "w.safetensors", "resnet18", "another network", "resnet.embedder.embedder.convolution.weight")


def main(folder, count="20"):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    torch.manual_seed(1)
    torch.set_num_threads(2)
    x = pictures(int(count))
    of_projects(x)
    of_timm(x)
    print(f"{len(failures)} failures")
    return bool(failures)


sys.exit(main(*sys.argv[1:3]))
