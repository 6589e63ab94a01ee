"""Stage 2: the transformer on cached tokens, loss on the masked positions only."""
import copy
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import config as configs
from . import data as datasets
from . import run, sampling
from . import transformer as transformers
from .masking import random_masks
from .muon import Muon
from .tokenizer import Tokenizer
from .train_tokenizer import to_float


TABLES = ("token_embd.weight", "position_embd.weight")
# Matrices that stand in one tensor below each other: queries, keys and values; shifts, scales and gates.
PARTS = {"attn_qkv": 3, "head.ada": 2, ".ada": 6}


def load_tokenizer(config, path, where, start=None):
    """The tokenizer of the folder's checkpoint; where there is none yet, the one of the file to start from,
    which then becomes the folder's, because what is exported later is made of both."""
    model = Tokenizer(config.tokenizer).to(where)
    if start and not os.path.exists(path):
        start.whole_tokenizer(model)
        run.save(path, {"model": model.state_dict(), "optimizer": None, "step": 0, "used": 0.0})
    run.restore(model, run.load(path, where)["model"], path)
    return model.eval()


def moved(pictures, dy, dx):
    """Pictures shifted by whole pixels, white moving in."""
    out = np.full_like(pictures, 255)
    height, width = pictures.shape[1:3]
    ys, xs = slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0))
    from_y, from_x = slice(max(-dy, 0), height + min(-dy, 0)), slice(max(-dx, 0), width + min(-dx, 0))
    out[:, ys, xs] = pictures[:, from_y, from_x]
    return out


def cache_tokens(tokenizer, data, settings, where):
    """(variants * n, positions) int64 codes and their labels: as they are, flipped, shifted."""
    variants = [data.pictures]
    if settings.flip:
        variants.append(data.pictures[:, :, ::-1].copy())
    reach = range(-settings.shifts, settings.shifts + 1)
    variants += [moved(data.pictures, dy, dx) for dy in reach for dx in reach if (dy, dx) != (0, 0)]
    codes = [tokenizer.encode(to_float(pictures[i:i + 64], where)).flatten(1)
             for pictures in variants for i in range(0, len(pictures), 64)]
    return torch.cat(codes), torch.from_numpy(data.labels).to(where).repeat(len(variants))


def optimizers(model, settings):
    """Muon for the matrices inside the network, AdamW for embeddings, norms and biases (or for all)."""
    inner = [(n, p) for n, p in model.named_parameters() if p.dim() == 2 and not n.endswith(TABLES)]
    if settings.optimizer == "adamw":
        inner = []
    names = {name for name, _ in inner}
    rest = [p for n, p in model.named_parameters() if n not in names]
    parts = {id(p): next((count for part, count in PARTS.items() if part in n), 1) for n, p in inner}
    made = [torch.optim.AdamW(rest, lr=settings.lr_rest, betas=(0.9, 0.98), weight_decay=0.0)]
    if inner:
        made.append(Muon([p for _, p in inner], settings.lr, weight_decay=settings.weight_decay,
                         split=lambda weight: parts[id(weight)]))
    return made


def token_losses(model, tokens, labels, mask, smoothing):
    """Label-smoothed cross-entropy of the masked positions, 0 elsewhere: (b, n)."""
    hidden = model.hidden(torch.where(mask, torch.full_like(tokens, -1), tokens), labels)
    if mask.is_cuda:
        return all_losses(model.logits(hidden), tokens, mask, smoothing)
    each = F.cross_entropy(model.logits(hidden[mask]).float(), tokens[mask], label_smoothing=smoothing,
                           reduction="none")
    return each.new_zeros(mask.shape).masked_scatter(mask, each)


def all_losses(logits, tokens, mask, smoothing):
    """The same from the logits of all positions: picking the masked ones would wait for the GPU."""
    each = F.cross_entropy(logits.float().flatten(0, 1), tokens.flatten(), label_smoothing=smoothing,
                           reduction="none")
    return each.view(mask.shape) * mask


@torch.no_grad()
def average(slow, fast, decay):
    """Exponential average of the weights; young averages follow faster."""
    torch._foreach_mul_(slow, decay)
    torch._foreach_add_(slow, fast, alpha=1 - decay)


class Examples:
    """Row numbers. A share of each batch is drawn in proportion to the loss that a row had in the mean of
    late, so that what is known already is looked at less often; the others come in random order, every row
    once per epoch. Rows never seen count as losing `unseen` nats."""

    def __init__(self, count, batch, hard, unseen, where="cpu"):
        self.count, self.batch, self.where = count, batch, where
        self.hard = min(count, round(batch * hard))
        self.loss = torch.full((count,), float(unseen), device=where)
        self.queue = torch.empty(0, dtype=torch.long, device=where)

    def next(self):
        wanted = self.batch - self.hard
        while len(self.queue) < wanted:
            self.queue = torch.cat([self.queue, torch.randperm(self.count, device=self.where)])
        taken, self.queue = self.queue[:wanted], self.queue[wanted:]
        if self.hard:
            taken = torch.cat([torch.multinomial(self.loss, self.hard), taken])
        return taken

    def learn(self, rows, losses, memory=0.7):
        """losses: what each of the rows lost just now. One look depends much on its mask: hence a mean."""
        before = self.loss[rows]
        self.loss[rows] = (memory * before + (1 - memory) * losses.float()).clamp_min(1e-3)


