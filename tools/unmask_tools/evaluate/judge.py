"""The feature network: a classifier of the real pictures; what its last two stages see are the features."""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

from .. import classifier, run
from ..train_tokenizer import to_float

WIDTHS = (32, 64, 96, 128)
INNER = 64
PER_STAGE = 6  # modules: two of convolution, norm, ReLU


class Judge(classifier.Classifier):
    """A Classifier with a narrow layer before its names.

    That layer is of no use as a feature: trained to the end it knows the class and little else, so it would
    neither see how pictures of a class differ nor what is wrong with one.
    """

    def __init__(self, classes):
        super().__init__(classes, WIDTHS, INNER)

    @torch.no_grad()
    def read(self, pictures, batch=128):
        """([stage 3, stage 4], logits (n, classes)) of uint8 pictures, float32.

        A stage: (n, 4 channels), its activations averaged over each quarter of the picture.
        """
        self.eval()
        parts = []
        for start in range(0, len(pictures), batch):
            third = self.body[:3 * PER_STAGE](to_float(pictures[start:start + batch], run.device()))
            fourth = self.body[3 * PER_STAGE:](third)
            quarters = [F.adaptive_avg_pool2d(stage, 2).flatten(1) for stage in (third, fourth)]
            logits = self.name(self.inner(F.adaptive_avg_pool2d(fourth, 4).flatten(1)))
            parts.append([part.cpu().numpy() for part in (*quarters, logits)])
        third, fourth, logits = (np.concatenate(part) for part in zip(*parts))
        return [third, fourth], logits


def ranks(logits, labels):
    """(n) how many classes the network prefers to the right one; 0 = recognised."""
    right = logits[np.arange(len(labels)), labels]
    return (logits > right[:, None]).sum(1)


def halved(pictures):
    """uint8 pictures, each pixel the mean of four."""
    n, h, w, c = pictures.shape
    mean = pictures.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4), dtype=np.float32)
    return (mean + 0.5).astype(np.uint8)


def train(data, steps, seed=0):
    """A judge of all pictures of a data set."""
    return _train(data.pictures, data.labels, len(data.names), steps, seed)


def _train(pictures, labels, classes, steps, seed):
    return classifier.train(pictures, labels, classes, steps=steps, seed=seed, make=Judge)


def accuracy_score(pictures, labels, test, test_labels, classes, steps, seed=0):
    """(n) bool: which test pictures a judge recognises that was trained on `pictures` alone, at half size."""
    logits = _train(halved(pictures), labels, classes, steps, seed).read(halved(test))[1]
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
