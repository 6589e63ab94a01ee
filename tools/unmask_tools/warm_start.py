"""Training that begins with the weights of a model file instead of random ones."""
import struct
import sys

import torch

from . import config as configs
from . import gguf, model_file
from .text import listed
from .tokenizer import decoder_blocks, grown

NOISE = 0.02  # of a class that the file does not have; new embeddings have this deviation, too


def read(path):
    """A Start; ValueError or OSError with one sentence where the file is none to start from."""
    try:
        meta, arrays = gguf.read(path)
    except (struct.error, KeyError, TypeError, IndexError, UnicodeDecodeError, OverflowError, MemoryError):
        raise ValueError(f"{path}: damaged, or no model file of this program") from None
    variant = meta.get("maskgit.variant")
    if meta.get("general.architecture") != "maskgit" or variant not in configs.VARIANTS:
        raise ValueError(f"{path}: its variant is {variant!r}, training starts from "
                         f"{listed(configs.VARIANTS)} ones")
    try:
        tokenizer, transformer = model_file.modules(meta, arrays)
        names = meta["maskgit.class_names"]
        if len(names) != transformer.classes:
            raise ValueError(f"{len(names)} names for {transformer.classes} classes")
    except (KeyError, RuntimeError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        sentence = f"{path}: tensors or settings do not make a model ({error})"
        raise ValueError(sentence.split("\n")[0]) from None
    return Start(path, tokenizer, transformer, names)


class Start:
    def __init__(self, path, tokenizer, transformer, names):
        self.path, self.names = path, names
        self.source, self.body = tokenizer, transformer

    def _say(self, stage, unfit, total):
        if unfit:
            print(f"{self.path}: {len(unfit)} of {total} tensors of the {stage} do not fit and start at "
                  f"random: {listed(unfit)}", file=sys.stderr)

    def _decoder_grown(self, settings):
        """The tokenizer's state with as many blocks of the decoder as the settings ask for."""
        return grown(self.source.state_dict(), decoder_blocks(self.source.settings), settings)

    @torch.no_grad()
    def networks(self, model):
        """Encoder and decoder of a Tokenizer: every tensor whose name and shape the file has."""
        unfit = copy_fitting(model, self._decoder_grown(model.settings), skip=("quant.",))
        if self.source.quant.codebook.weight.shape[1] != model.quant.codebook.weight.shape[1]:
            unfit.append("quant.codebook.weight")
        self._say("tokenizer", unfit, len(list(model.named_parameters())))

    @torch.no_grad()
    def codebook(self, quantizer):
        """The file's codes keep their numbers; what a larger codebook has beyond them stays as it is."""
        old, new = self.source.quant.codebook.weight, quantizer.codebook.weight
        if old.shape[1] != new.shape[1]:
            return
        copy_rows(new, old)
        quantizer.count.fill_(1.0)
        quantizer.total.copy_(new)

    def whole_tokenizer(self, model):
        """The file's tokenizer as it is; ValueError where the config describes another one."""
        try:
            model.load_state_dict(self._decoder_grown(model.settings))
        except RuntimeError as error:
            reason = str(error).split("\n")[1:2] or [str(error)]
            raise ValueError(f"{self.path}: its tokenizer is not the config's: {reason[0].strip()}") from None
        model.quant.count.fill_(1.0)
        model.quant.total.copy_(model.quant.codebook.weight)

    @torch.no_grad()
    def transformer(self, model, names):
        """Body and positions where the shapes fit; codes by number, classes by name."""
        unfit = copy_fitting(model, self.body.state_dict(), skip=("token_embd.", "head.bias"))
        copy_rows(model.head.bias, self.body.head.bias)
        if self.body.token_embd.weight.shape[1] == model.token_embd.weight.shape[1]:
            self._embeddings(model, names)
        else:
            unfit.insert(0, "token_embd.weight")
        self._say("transformer", unfit, len(list(model.named_parameters())))

    def _embeddings(self, model, names):
        old, new = self.body.token_embd.weight, model.token_embd.weight
        copy_rows(new[:model.codes], old[:self.body.codes])
        classes = old[self.body.codes:self.body.codes + self.body.classes].to(new.device)
        mean = classes.mean(0)
        known = {name: i for i, name in reversed(list(enumerate(self.names)))}
        for i, name in enumerate(names):
            fresh = mean + NOISE * torch.randn(new.shape[1]).to(new.device)
            new[model.codes + i] = classes[known[name]] if name in known else fresh
        new[model.mask_row] = old[self.body.mask_row].to(new.device)
        null = mean if self.body.null_row is None else old[self.body.null_row].to(new.device)
        new[model.null_row] = null
        fresh = [name for name in names if name not in known]
        if fresh:
            print(f"{self.path}: {len(fresh)} of {len(names)} classes are new: {listed(fresh)}",
                  file=sys.stderr)


def copy_rows(target, source):
    """As many rows as both have."""
    count = min(len(target), len(source))
    target[:count] = source[:count].to(target.device)


def copy_fitting(target, old, skip):
    """Copies what target and the state `old` have in the same shape; names of the parameters that it could
    not, without `skip`."""
    unfit = []
    for name, parameter in target.named_parameters():
        if name.startswith(skip):
            continue
        if name in old and old[name].shape == parameter.shape:
            parameter.copy_(old[name].to(parameter.device))
        else:
            unfit.append(name)
    return unfit