class Trainer:
    def __init__(self, config, data, folder, resume, start):
        self.where, self.config, self.settings = run.device(), config, config.transformer.train
        self.folder, self.path = folder, os.path.join(folder, "transformer.pt")
        self.tokenizer = load_tokenizer(config, os.path.join(folder, "tokenizer.pt"), self.where, start)
        self.grid = configs.grid(config)
        known = datasets.first_designs(data, self.settings.per_class)
        self.tokens, self.labels = cache_tokens(self.tokenizer, known, self.settings, self.where)
        self.model = transformers.make(config.transformer, config.tokenizer.codebook_size, len(data.names),
                                 self.grid * self.grid).to(self.where)
        resume = run.checkpoint(self.path, resume)
        if start and not resume:
            start.transformer(self.model, data.names)
        for block in self.model.blk:
            block.dropout = self.settings.dropout
        self.slow = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.optimizers = optimizers(self.model, self.settings)
        self.step, self.used = 0, 0.0
        self.examples = Examples(len(self.tokens), self.settings.batch, self.settings.hard_examples,
                                 math.log(config.tokenizer.codebook_size), self.where)
        if resume:
            self._resume()

    def _resume(self):
        state = run.load(self.path, self.where)
        run.restore(self.model, state["model"], self.path)
        run.restore(self.slow, state["average"], self.path)
        if state["optimizers"] and len(state["optimizers"]) != len(self.optimizers):
            raise run.CheckpointError(f"{self.path} is of another optimizer than this config's")
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            run.restore(optimizer, saved, self.path)
        self.step, self.used = state["step"], state["used"]
        if len(state.get("losses", ())) == len(self.tokens):
            self.examples.loss.copy_(state["losses"])

    def save(self, budget):
        run.save(self.path, {"model": self.model.state_dict(), "average": self.slow.state_dict(),
                             "optimizers": [o.state_dict() for o in self.optimizers],
                             "losses": self.examples.loss, "step": self.step, "used": budget.used()})

    def train_step(self, share):
        settings = self.settings
        rate = run.learning_rate(settings.lr, settings.warmup_steps, self.step, share)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate if isinstance(optimizer, Muon) else rate * settings.lr_rest / settings.lr
        rows = self.examples.next()
        tokens, labels = self.tokens[rows], self.labels[rows]
        labels = torch.where(torch.rand(len(rows), device=self.where) < settings.class_dropout,
                             torch.full_like(labels, -1), labels)
        mask = random_masks(settings.mask_schedule, len(rows), tokens.shape[1], where=self.where)
        with run.autocast(self.where):
            losses = token_losses(self.model, tokens, labels, mask, settings.label_smoothing)
        loss = losses.sum() / mask.sum()
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.examples.learn(rows, losses.detach().sum(1) / mask.sum(1))
        # A young average must not remember the random start.
        decay = min(settings.ema_decay, (1 + self.step) / (10 + self.step))
        average(list(self.slow.parameters()), list(self.model.parameters()), decay)
        self.step += 1
        return loss.detach(), rate

    def sheet(self):
        """Two pictures of each of 32 classes spread over all."""
        labels = torch.linspace(0, self.model.classes - 1, 32).long().repeat_interleave(2).to(self.where)
        with run.autocast(self.where):
            made = sampling.pictures(self.slow, self.tokenizer, labels, self.grid, self.config.sampler)
        run.sheet(os.path.join(self.folder, "transformer.png"), run.to_bytes(made), 16)


def train(config, data, folder, minutes, resume, start=None, save_every=180.0, sheet_every=900.0):
    """Trains for `minutes` in all; leaves transformer.pt in `folder`. start: a warm_start.Start or None."""
    trainer = Trainer(config, data, folder, resume, start)
    budget = run.Budget(minutes, trainer.used)
    if run.spent(budget, "transformer"):
        return
    progress = run.Progress(os.path.join(folder, "transformer.csv"))
    saved = sheeted = budget.used()
    first, mean = (trainer.step, time.monotonic()), None
    with run.Stop() as stop:
        while (budget.left() > 0 or trainer.step == first[0]) and not stop.asked:
            loss, rate = trainer.train_step(budget.share())
            mean = loss if mean is None else 0.98 * mean + 0.02 * loss
            if budget.used() - saved > save_every:
                saved = budget.used()
                trainer.save(budget)
            if budget.used() - sheeted > sheet_every:
                sheeted = budget.used()
                trainer.sheet()
            if progress.due():
                pictures = (trainer.step - first[0]) * trainer.settings.batch
                progress.show(budget, trainer.step, {
                    "loss": mean.item(), "lr": rate,
                    "epochs": trainer.step * trainer.settings.batch / len(trainer.tokens),
                    "pictures/s": pictures / (time.monotonic() - first[1])})
    trainer.save(budget)
    stop.follow()
    trainer.sheet()
    progress.close()
