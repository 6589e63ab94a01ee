"""From the checkpoints of a run to a model file."""
import os
import sys

import torch

from . import config as configs
from . import gguf, model_file, run
from . import transformer as transformers
from .train_transformer import load_tokenizer


def export(config, data, folder, output, kind="f16"):
    """Writes tokenizer.pt and transformer.pt of `folder` as `output`, matrices in the type `kind`."""
    tokenizer = load_tokenizer(config, os.path.join(folder, "tokenizer.pt"), "cpu")
    transformer = transformers.make(config.transformer, config.tokenizer.codebook_size, len(data.names),
                              configs.grid(config) ** 2)
    path = os.path.join(folder, "transformer.pt")
    if os.path.exists(path):
        run.restore(transformer, run.load(path)["average"], path)
    else:
        print(f"{path} is missing, the transformer stays random", file=sys.stderr)
        torch.manual_seed(0)
    metadata = model_file.metadata(config, data.names, data.symbols, gguf.FILE_TYPES[kind])
    gguf.write(output, metadata, model_file.tensors(tokenizer, transformer), kind)
    print(f"{output}: {os.path.getsize(output)} bytes, {len(data.names)} classes, {kind}")
