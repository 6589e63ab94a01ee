#!/usr/bin/env python3
"""Reference tensors from PyTorch: python3 tools/golden.py MODEL.gguf -o DIR

or of a random model: python3 tools/golden.py --random-model OUT.gguf -o DIR

Writes .npy files (version 1.0, little-endian float32 or int32, C order) and cases.txt, one case per line:
    logits CLASS TOKENS.npy LOGITS.npy   int32 (grid height, grid width), -1 = masked;
                                         float32 (positions, codes); CLASS -1 = null class
    encode RGB.npy CODES.npy             float32 (height, width, 3) in 0..1; int32 (grid height, grid width)
    decode TOKENS.npy RGB.npy            int32 (grid height, grid width); float32 (height, width, 3)
The sums run in float64, so the reference's own rounding is one float32 ulp.
"""
import argparse
import os
import sys

import numpy as np

from unmask_tools import gguf


def arguments():
    parser = argparse.ArgumentParser(description="Write reference tensors of a model file.")
    parser.add_argument("model", nargs="?", help="GGUF file")
    parser.add_argument("-o", "--output", help="folder for the tensors")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random-model", metavar="OUT.gguf", help="write a small model of random weights")
    parser.add_argument("--variant", choices=("original", "halton", "halton-patched"), default="original",
                        help="of the random model's transformer; halton-patched has patches of 2 x 2 tokens")
    parser.add_argument("--decoder-blocks", type=int, nargs=3, help="ResBlocks of the random model's decoder")
    parser.add_argument("--gelu", choices=("tanh", "erf"), default="tanh", help="of the random model")
    parser.add_argument("--norm-epsilon", type=float, default=1e-6, help="of the random model's GroupNorms")
    parser.add_argument("--type", choices=sorted(gguf.FILE_TYPES), default="f32", help="of the random model")
    return parser.parse_args()


def write_random_model(args):
    from unmask_tools import model_file, random_model
    config, names, tokenizer, transformer = random_model.build(args)
    metadata = model_file.metadata(config, names, None, gguf.FILE_TYPES[args.type])
    gguf.write(args.random_model, metadata, model_file.tensors(tokenizer, transformer), args.type)


class Cases:
    def __init__(self, folder):
        self.folder, self.lines, self.count = folder, [], {}
        os.makedirs(folder, exist_ok=True)

    def array(self, stem, array):
        """Saves one array under a name of its own and returns the name."""
        self.count[stem] = self.count.get(stem, -1) + 1
        name = f"{stem}_{self.count[stem]}.npy"
        kind = "<i4" if np.issubdtype(array.dtype, np.integer) else "<f4"
        with open(os.path.join(self.folder, name), "wb") as stream:
            np.lib.format.write_array(stream, np.ascontiguousarray(array, kind), version=(1, 0))
        return name

    def close(self):
        with open(os.path.join(self.folder, "cases.txt"), "w", encoding="ascii") as stream:
            stream.write("".join(line + "\n" for line in self.lines))


def smooth_picture(height, width):
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    return np.stack([0.5 + 0.5 * np.sin(5 * x), y, 0.5 + 0.4 * np.cos(4 * (x + y))], -1).astype(np.float32)


def logits_cases(cases, transformer, metadata, random):
    import torch
    shape = metadata["maskgit.grid_height"], metadata["maskgit.grid_width"]
    classes, codes = metadata["maskgit.class_count"], metadata["maskgit.codebook_size"]
    labels = [0, classes - 1, int(random.integers(classes))]
    labels += [-1] if metadata["maskgit.null_class"] else []
    for label, masked in zip(labels, (1.0, 0.6, 0.1, 0.5)):
        tokens = random.integers(codes, size=shape)
        tokens[random.random(shape) < masked] = -1
        made = transformer.double()(torch.from_numpy(tokens).view(1, -1), torch.tensor([label]))
        names = cases.array("tokens", tokens), cases.array("logits", made[0].numpy())
        cases.lines.append(f"logits {label} {names[0]} {names[1]}")


def picture_cases(cases, tokenizer, metadata, random):
    import torch
    height, width = metadata["maskgit.image_height"], metadata["maskgit.image_width"]
    for picture in (random.random((height, width, 3), dtype=np.float32), smooth_picture(height, width)):
        planes = torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0).double()
        codes = tokenizer.double().encode(planes)[0].numpy()
        cases.lines.append(f"encode {cases.array('rgb', picture)} {cases.array('codes', codes)}")
    shape = metadata["maskgit.grid_height"], metadata["maskgit.grid_width"]
    for _ in range(2):
        tokens = random.integers(metadata["maskgit.codebook_size"], size=shape)
        rgb = tokenizer.double().decode(torch.from_numpy(tokens).unsqueeze(0))[0].permute(1, 2, 0).numpy()
        cases.lines.append(f"decode {cases.array('tokens', tokens)} {cases.array('rgb', rgb)}")


def main():
    args = arguments()
    if args.random_model:
        write_random_model(args)
        print(args.random_model)
        if not args.output:
            return
    if not args.output or not (args.model or args.random_model):
        sys.exit("golden.py: a model and -o DIR are needed")
    import torch
    from unmask_tools import model_file
    try:
        metadata, arrays = gguf.read(args.model or args.random_model)
    except (OSError, ValueError) as error:
        sys.exit(f"golden.py: {error}")
    tokenizer, transformer = model_file.modules(metadata, arrays)
    cases, random = Cases(args.output), np.random.default_rng(args.seed)
    with torch.no_grad():
        logits_cases(cases, transformer, metadata, random)
        picture_cases(cases, tokenizer, metadata, random)
    cases.close()
    print(f"{args.output}: {len(cases.lines)} cases")


if __name__ == "__main__":
    main()
