"""The published networks in plain PyTorch, under their published parameter names: what tests compare with.

Each transformer maps (tokens (n) with -1 = masked, class or -1 = none) to logits (n, codes); each tokenizer
encodes RGB (h, w, 3) in 0..1 to codes (rows, columns) and decodes them again. Written from the papers and
the published checkpoints' names and shapes, independently of the C program and of
unmask_tools/{tokenizer,transformer}.py, which follow docs/MODEL_FORMAT.md. """
import torch


def fill(module, seed):
    """Random weights of a size at which every part of the network shows in its output."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in module.named_parameters():
            noise = torch.randn(weight.shape, generator=generator, dtype=torch.float32).to(weight.dtype)
            if weight.dim() == 1:
                # Scales of norms lie around 1, biases around 0.
                weight.copy_((1.0 if name.endswith("weight") else 0.0) + 0.2 * noise)
            elif "emb" in name or "codebook" in name or name in ("bias", "reg_tokens.weight"):
                weight.copy_(noise)
            else:
                weight.copy_(1.2 * noise / weight[0].numel() ** 0.5)
    return module.eval()


def planes(rgb):
    return rgb.permute(2, 0, 1).unsqueeze(0)


def pixels(planes_):
    return planes_[0].permute(1, 2, 0)


def nearest(vectors, table):
    """Codes (rows, columns) of vectors (rows, columns, E): the row at the least squared distance."""
    return torch.stack([(row.unsqueeze(1) - table).pow(2).sum(-1).argmin(-1) for row in vectors])
