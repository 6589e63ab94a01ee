"""The confidence and halton samplers in PyTorch, for sheets and evaluation; the C program has its own."""
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


def _inverse(number, base, size):
    """The radical inverse of a number in a base, times size, rounded down."""
    inverse, power = 0, 1
    while number:
        number, digit = divmod(number, base)
        inverse, power = inverse * base + digit, power * base
    return inverse * size // power


def halton_order(side):
    """Cells of a square grid, each once, as runtime/sampler/halton.h has them."""
    points = ((_inverse(i, 2, side), _inverse(i, 3, side)) for i in range(1, 64 * side * side + 1))
    cells = dict.fromkeys(row * side + column for row, column in points)
    return [*dict.fromkeys([*cells, *range(side * side)])]


def _halton_turns(rows, positions, generator):
    """(rows, positions): how late each position's turn comes; each row begins somewhere in the order."""
    order = torch.tensor(halton_order(round(positions ** 0.5)))
    turns = torch.empty(positions, dtype=torch.long).scatter_(0, order, torch.arange(positions))
    starts = torch.randint(positions, (rows, 1), generator=generator)
    return ((turns - starts) % positions).float()


@torch.no_grad()
def sample(model, labels, positions, settings, seed=0):
    """Codes (b, positions) of a square grid. settings: name, steps, schedule, temperature,
    choice_temperature, cfg_scale; any name but halton is drawn as confidence."""
    generator = torch.Generator().manual_seed(seed)
    where = labels.device
    tokens = torch.full((len(labels), positions), -1, dtype=torch.long, device=where)
    left = positions
    turns = _halton_turns(len(labels), positions, generator).to(where) if settings.name == "halton" else None
    for step in range(settings.steps):
        logits = guided_logits(model, tokens, labels, settings.cfg_scale) / settings.temperature
        logs = torch.log_softmax(logits, -1)
        guess = (logs + _gumbel(logs.shape, generator).to(where)).argmax(-1)
        known = tokens >= 0
        guess = torch.where(known, tokens, guess)
        if turns is not None:
            confidence = -turns
        else:
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
