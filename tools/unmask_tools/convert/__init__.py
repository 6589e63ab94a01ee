"""From published MaskGIT checkpoints to a model file; needs numpy, never PyTorch. See tools/convert.py."""


class Refused(Exception):
    """What is wrong with an input, as one line for the user."""
