"""Stage 3, optional: the VQ decoder alone. Codes, and so a transformer trained on them, stay what they are.

A transformer's grids are not quite an encoder's: here and there a token is off, and a decoder that has never
seen that draws a notch. So a share of each batch are grids of the training pictures that the run's own
transformer has partly redrawn, and the decoder learns to make the real pictures of them.
"""
import os

import torch

from . import config as configs
from . import data as datasets
from . import run, sampling
from . import transformer as transformers
from .adversary import Adversary
from .tokenizer import Tokenizer, decoder_blocks, grown, usual_blocks
from .train_tokenizer import Batches, psnr, reconstruction_loss, scaled

LEAST, MOST = 0.15, 0.75  # of a grid's tokens, masked and drawn anew
STEPS = 4
PICTURES = 4096  # at most, that are redrawn
ANEW, EVERY = 16, 16  # so many are redrawn again after so many steps, or they would be learnt by heart


def masked_part(tokens, generator):
    """The grids (n, N) with LEAST to MOST of their tokens, an even spread of shares, as -1."""
    share = LEAST + (MOST - LEAST) * torch.rand(len(tokens), 1, generator=generator)
    place = torch.rand(tokens.shape, generator=generator).argsort(1).argsort(1) / tokens.shape[1]
    return torch.where((place < share).to(tokens.device), torch.full_like(tokens, -1), tokens)


@torch.no_grad()
def redrawn(model, tokens, labels, sampler, seed=0, batch=64):
    """Grids like `tokens` (n, N) whose masked parts the transformer has drawn in STEPS steps."""
    generator, made = torch.Generator().manual_seed(seed), []
    for start in range(0, len(tokens), batch):
        known = masked_part(tokens[start:start + batch], generator)
        made.append(sampling.fill(model, known, labels[start:start + batch], sampler, STEPS, generator))
    return torch.cat(made)


class Grids:
    """Pairs of (grid, picture): encoded pictures of all the data and of what the transformer draws, and grids
    of the latter that the transformer has partly redrawn."""

    def __init__(self, config, data, folder, tokenizer, where):
        self.settings, self.sampler, self.where = config.tokenizer.train, config.sampler, where
        self.clean, self.side = Batches(data, self.settings, where), configs.grid(config)
        self.share, self.own, self.steps = 0.0, 0.0, 0
        path = os.path.join(folder, "transformer.pt")
        if not (self.settings.redrawn or self.settings.own) or not os.path.exists(path):
            return
        self.share, self.own = self.settings.redrawn, self.settings.own
        known = datasets.first_designs(data, config.transformer.train.per_class)
        self.model = transformers.make(config.transformer, config.tokenizer.codebook_size, len(data.names),
                                       self.side ** 2).to(where).eval()
        run.restore(self.model, run.load(path, where)["average"], path)
        some = torch.randperm(len(known.pictures))[:PICTURES].numpy()
        self.pictures = torch.from_numpy(known.pictures[some]).to(where)
        self.labels = torch.from_numpy(known.labels[some]).to(where)
        self.codes = torch.cat([tokenizer.encode(scaled(part)).flatten(1)
                                for part in self.pictures.split(64)])
        self.tokens = self._redrawn(torch.arange(len(self.codes), device=where), 0) if self.share else None

    def _redrawn(self, rows, seed):
        with run.autocast(self.where):
            return redrawn(self.model, self.codes[rows], self.labels[rows], self.sampler, seed)

    def _some(self, grids, count):
        """(codes, pictures) of so many random rows."""
        rows = torch.randint(len(grids), (count,), device=self.where)
        return grids[rows].view(count, self.side, self.side), scaled(self.pictures[rows])

    def next(self, tokenizer):
        """(codes (b, h, w), pictures (b, 3, size, size)), the redrawn ones last; how many those are."""
        self.steps += 1
        count = round(self.share * self.settings.batch)
        own = round(self.own * (self.settings.batch - count))
        if count and self.steps % EVERY == 0:
            rows = torch.randint(len(self.codes), (ANEW,), device=self.where)
            self.tokens[rows] = self._redrawn(rows, self.steps)
        real = self.clean.next()[:self.settings.batch - count - own]
        parts = [(tokenizer.encode(real), real)] if len(real) else []
        parts += [self._some(self.codes, own)] if own else []
        parts += [self._some(self.tokens, count)] if count else []
        codes, pictures = (torch.cat(part) for part in zip(*parts))
        return codes, pictures.contiguous(memory_format=torch.channels_last), count


