"""The feature network: a classifier of the real pictures; its last layer but one gives the features."""
import json
import os

import numpy as np
import torch

from .. import classifier, run
from ..train_tokenizer import to_float

WIDTHS = (32, 64, 96, 128)
FEATURES = 64


class Judge(classifier.Classifier):
    """A Classifier with `FEATURES` numbers between its picture and its names."""

    def __init__(self, classes):
        super().__init__(classes, WIDTHS, FEATURES)

    @torch.no_grad()
    def read(self, pictures, batch=128):
        """(features (n, FEATURES) float64, logits (n, classes) float32) of uint8 pictures."""
        self.eval()
        features, logits = [], []
        for start in range(0, len(pictures), batch):
            inner = self.features(to_float(pictures[start:start + batch], run.device()))
            features.append(inner.double().cpu().numpy())
            logits.append(self.name(inner).cpu().numpy())
        return np.concatenate(features), np.concatenate(logits)


def ranks(logits, labels):
    """(n) how many classes the network prefers to the right one; 0 = recognised."""
    right = logits[np.arange(len(labels)), labels]
    return (logits > right[:, None]).sum(1)


def train(data, steps, seed=0):
    """A judge of all pictures of a data set."""
    return _train(data.pictures, data.labels, len(data.names), steps, seed)


def _train(pictures, labels, classes, steps, seed):
    return classifier.train(pictures, labels, classes, steps=steps, seed=seed, make=Judge)


def accuracy_score(pictures, labels, test, test_labels, classes, steps, seed=0):
    """(n) bool: which test pictures a judge recognises that was trained on `pictures` alone."""
    logits = _train(pictures, labels, classes, steps, seed).read(test)[1]
    return ranks(logits, test_labels) == 0


def save(path, model, about):
    """An npz of float16 kernels and float32 vectors, with `about` (a dict) as JSON."""
    arrays = {}
    for name, value in model.state_dict().items():
        array = value.cpu().numpy()
        arrays[name] = array.astype(np.float16) if array.ndim > 1 else array
    temporary = path + ".tmp"
    with open(temporary, "wb") as stream:
        np.savez_compressed(stream, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    os.replace(temporary, path)


def load(path):
    """(judge, about) of a file of save()."""
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes().decode())
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files if name != "about"}
    model = Judge(state["name.bias"].shape[0])
    model.load_state_dict({name: value.float() if value.is_floating_point() else value
                           for name, value in state.items()})
    return model.to(run.device()).eval(), about
