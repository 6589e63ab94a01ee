"""All scores of a set of pictures, next to the real ones."""
import hashlib
import json
import os

import numpy as np

from . import judge as judges
from . import metrics

# Scale of the Frechet distance: this much is the variance of the real pictures, all features together.
SPREAD = 100.0


class Reference:
    """What the drawn pictures are compared with: the real pictures and their reconstructions."""

    def __init__(self, data, remade, judge, resamples, seed):
        self.data, self.judge, self.resamples, self.seed = data, judge, resamples, seed
        self.weights = metrics.class_weights(data.labels)
        self.scale = 1.0
        features = self.read(data.pictures)[0]
        covariance = metrics.moments(features, self.weights)[1]
        self.scale = np.sqrt(SPREAD / np.trace(covariance))
        self.features = features * self.scale
        self.frechet = metrics.Frechet(self.features, self.weights)
        self.reach = metrics.radii(self.features)
        self.apart = metrics.same_class_distances(self.features, data.labels).mean()
        self.small = metrics.half_size(data.pictures)
        self.remade = remade
        # What lies this near to a training picture could be its reconstruction.
        own = np.sqrt(np.square(metrics.half_size(remade) - self.small).mean(1))
        self.copy_limit = float(np.percentile(own, 95))

    def read(self, pictures):
        features, logits = self.judge.read(pictures)
        return features * self.scale, logits

    def between_real(self):
        """Median difference of a real picture to its nearest other one."""
        return float(np.median(metrics.nearest(self.small, self.small, same=True)))


def _mean(reference, values, weights=None):
    return metrics.mean_with_interval(values, reference.resamples, reference.seed, weights)


def scores(reference, pictures, labels, weights=None):
    """{name: (value, (low, high))}. The pictures of a model count equally; weights are for real ones."""
    r = reference
    features, logits = r.read(pictures)
    rank = judges.ranks(logits, labels)
    near = metrics.nearest(metrics.half_size(pictures), r.small)
    out = {"frechet": (r.frechet(features, weights), None) if weights is not None else
           metrics.frechet_with_interval(r.frechet, features, r.resamples, r.seed),
           "precision": _mean(r, metrics.inside(features, r.features, r.reach), weights),
           "recall": _mean(r, metrics.inside(r.features, features, metrics.radii(features)), r.weights),
           "top1": _mean(r, rank < 1, weights), "top5": _mean(r, rank < 5, weights),
           "nearest": _mean(r, near, weights), "copied": _mean(r, near < r.copy_limit, weights)}
    apart = metrics.same_class_distances(features, labels)
    if len(apart) > 1:
        out["diversity"] = _mean(r, apart / r.apart)
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
    """(share, interval) of the real pictures that networks trained on `pictures` alone recognise."""
    data = reference.data
    right = [judges.accuracy_score(pictures, labels, data.pictures, data.labels, len(data.names), steps, seed)
             for seed in range(seeds)]
    return _mean(reference, np.mean(right, 0), reference.weights)


def real_accuracy(reference, steps, seeds, folds=3):
    """The same for networks trained on the real pictures of the other folds."""
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
    return _mean(reference, right / seeds, reference.weights)
