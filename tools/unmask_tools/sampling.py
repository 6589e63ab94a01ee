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
    nothing = torch.full((len(labels), positions), -1, dtype=torch.long, device=labels.device)
    return fill(model, nothing, labels, settings, settings.steps, torch.Generator().manual_seed(seed))


def _left_masked(schedule, step, steps, unknown, masked_now):
    """masked_after() of each row: (rows) of each."""
    pairs = zip(unknown.tolist(), masked_now.tolist())
    return torch.tensor([masked_after(schedule, step, steps, *pair) if pair[1] else 0 for pair in pairs])


@torch.no_grad()
def fill(model, tokens, labels, settings, steps, generator):
    """Codes (b, n) in the places of the -1 among the tokens; sample() has the settings."""
    rows, positions = tokens.shape
    where, unknown = tokens.device, (tokens < 0).sum(1).cpu()
    left = unknown
    turns = _halton_turns(rows, positions, generator).to(where) if settings.name == "halton" else None
    for step in range(steps):
        logits = guided_logits(model, tokens, labels, settings.cfg_scale) / settings.temperature
        logs = torch.log_softmax(logits, -1)
        guess = (logs + _gumbel(logs.shape, generator).to(where)).argmax(-1)
        known = tokens >= 0
        guess = torch.where(known, tokens, guess)
        if turns is not None:
            confidence = -turns
        else:
            confidence = logs.gather(-1, guess.unsqueeze(-1)).squeeze(-1)
            noise = settings.choice_temperature * (1 - (step + 1) / steps)
            confidence = confidence + noise * _gumbel(confidence.shape, generator).to(where)
        confidence = confidence.masked_fill(known, float("inf"))
        left = _left_masked(settings.schedule, step, steps, unknown, left)
        late = confidence.argsort(1).argsort(1) < left.to(where).unsqueeze(1)
        tokens = torch.where(late, torch.full_like(guess, -1), guess)
    return tokens


@torch.no_grad()
def pictures(model, tokenizer, labels, grid, settings, seed=0, batch=64):
    """RGB (n, 3, h, w) for class numbers (n)."""
    made = []
    for start in range(0, len(labels), batch):
        codes = sample(model, labels[start:start + batch], grid * grid, settings, seed + start)
        made.append(tokenizer.decode(codes.view(-1, grid, grid)))
    return torch.cat(made)
