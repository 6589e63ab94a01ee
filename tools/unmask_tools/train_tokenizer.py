"""Stage 1: the VQ tokenizer, straight-through with an averaged codebook."""
import os

import torch
import torch.nn.functional as F

from . import run
from .adversary import Adversary
from .tokenizer import Tokenizer, decoder_blocks


def image_gradient(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def reconstruction_loss(made, real, settings):
    """L1, squared error and L1 between the image gradients, weighted by the config."""
    vertical = F.l1_loss(image_gradient(made)[0], image_gradient(real)[0])
    horizontal = F.l1_loss(image_gradient(made)[1], image_gradient(real)[1])
    return (settings.l1 * F.l1_loss(made, real) + settings.l2 * F.mse_loss(made, real)
            + settings.gradient * (vertical + horizontal))


def plain_spread(vectors, real):
    """Variance of the encoder's vectors (b, h', w', E) among cells of one plain colour, around that colour's
    mean, as a share of the variance of all. Without this term group normalization lets the rest of the
    picture shine through, and white ground is spread over hundreds of codes that mean nothing."""
    b, h, w, size = vectors.shape
    cells = (real.detach() * 255).round().long().unflatten(3, (w, -1)).unflatten(2, (h, -1))
    first = cells[:, :, :, :1, :, :1]
    plain = (cells == first).all(5).all(3).all(1).flatten()
    if not plain.any():
        return vectors.new_zeros(())
    red, green, blue = (first[:, channel].flatten() for channel in range(3))
    _, colour = ((red * 256 + green) * 256 + blue)[plain].unique(return_inverse=True)
    chosen = vectors.reshape(-1, size)[plain]
    total = chosen.new_zeros(int(colour.max()) + 1, size).index_add(0, colour, chosen)
    mean = total / torch.bincount(colour).unsqueeze(1)
    spread = (chosen - mean[colour]).pow(2).sum(1).mean()
    return spread / vectors.detach().reshape(-1, size).var(0).sum()


def psnr(made, real):
    """Decibels per picture, (n), of pictures clipped to 0..1."""
    error = (made.clamp(0, 1) - real).pow(2).flatten(1).mean(1)
    return -10.0 * torch.log10(error.clamp_min(1e-10))


def scaled(pictures):
    """(n, h, w, 3) uint8 to (n, 3, h, w) in 0..1."""
    return pictures.permute(0, 3, 1, 2).float() / 255.0


def to_float(pictures, where):
    return scaled(torch.from_numpy(pictures).to(where))


@torch.no_grad()
def reconstruct(model, pictures, where, batch=64):
    """Pictures (n, h, w, 3) uint8 through encode and decode in float32."""
    parts = [model.decode(model.encode(to_float(pictures[i:i + batch], where)))
             for i in range(0, len(pictures), batch)]
    return torch.cat(parts)


@torch.no_grad()
def some_vectors(model, pictures, where, at_most=2048, batch=64):
    """Encoder outputs (n, E) of every fourth picture; of large sets, of about at_most spread over all."""
    taken = pictures[::max(4, -(-len(pictures) // at_most))]
    parts = [model.vectors(to_float(taken[i:i + batch], where)) for i in range(0, len(taken), batch)]
    return torch.cat([part.reshape(-1, part.shape[-1]) for part in parts])


class Batches:
    """Random pictures; a share of each batch is drawn in proportion to how badly a picture was remade last,
    or rare colours never get codes of their own. All of it stays on the device, and no step waits for it."""

    def __init__(self, data, settings, where):
        self.settings, self.where = settings, where
        self.pictures = torch.from_numpy(data.pictures).to(where)
        self.error = torch.ones(len(data.pictures), device=where)
        self.pick = None

    def _keep_errors(self, rows, made, real):
        self.error[rows] = (made - real).pow(2).flatten(1).mean(1).clamp_min(1e-6)

    @torch.no_grad()
    def measure(self, model):
        """Takes the errors of all pictures from the model as it is."""
        model.eval()
        for rows in torch.arange(len(self.error), device=self.where).split(64):
            real = scaled(self.pictures[rows])
            self._keep_errors(rows, model.decode(model.encode(real)), real)
        model.train()

    def next(self):
        settings, total = self.settings, len(self.error)
        count = min(total, round(settings.batch * settings.hard_examples))
        hard = torch.empty(0, dtype=torch.long, device=self.where)
        if count:
            hard = torch.multinomial(self.error, count)
        self.pick = torch.cat([hard, torch.randint(total, (settings.batch - count,), device=self.where)])
        real = scaled(self.pictures[self.pick])
        if settings.flip:
            turned = torch.rand(len(real), device=self.where) < 0.5
            real = torch.where(turned.view(-1, 1, 1, 1), real.flip(3), real)
        return real.contiguous(memory_format=torch.channels_last)

    def learn(self, made, real):
        self._keep_errors(self.pick, made, real)


@torch.no_grad()
def _report(model, data, where, folder, step):
    """Writes a sheet of real above remade pictures; returns the mean PSNR of up to 128 pictures."""
    model.eval()
    pick = torch.linspace(0, len(data.pictures) - 1, min(128, len(data.pictures))).long().numpy()
    made = reconstruct(model, data.pictures[pick], where)
    value = psnr(made, to_float(data.pictures[pick], where)).mean().item()
    some = pick[::8][:16]
    rows = torch.cat([to_float(data.pictures[some], where), made[::8][:16]])
    run.sheet(os.path.join(folder, "tokenizer.png"), run.to_bytes(rows), 16)
    model.train()
    return value


def _step(model, adversary, real, settings, done, optimizer):
    made, vectors, codes, commitment = model(real, settings.rate)
    loss = reconstruction_loss(made, real, settings)
    extra = adversary.generator_loss(made, real, done) if adversary else 0.0
    if settings.plain:
        grid = [side >> (model.enc.levels - 1) for side in real.shape[2:]]
        extra = extra + settings.plain * plain_spread(vectors.view(len(real), *grid, -1), real)
    optimizer.zero_grad(set_to_none=True)
    (loss + settings.commitment * commitment + extra).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if adversary:
        adversary.learn(made.detach(), real, done)
    dead = model.quant.update(vectors.detach(), codes, settings.codebook_decay, settings.revive_below)
    return made.detach(), (loss.detach(), commitment.detach(), dead)


def train(config, data, folder, minutes, resume, start=None):
    """Trains for `minutes` in all and leaves tokenizer.pt in `folder`. start: a warm_start.Start or None."""
    where, settings = run.device(), config.tokenizer.train
    model = Tokenizer(config.tokenizer).to(where).to(memory_format=torch.channels_last)
    path, state = os.path.join(folder, "tokenizer.pt"), None
    if run.checkpoint(path, resume):
        state = run.load(path, where)
        run.restore(model, state["model"], path)
    else:
        if start:
            start.networks(model)
        model.quant.start(some_vectors(model, data.pictures, where))
        if start:
            start.codebook(model.quant)
    budget = run.Budget(minutes, state["used"] if state else 0.0)
    if run.spent(budget, "tokenizer"):
        return
    _loop(config, data, folder, model, budget, state and state["optimizer"], state["step"] if state else 0)


def _loop(config, data, folder, model, budget, optimizer_state, step, report_every=300.0):
    """Trains until the budget is spent; saves and reports on the way."""
    where, settings, path = run.device(), config.tokenizer.train, os.path.join(folder, "tokenizer.pt")
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=settings.lr, betas=(0.9, 0.98), weight_decay=1e-4)
    if optimizer_state:
        run.restore(optimizer, optimizer_state, os.path.join(folder, "tokenizer.pt"))
    adversary = Adversary(settings, where) if settings.adversarial or settings.feature else None
    batches, progress = Batches(data, settings, where), run.Progress(os.path.join(folder, "tokenizer.csv"))
    if step:
        batches.measure(model)
    reported, quality, first = budget.used(), float("nan"), (step, budget.used())
    with run.Stop() as stop:
        while (budget.left() > 0 or step == first[0]) and not stop.asked:
            rate = run.learning_rate(settings.lr, settings.warmup_steps, step, budget.share())
            for group in optimizer.param_groups:
                group["lr"] = rate
            real = batches.next()
            with run.autocast(where):
                made, losses = _step(model, adversary, real, settings, budget.share(), optimizer)
            batches.learn(made, real)
            step += 1
            if budget.used() - reported > report_every:
                reported, quality = budget.used(), _report(model, data, where, folder, step)
                _save(path, model, optimizer, step, budget)
            speed = (step - first[0]) * settings.batch / max(1e-9, budget.used() - first[1])
            if progress.due():
                progress.show(budget, step, _values(losses, quality, rate, speed))
    _save(path, model, optimizer, step, budget)
    stop.follow()
    quality = _report(model, data, where, folder, step)
    progress.show(budget, step, _values(losses, quality, rate, speed))
    progress.close()


def _values(losses, quality, rate, speed):
    names = ("loss", "commitment", "revived", "psnr", "lr", "pictures/s")
    return dict(zip(names, map(float, (*losses, quality, rate, speed))))


def _save(path, model, optimizer, step, budget):
    run.save(path, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                    "used": budget.used(), "decoder_blocks": decoder_blocks(model.settings)})
