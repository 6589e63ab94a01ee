"""Arrays that are described now and read when they are written, one at a time."""
import math

import numpy as np


class Array:
    """shape, and load() that returns an array of it (any strides, any float type)."""

    def __init__(self, shape, load):
        self.shape, self._load = tuple(shape), load

    def load(self):
        """The values as a contiguous float32 array."""
        return np.ascontiguousarray(self._load(), np.float32).reshape(self.shape)

    def transposed(self, *axes):
        axes = axes or tuple(range(len(self.shape)))[::-1]
        return Array([self.shape[axis] for axis in axes], lambda: self._load().transpose(axes))

    def reshaped(self, *shape):
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"{self.shape} does not reshape to {shape}")
        return Array(shape, lambda: self._load().reshape(shape))

    def rows(self, start, stop):
        return Array((stop - start, *self.shape[1:]), lambda: self._load()[start:stop])

    def columns(self, start, stop):
        return Array((*self.shape[:-1], stop - start), lambda: self._load()[..., start:stop])

    def changed(self, function):
        """The same shape with function applied to the values."""
        return Array(self.shape, lambda: function(self._load()))


def stacked(arrays):
    """Arrays one below the other."""
    shape = (sum(array.shape[0] for array in arrays), *arrays[0].shape[1:])
    return Array(shape, lambda: np.concatenate([array.load() for array in arrays]))


def bfloat16(raw):
    """Little-endian bfloat16 bytes to float32."""
    return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
