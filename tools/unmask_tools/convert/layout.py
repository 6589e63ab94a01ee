"""What all layouts share: the kinds of checkpoints, sizes, class names and the metadata of a model file."""
import math
import os

from . import Refused

CLASS_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imagenet_classes.txt")
IMAGENET = 1000
MOST_HEAD = 256


class Kind:
    """One role ("transformer" or "tokenizer") of a family in one naming.

    marks: names that give it away. ignored: what names of weights begin with that only training needs.
    """

    def __init__(self, family, role, title, marks, naming=None, ignored=()):
        self.family, self.role, self.title = family, role, title
        self.marks, self.naming, self.ignored = marks, naming, tuple(ignored)

    def matches(self, checkpoint):
        return all(name in checkpoint.arrays for name in self.marks)


class Tokenizer:
    """codes of code_size numbers, channels per level, metadata of its own, [(name, Array)] in file order.

    The first tensor is the codebook.
    """

    def __init__(self, codes, code_size, widths, metadata, tensors):
        self.codes, self.code_size, self.widths = codes, code_size, widths
        self.metadata, self.tensors = metadata, tensors


class Transformer:
    """Side of the grid, number of classes, whether a null class follows them, metadata of its own, settings
    of the sampler by the ends of their keys, [(name, Array)] in file order."""

    def __init__(self, grid, classes, null_class, metadata, sampler, tensors):
        self.grid, self.classes, self.null_class = grid, classes, null_class
        self.metadata, self.sampler, self.tensors = metadata, sampler, tensors


def imagenet_names():
    with open(CLASS_FILE, encoding="utf-8") as stream:
        names = [line.strip() for line in stream if line.strip() and not line.startswith("#")]
    if len(names) != IMAGENET:
        raise Refused(f"{CLASS_FILE}: holds {len(names)} names, not {IMAGENET}")
    return names


def class_names(count):
    return imagenet_names() if count == IMAGENET else [f"class {number}" for number in range(count)]


def side(tokens, checkpoint):
    """The side of a square grid of tokens."""
    root = math.isqrt(tokens)
    if root * root != tokens:
        raise Refused(f"{checkpoint.title}: {tokens} token positions are no square grid")
    return root


def positive(number, what, checkpoint):
    if number < 1:
        raise Refused(f"{checkpoint.title}: holds {number} {what}")
    return number


def heads(given, dim, width, usual, checkpoint):
    """The number of heads, which no shape of a PyTorch file tells. width: of the queries of all heads."""
    number = given or usual.get(dim)
    if number is None:
        raise Refused(f"{checkpoint.title}: no shape tells the number of heads of width {dim}; give --heads")
    if width % number or width // number > MOST_HEAD:
        raise Refused(f"{checkpoint.title}: queries of {width} numbers do not split into {number} heads of "
                      f"at most {MOST_HEAD}")
    return number


def _tokenizer_metadata(tokenizer):
    base = math.gcd(*tokenizer.widths)
    return {"maskgit.tokenizer.channels": base,
            "maskgit.tokenizer.channel_multipliers": [width // base for width in tokenizer.widths],
            **tokenizer.metadata, "maskgit.tokenizer.norm_groups": 32, "maskgit.tokenizer.norm_epsilon": 1e-6}


def metadata(options, family, tokenizer, transformer):
    """All keys but the digests, in file order."""
    image = transformer.grid << (len(tokenizer.widths) - 1)
    name = f"{family.title} {'ImageNet ' if transformer.classes == IMAGENET else ''}{image}"
    return {
        "general.architecture": "maskgit", "general.alignment": 256, "general.file_type": options.file_type,
        "general.name": options.name or name, "general.license": options.license,
        "general.source.layout": family.source,
        "maskgit.format_version": 1, "maskgit.variant": family.variant,
        "maskgit.image_width": image, "maskgit.image_height": image,
        "maskgit.grid_width": transformer.grid, "maskgit.grid_height": transformer.grid,
        "maskgit.codebook_size": tokenizer.codes, "maskgit.codebook_dim": tokenizer.code_size,
        "maskgit.class_count": transformer.classes, "maskgit.class_names": class_names(transformer.classes),
        "maskgit.null_class": transformer.null_class,
        **transformer.metadata, **_tokenizer_metadata(tokenizer),
        **{f"maskgit.sampler.{key}": value for key, value in transformer.sampler.items()}}