def _values(made, real, count, loss, rate, speed):
    """Of one batch; NaN where it has no picture of the kind."""
    decibels = psnr(made, real)
    clean, drawn = decibels[:len(real) - count], decibels[len(real) - count:]
    return {"loss": float(loss), "psnr": float(clean.mean()), "psnr redrawn": float(drawn.mean()), "lr": rate,
            "pictures/s": speed}


def _decode(tokenizer, codes):
    return tokenizer.dec(tokenizer.quant.codebook(codes).permute(0, 3, 1, 2)).float()


def _unpack(start, config, data, folder):
    """Both networks of a model file as checkpoints; those that are there already win."""
    tokenizer, transformer = (os.path.join(folder, name) for name in ("tokenizer.pt", "transformer.pt"))
    if not os.path.exists(tokenizer):
        run.save(tokenizer, {"model": start.source.state_dict(), "optimizer": None, "step": 0, "used": 0.0,
                             "decoder_blocks": decoder_blocks(start.source.settings)})
    if not os.path.exists(transformer):
        model = transformers.make(config.transformer, config.tokenizer.codebook_size, len(data.names),
                                  configs.grid(config) ** 2)
        start.transformer(model, data.names)
        run.save(transformer, {"model": model.state_dict(), "average": model.state_dict(), "optimizers": [],
                               "step": 0, "used": 0.0})


def train(config, data, folder, minutes, start=None):
    """Trains the decoder of tokenizer.pt in `folder` for so many minutes more, and saves it there. start: a
    warm_start.Start whose networks to begin with, or None."""
    if start:
        _unpack(start, config, data, folder)
    where, settings, path = run.device(), config.tokenizer.train, os.path.join(folder, "tokenizer.pt")
    model = Tokenizer(config.tokenizer).to(where).to(memory_format=torch.channels_last)
    state = run.load(path, where)
    old = state.get("decoder_blocks") or usual_blocks(config.tokenizer)
    run.restore(model, grown(state["model"], old, config.tokenizer), path)
    model.enc.requires_grad_(False)
    optimizer = torch.optim.AdamW(model.dec.parameters(), lr=settings.lr, betas=(0.9, 0.98),
                                  weight_decay=1e-4)
    adversary = Adversary(settings, where) if settings.adversarial or settings.feature else None
    grids = Grids(config, data, folder, model.eval(), where)
    budget, progress, step = run.Budget(minutes), run.Progress(os.path.join(folder, "decoder.csv")), 0
    with run.Stop() as stop:
        while (budget.left() > 0 or not step) and not stop.asked:
            rate = run.learning_rate(settings.lr, settings.warmup_steps, step, budget.share())
            for group in optimizer.param_groups:
                group["lr"] = rate
            codes, real, count = grids.next(model)
            with run.autocast(where):
                made = _decode(model, codes)
                loss = reconstruction_loss(made, real, settings)
                if adversary:
                    loss = loss + adversary.generator_loss(made, real, budget.share())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.dec.parameters(), 1.0)
            optimizer.step()
            if adversary:
                adversary.learn(made.detach(), real, budget.share())
            step += 1
            if progress.due():
                speed = step * settings.batch / max(1e-9, budget.used())
                progress.show(budget, step, _values(made.detach(), real, count, loss, rate, speed))
    # There is no optimizer of the whole tokenizer to go on with.
    run.save(path, {"model": model.state_dict(), "optimizer": None, "step": 0, "used": 0.0,
                    "decoder_blocks": decoder_blocks(config.tokenizer)})
    stop.follow()
    progress.close()
