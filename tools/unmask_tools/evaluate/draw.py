"""Pictures by the C program, in rounds of one picture of every class (or every few), kept in a folder.

Round r has the images r x classes to (r + 1) x classes - 1 of one long run, so rounds can be drawn in any
order and on any machine, and more rounds later go on with the same pictures.
"""
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image


class Store:
    """The folder of drawn pictures of one model and seed. class_step: of so many classes one is drawn."""

    def __init__(self, folder, program, model, meta, seed, class_step=1):
        self.folder, self.program, self.model, self.seed = folder, program, model, seed
        self.labels = np.arange(0, meta["maskgit.class_count"], class_step)
        self.classes = len(self.labels)
        self.digest = meta["maskgit.sha256.data"]
        self.which = ["--all-classes"] if class_step == 1 else ["-c", ",".join(map(str, self.labels))]

    def key(self, settings):
        """Name of a row's pictures: a digest of everything they depend on but the program."""
        about = [self.digest, self.seed, settings, *([] if "--all-classes" in self.which else self.which)]
        about = json.dumps(about, sort_keys=True)
        return hashlib.sha256(about.encode()).hexdigest()[:16]

    def packed(self, settings, index):
        return os.path.join(self.folder, f"{self.key(settings)}-{index:03d}.npz")

    def raw(self, settings, index):
        return os.path.join(self.folder, f"{self.key(settings)}-{index:03d}")

    def options(self, settings):
        return [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]

    def command(self, settings, index, threads):
        """The program's arguments for a round."""
        return [self.program, "generate", "-m", self.model, *self.which, "--first-image",
                str(index * self.classes), "-s", str(self.seed), "-t", str(threads), "-q", "--no-metadata",
                "--device", "cpu", "-o", os.path.join(self.raw(settings, index), "p_%06d.png"),
                *self.options(settings)]

    def names(self, settings, index):
        first = index * self.classes
        return [os.path.join(self.raw(settings, index), f"p_{i:06d}.png")
                for i in range(first, first + self.classes)]

    def drawn(self, settings, index):
        """Whether the round is there, packed or as PNG files."""
        if os.path.exists(self.packed(settings, index)):
            return True
        return all(os.path.exists(name) for name in self.names(settings, index))

    def pack(self, settings, index):
        """Puts the PNG files of a round into one file, which appears whole or not at all."""
        if os.path.exists(self.packed(settings, index)):
            return
        pictures = [np.asarray(Image.open(name).convert("RGB")) for name in self.names(settings, index)]
        temporary = self.packed(settings, index) + ".tmp"
        with open(temporary, "wb") as stream:
            np.savez_compressed(stream, pictures=np.stack(pictures))
        os.replace(temporary, self.packed(settings, index))
        shutil.rmtree(self.raw(settings, index))

    def pictures(self, settings, rounds):
        """(rounds x classes, h, w, 3) uint8 and their classes, round after round."""
        parts = []
        for index in range(rounds):
            with np.load(self.packed(settings, index)) as arrays:
                parts.append(arrays["pictures"])
        return np.concatenate(parts), np.tile(self.labels, rounds)


def missing(store, rows):
    """[(settings, round)] that nobody has drawn: the first round of every row, then the second, ..."""
    found, seen = [], set()
    for index in range(max(row.rounds for row in rows)):
        for row in rows:
            name = store.packed(row.settings, index)
            if index >= row.rounds or name in seen:
                continue
            seen.add(name)
            if not store.drawn(row.settings, index):
                found.append((row.settings, index))
    return found


def commands(store, rows):
    """Shell lines that draw what is missing, one a round, for any job runner."""
    for settings, index in missing(store, rows):
        folder = shlex.quote(store.raw(settings, index))
        yield f"mkdir -p {folder} && {shlex.join(store.command(settings, index, 1))}"


def draw(store, rows, jobs, threads):
    """Draws what is missing, `jobs` programs at a time, and packs all."""
    todo = missing(store, rows)
    start = time.monotonic()

    def one(job):
        settings, index = job
        os.makedirs(store.raw(settings, index), exist_ok=True)
        subprocess.run(store.command(settings, index, threads), check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)
        store.pack(settings, index)

    with ThreadPoolExecutor(jobs) as pool:
        for done, _ in enumerate(pool.map(one, todo), 1):
            print(f"drawn {done} of {len(todo)} rounds, {time.monotonic() - start:.0f} s", file=sys.stderr)
    for row in rows:
        for index in range(row.rounds):
            store.pack(row.settings, index)


class Clock:
    """Seconds a picture needs with given settings, measured once and kept."""

    def __init__(self, store, path, pictures=4, runs=3):
        self.store, self.path, self.pictures, self.runs = store, path, pictures, runs
        self.known = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                self.known = json.load(stream)

    def needs(self, settings):
        """Time depends on these only."""
        names = ("sampler", "steps", "recheck_rounds", "cfg_schedule", "top_k", "top_p")
        shown = {name: settings[name] for name in names if name in settings}
        return {**shown, "guided": settings["cfg_scale"] > 0}

    def name(self, settings):
        return json.dumps(self.needs(settings), sort_keys=True)

    def measure(self, rows):
        """The fastest of some runs, each setting in turn, so that a busy moment hits all alike."""
        wanted = {self.name(row.settings): row.settings for row in rows
                  if self.name(row.settings) not in self.known}
        for _ in range(self.runs if wanted else 0):
            for name, settings in wanted.items():
                seconds = self.run(settings)
                self.known[name] = min(seconds, self.known.get(name, seconds))
        if wanted:
            self.keep()

    def keep(self):
        with open(self.path + ".tmp", "w", encoding="utf-8") as stream:
            json.dump(self.known, stream, indent=1)
        os.replace(self.path + ".tmp", self.path)

    def bench(self):
        """{"steps", "parallel", "causal"}: seconds a picture in steps and as a causal model would draw it."""
        if "bench" not in self.known:
            done = subprocess.run([self.store.program, "bench", "-m", self.store.model, "--device", "cpu",
                                   "--autoregressive", "--runs", "3", "--budget", "2", "-o", "json"],
                                  check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            report = json.loads(done.stdout)
            speeds = {row["name"]: row.get("images_per_s") for row in report["devices"][0]["rows"]}
            names = {"parallel": "picture, batch 1", "causal": "picture, token by token"}
            self.known["bench"] = {"steps": report["settings"]["steps"],
                                   **{key: speeds[name] and 1 / speeds[name] for key, name in names.items()}}
            self.keep()
        return self.known["bench"]

    def run(self, settings):
        done = subprocess.run([self.store.program, "generate", "-m", self.store.model, "--classes-sample",
                               str(min(self.pictures, self.store.classes)), "-s", "1", "-o", "null", "--json",
                               "-q", "--device", "cpu", *self.store.options(settings)],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        report = json.loads(done.stdout)
        return report["timings"]["draw_s"] / len(report["pictures"])

    def seconds(self, settings):
        return self.known[self.name(settings)]
