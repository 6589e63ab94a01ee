"""Conversion from paths to a file: which layout, which role, checks of values, the file."""
import contextlib
import errno
import os
from types import SimpleNamespace

import numpy as np

from .. import gguf
from . import Refused, checkpoint, halton, layout, original, original_tokenizer, taming_tokenizer, v1
from .array import Array

# One published project each: how its parts are read and what the file says of it.
FAMILIES = {
    "original": SimpleNamespace(title="MaskGIT", variant="original", source="google-research/maskgit",
                                transformer=original, tokenizer=original_tokenizer),
    "v1": SimpleNamespace(title="MaskGIT v1", variant="v1", source="valeoai/Maskgit-pytorch v1.0",
                          transformer=v1, tokenizer=taming_tokenizer),
    "halton": SimpleNamespace(title="Halton-MaskGIT", variant="halton", source="valeoai/Halton-MaskGIT",
                              transformer=halton, tokenizer=taming_tokenizer),
}
PARTS = {id(part): part
         for family in FAMILIES.values() for part in (family.transformer, family.tokenizer)}.values()
KINDS = [kind for part in PARTS for kind in part.KINDS]
ROLES = ("transformer", "tokenizer")
LARGEST_F16 = 65504.0
LARGEST_Q8_0 = 127 * LARGEST_F16  # the scale of a block is an f16
# Ranges of docs/MODEL_FORMAT.md that a checkpoint's shapes could leave.
MOST = {"maskgit.grid_width": 128, "maskgit.image_width": 4096, "maskgit.codebook_size": 65536,
        "maskgit.codebook_dim": 4096, "maskgit.class_count": 65536, "maskgit.transformer.dim": 8192,
        "maskgit.transformer.layers": 64, "maskgit.transformer.heads": 64,
        "maskgit.transformer.mlp_dim": 32768, "maskgit.tokenizer.channels": 1024,
        "maskgit.tokenizer.res_blocks": 8, "maskgit.tokenizer.z_channels": 4096}
MOST_TENSORS = 1024
MOST_LEVELS = 8
MOST_MULTIPLIER = 16


def _kind(file):
    found = [kind for kind in KINDS if kind.matches(file)]
    if len(found) != 1:
        names = ", ".join(sorted(file.arrays)[:3])
        raise Refused(
            f"{file.title}: none of the known layouts; its {len(file.arrays)} tensors begin with {names}")
    return found[0]


def _roles(files):
    """({role: Checkpoint}, {role: Kind}, family) of the opened inputs."""
    kinds = [_kind(file) for file in files]
    roles = {kind.role: file for kind, file in zip(kinds, files)}
    if len(roles) != len(files):
        raise Refused(f"{files[0].title} and {files[-1].title}: more than one {kinds[-1].role}")
    for role in ROLES:
        if role not in roles:
            raise Refused(f"{files[0].title}: is {kinds[0].title}; a {role} is needed beside it")
    family = {kind.family for kind in kinds}
    if len(family) != 1:
        raise Refused(
            f"{files[0].title} and {files[1].title}: {kinds[0].title} and {kinds[1].title}, which do not "
            "belong together")
    return roles, {kind.role: kind for kind in kinds}, family.pop()


def _check_ranges(meta, tensors):
    for key, most in MOST.items():
        if meta.get(key, 0) > most:
            raise Refused(f"{key} would be {meta[key]}, a model file has at most {most}")
    factors = meta["maskgit.tokenizer.channel_multipliers"]
    if len(factors) > MOST_LEVELS or max(factors) > MOST_MULTIPLIER:
        raise Refused(f"maskgit.tokenizer.channel_multipliers would be {factors}, a model file has at most "
                      f"{MOST_LEVELS} of at most {MOST_MULTIPLIER}")
    if len(tensors) > MOST_TENSORS:
        raise Refused(f"{len(tensors)} tensors, a model file has at most {MOST_TENSORS}")
    channels, groups = meta["maskgit.tokenizer.channels"], meta["maskgit.tokenizer.norm_groups"]
    if channels % groups:
        raise Refused(f"{channels} channels do not split into {groups} groups")


def _checked(name, array, file_type):
    """The array; loading it is refused where a value is not finite or not in range of the stored type."""
    kind = gguf.stored_type(name, array.shape, file_type)

    def load():
        with np.errstate(all="ignore"):  # what is not finite is found below
            values = array.load()
        largest = max(values.max(), -values.min())
        if not np.isfinite(largest):
            raise Refused(f"{name} would hold values that are not finite; the checkpoint is damaged")
        if kind == gguf.F16 and largest > LARGEST_F16:
            raise Refused(f"{name} would hold {largest:g}, which 16 bits cannot; use --type f32")
        if kind == gguf.Q8_0 and largest > LARGEST_Q8_0:
            raise Refused(f"{name} would hold {largest:g}, which Q8_0 cannot; use --type f32")
        return values
    return Array(array.shape, load)


def _read(files, options):
    """(metadata, [(name, Array)]) of a model from its checkpoints."""
    roles, kinds, name = _roles(files)
    family = FAMILIES[name]
    tokenizer = family.tokenizer.read(roles["tokenizer"], kinds["tokenizer"])
    roles["tokenizer"].finish(kinds["tokenizer"])
    source, kind = roles["transformer"], kinds["transformer"]
    transformer = family.transformer.read(source, kind, options, tokenizer.codes)
    source.finish(kind)
    tensors = transformer.tensors + tokenizer.tensors
    metadata = layout.metadata(options, family, tokenizer, transformer)
    _check_ranges(metadata, tensors)
    return metadata, tensors


def _check_output(output):
    """Finds a place that cannot be written to before gigabytes are read; a device is never replaced."""
    fault = None
    if not os.path.isdir(os.path.dirname(output) or ".") or not output:
        fault = errno.ENOENT
    elif os.path.isdir(output):
        fault = errno.EISDIR
    elif os.path.exists(output) and not os.path.isfile(output):
        raise OSError(errno.EINVAL, "Not a regular file", output)
    if fault:
        raise OSError(fault, os.strerror(fault), output)


def convert(paths, output, options, progress=None):
    """Writes the model file and returns its metadata; Refused or OSError, and no file, where that fails.

    options: type, file_type (its number), heads, name, license.
    """
    if any(os.path.exists(output) and os.path.samefile(path, output) for path in paths):
        raise Refused(f"{output}: is one of the inputs")
    _check_output(output)
    files = []
    with contextlib.ExitStack() as open_files:
        for path in paths:
            stream = open_files.enter_context(open(path, "rb"))
            files.append(checkpoint.read_checkpoint(stream, os.path.basename(path)))
        metadata, tensors = _read(files, options)
        tensors = [(name, _checked(name, array, options.type)) for name, array in tensors]
        gguf.write(output, metadata, tensors, options.type, progress)
    return metadata
