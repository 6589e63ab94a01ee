"""All scores of a set of pictures, next to the real ones."""
import hashlib
import json
import os

import numpy as np

from . import judge as judges
from . import metrics

FEATURES = 64
# Scale of the Frechet distance: this much is the variance of the real pictures, all features together.
SPREAD = 100.0


class Projection:
    """Stages of equal variance, on the main axes of the real pictures, of variance SPREAD together."""

    def __init__(self, stages, weights):
        self.sizes = [np.sqrt(np.trace(metrics.moments(stage, weights)[1])) for stage in stages]
        self.mean, covariance = metrics.moments(self.join(stages), weights)
        values, axes = np.linalg.eigh(covariance)
        self.axes = axes[:, :-FEATURES - 1:-1] * np.sqrt(SPREAD / values[:-FEATURES - 1:-1].sum())
        self.share = float(values[:-FEATURES - 1:-1].sum() / values.sum())

    def join(self, stages):
        return np.concatenate([stage / size for stage, size in zip(stages, self.sizes)], 1).astype(np.float64)

    def __call__(self, stages):
        return (self.join(stages) - self.mean) @ self.axes


class Reference:
    """What the drawn pictures are compared with: the real pictures and their reconstructions."""

    def __init__(self, data, remade, judge, resamples, seed):
        self.data, self.judge, self.resamples, self.seed = data, judge, resamples, seed
        self.weights = metrics.class_weights(data.labels)
        stages = judge.read(data.pictures)[0]
        self.project = Projection(stages, self.weights)
        self.features = self.project(stages)
        self.frechet = metrics.Frechet(self.features, self.weights)
        self.reach = metrics.radii(self.features)
        self.apart = metrics.same_class_distances(self.features, data.labels).mean()
        self.small = metrics.half_size(data.pictures)
        self.remade = remade
        # What lies this near to a training picture could be its reconstruction.
        own = np.sqrt(np.square(metrics.half_size(remade) - self.small).mean(1))
        self.copy_limit = float(np.percentile(own, 95))

    def several(self):
        """(n) bool: the pictures of classes that have two or more."""
        return np.bincount(self.data.labels)[self.data.labels] > 1

    def read(self, pictures):
        stages, logits = self.judge.read(pictures)
        return self.project(stages), logits

    def between_real(self):
        """Median difference of a real picture to its nearest other one."""
        return float(np.median(metrics.nearest(self.small, self.small, same=True)))


def _mean(reference, values, labels, weights=None):
    return metrics.mean_with_interval(values, labels, reference.resamples, reference.seed, weights)


def scores(reference, pictures, labels, weights=None):
    """{name: (value, (low, high))}. The pictures of a model count equally; weights are for real ones."""
    r = reference
    features, logits = r.read(pictures)
    rank = judges.ranks(logits, labels)
    near = metrics.nearest(metrics.half_size(pictures), r.small)
    found = metrics.inside(r.features, features, metrics.radii(features))
    out = {"frechet": (r.frechet(features, weights), None) if weights is not None else
           metrics.frechet_with_interval(r.frechet, features, labels, r.resamples, r.seed),
           "precision": _mean(r, metrics.inside(features, r.features, r.reach), labels, weights),
           "recall": _mean(r, found, np.arange(len(found)), r.weights),
           "top1": _mean(r, rank < 1, labels, weights), "top5": _mean(r, rank < 5, labels, weights),
           "nearest": _mean(r, near, labels, weights),
           "copied": _mean(r, near < r.copy_limit, labels, weights)}
    apart = metrics.same_class_distances(features, labels)
    if len(apart) > 1:
        out["diversity"] = _mean(r, apart / r.apart, np.arange(len(apart)))
    return out


class Kept:
    """Scores kept in a JSON file, so that a run that goes on measures only what is new."""

    def __init__(self, path, about):
        self.path = path
        self.about = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
        self.known = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                self.known = json.load(stream)

    def get(self, name, make):
        full = f"{self.about} {name}"
        if full not in self.known:
            self.known[full] = make()
            with open(self.path + ".tmp", "w", encoding="utf-8") as stream:
                json.dump(self.known, stream)
            os.replace(self.path + ".tmp", self.path)
        return self.known[full]


def row_scores(reference, store, kept, row, rounds=None):
    """Scores of a row's first rounds."""
    rounds = rounds or row.rounds
    name = f"{store.key(row.settings)} {rounds}"
    return kept.get(name, lambda: scores(reference, *store.pictures(row.settings, rounds)))


def accuracy_score(reference, pictures, labels, steps, seeds):
    """(share, interval) of the real pictures that networks trained on `pictures` alone recognise, of the
    classes that real_accuracy() can tell of; None if there are none."""
    if not reference.several().any():
        return None
    data = reference.data
    right = [judges.accuracy_score(pictures, labels, data.pictures, data.labels, len(data.names), steps, seed)
             for seed in range(seeds)]
    return _mean_of_several(reference, np.mean(right, 0))


def real_accuracy(reference, steps, seeds, folds=3):
    """The same for networks trained on the real pictures of the other folds: without classes of one picture,
    whose only one would be left out."""
    if not reference.several().any():
        return None
    data = reference.data
    place = np.zeros(len(data.labels), np.int64)
    for label in np.unique(data.labels):
        own = np.flatnonzero(data.labels == label)
        place[own] = (np.arange(len(own)) + label) % folds
    right = np.zeros(len(data.labels))
    for seed in range(seeds):
        for fold in range(folds):
            test, rest = np.flatnonzero(place == fold), np.flatnonzero(place != fold)
            right[test] += judges.accuracy_score(data.pictures[rest], data.labels[rest], data.pictures[test],
                                                 data.labels[test], len(data.names), steps, seed)
    return _mean_of_several(reference, right / seeds)


def _mean_of_several(reference, right):
    some = reference.several()
    labels = reference.data.labels[some]
    return _mean(reference, right[some], np.arange(len(labels)), metrics.class_weights(labels))
