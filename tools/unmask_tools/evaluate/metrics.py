"""Scores of pictures on plain arrays, and bootstrap intervals. Every random choice has a seed.

Real pictures carry weights that give each class the same share, because the drawn ones have the same
number of every class. An interval is (low, high), 95 %.
"""
import numpy as np

NEIGHBOURS = 3


def class_weights(labels):
    """(n) weights that sum to 1 and give every class the same share."""
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return 1.0 / (len(counts) * counts[place])


def moments(features, weights=None):
    """Mean (d) and covariance (d, d); the weights sum to 1."""
    x = np.asarray(features, np.float64)
    w = np.full(len(x), 1.0 / len(x)) if weights is None else weights
    mean = w @ x
    away = x - mean
    return mean, (away * w[:, None]).T @ away / (1.0 - np.square(w).sum())


def _root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


class Frechet:
    """Distance between two Gaussians, |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)), to one fixed set."""

    def __init__(self, features, weights=None):
        self.mean, self.covariance = moments(features, weights)
        self.root = _root(self.covariance)

    def __call__(self, features, weights=None):
        return self.to(*moments(features, weights))

    def to(self, mean, covariance):
        # (C C')^(1/2) has the trace of (C^(1/2) C' C^(1/2))^(1/2), which is symmetric.
        shared = np.linalg.eigvalsh(self.root @ covariance @ self.root)
        return float(np.square(mean - self.mean).sum() + np.trace(self.covariance) + np.trace(covariance)
                     - 2 * np.sqrt(np.maximum(shared, 0)).sum())


def resamplings(labels, resamples, seed):
    """(times (resamples, n), stretch): how often each picture stands in a resample.

    Every class keeps its number of pictures, because it was drawn that often. r pictures resampled vary less
    than r new ones by (r - 1) / r, so deviations are stretched by the root of r / (r - 1). Where a class has
    one picture only, pictures are resampled across classes: such intervals are too wide.
    """
    random = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        return random.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), size=resamples), 1.0
    times = np.zeros((resamples, len(labels)), np.int64)
    for name, count in zip(names, counts):
        times[:, labels == name] = random.multinomial(count, np.full(count, 1 / count), size=resamples)
    return times, np.sqrt(np.mean(counts / (counts - 1)))


def interval(samples, value, stretch=1.0):
    """The middle 95 % of bootstrap samples, stretched, and moved so that their mean is the value."""
    low, high = np.percentile(samples, [2.5, 97.5]) - np.mean(samples)
    return float(value + stretch * low), float(value + stretch * high)


def frechet_with_interval(frechet, features, labels, resamples, seed):
    """(distance, interval): the drawn pictures resampled, the real ones kept.

    A resample holds pictures twice, so its distance is biased upwards; that is why intervals are centred.
    """
    times, stretch = resamplings(labels, resamples, seed)
    value = frechet(features)
    samples = [_weighted(frechet, features[row > 0], row[row > 0], row.sum()) for row in times]
    return value, interval(samples, value, stretch)


def _weighted(frechet, features, times, count):
    """The distance of a set in which row i stands times[i] times."""
    w = times / count
    mean = w @ features
    away = features - mean
    return frechet.to(mean, (away * w[:, None]).T @ away * (count / (count - 1)))


def mean_with_interval(values, labels, resamples, seed, weights=None):
    """(weighted mean, interval) of one value per picture."""
    values = np.asarray(values, np.float64)
    w = np.full(len(values), 1.0 / len(values)) if weights is None else weights
    times, stretch = resamplings(labels, resamples, seed)
    value = float(w @ values)
    return value, interval(times @ (w * values) / (times @ w), value, stretch)


def squared_distances(a, b):
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    square = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.maximum(square, 0)


def radii(features, neighbours=NEIGHBOURS):
    """Squared distance of each picture to its k-th nearest other one."""
    square = squared_distances(features, features)
    np.fill_diagonal(square, np.inf)
    k = min(neighbours, len(features) - 1)
    return np.partition(square, k - 1, axis=1)[:, k - 1]


def inside(points, features, reach):
    """(points) bool: in at least one ball around the features. Kynkaanniemi et al., arXiv 1904.06991."""
    return (squared_distances(points, features) <= reach).any(1)


def same_class_distances(features, labels):
    """(classes with two or more) mean distance of two pictures of a class."""
    means = []
    for label in np.unique(labels):
        own = features[labels == label]
        if len(own) > 1:
            distance = np.sqrt(squared_distances(own, own))
            means.append(distance.sum() / (len(own) * (len(own) - 1)))
    return np.array(means)


def half_size(pictures):
    """(n, h, w, 3) uint8 to (n, h w 3 / 4) float32 in 0..1, each pixel the mean of four."""
    n, h, w, c = pictures.shape
    small = pictures.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4), dtype=np.float32)
    return small.reshape(n, -1) / np.float32(255)


def nearest(pictures, others, same=False):
    """Root mean square difference to the nearest other picture, from half_size(); same: not to itself."""
    square = squared_distances(pictures, others)
    if same:
        np.fill_diagonal(square, np.inf)
    return np.sqrt(square.min(1) / pictures.shape[1])
