"""Numbers on command lines: types for argparse, which refuse what makes no sense."""
import argparse


def positive(kind):
    """An argparse type: a number above 0."""
    def parse(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value
    parse.__name__ = kind.__name__
    return parse


def between(least, most):
    """An argparse type: a whole number."""
    def parse(text):
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
        return value
    parse.__name__ = "int"
    return parse
