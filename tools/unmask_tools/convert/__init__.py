"""From published MaskGIT checkpoints to a model file; needs numpy, never PyTorch. See tools/convert.py."""

MOST_CHARACTERS = 500


class Refused(Exception):
    """What is wrong with an input, as one line for the user, fit for a terminal whatever the input holds."""

    def __init__(self, message):
        shown = message[:MOST_CHARACTERS]
        if not shown.isprintable():
            shown = "".join(letter if letter.isprintable() else "?" for letter in shown)
        super().__init__(shown)
