"""The confidence sampler in PyTorch, for sheets and evaluation; the C program has its own."""
import torch

from .masking import masked_after


def _gumbel(shape, generator):
    u = torch.rand(shape, generator=generator).clamp(1e-7, 1 - 1e-7)
    return -torch.log(-torch.log(u))


@torch.no_grad()
def guided_logits(model, tokens, labels, scale):
    """u + (1 + scale) (c - u), both halves in one forward; scale 0 needs only one half."""
    if scale == 0:
        return model(tokens, labels)
    both = model(torch.cat([tokens, tokens]), torch.cat([labels, torch.full_like(labels, -1)]))
    conditional, null = both.chunk(2)
    return null + (1 + scale) * (conditional - null)


@torch.no_grad()
def sample(model, labels, positions, settings, seed=0):
    """Codes (b, positions). settings: steps, schedule, temperature, choice_temperature, cfg_scale."""
    generator = torch.Generator().manual_seed(seed)
    where = labels.device
    tokens = torch.full((len(labels), positions), -1, dtype=torch.long, device=where)
    left = positions
    for step in range(settings.steps):
        logits = guided_logits(model, tokens, labels, settings.cfg_scale) / settings.temperature
        logs = torch.log_softmax(logits, -1)
        guess = (logs + _gumbel(logs.shape, generator).to(where)).argmax(-1)
        known = tokens >= 0
        guess = torch.where(known, tokens, guess)
        confidence = logs.gather(-1, guess.unsqueeze(-1)).squeeze(-1)
        noise = settings.choice_temperature * (1 - (step + 1) / settings.steps)
        confidence = confidence + noise * _gumbel(confidence.shape, generator).to(where)
        confidence = confidence.masked_fill(known, float("inf"))
        left = masked_after(settings.schedule, step, settings.steps, positions, left)
        tokens = guess.clone()
        if left:
            tokens.scatter_(1, confidence.argsort(1)[:, :left], -1)
    return tokens


@torch.no_grad()
def pictures(model, tokenizer, labels, grid, settings, seed=0, batch=64):
    """RGB (n, 3, h, w) for class numbers (n)."""
    made = []
    for start in range(0, len(labels), batch):
        codes = sample(model, labels[start:start + batch], grid * grid, settings, seed + start)
        made.append(tokenizer.decode(codes.view(-1, grid, grid)))
    return torch.cat(made)
