"""Pictures and labels to arrays in memory: a tar or folder with a CSV, or one sub-folder per class."""
import csv
import io
import os
import tarfile
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageOps

from .text import listed

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass
class Dataset:
    pictures: np.ndarray  # (n, size, size, 3) uint8, on white
    labels: np.ndarray    # (n) int64
    names: list           # class names, by first appearance in the CSV, or the folders' by name
    symbols: list         # the emoji of each class; None without a CSV
    files: list           # (n) file names


def _deep(image):
    """16 and 32 bits of grey, which Pillow would clip, as 8."""
    values = np.asarray(image).astype(np.float64)
    return Image.fromarray((values / 257 + 0.5).clip(0, 255).astype(np.uint8))


def _rgba(image):
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = _deep(image)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "F"):
        image = image.convert("RGB")
    return image.convert("RGBA")


def area_weights(size, side):
    """(size, side): how much of `side` pixels lies in each of `size` equal stretches; rows sum to 1."""
    edges = np.arange(size + 1) * (side / size)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(side)
    overlap = np.minimum(high, pixel + 1) - np.maximum(low, pixel)
    return (overlap.clip(0) * (size / side)).astype(np.float32)


def _shrunk(rgb, size):
    weights = area_weights(size, rgb.size[0])
    half = np.einsum("ay,yxc->axc", weights, np.asarray(rgb, np.float32), optimize=True)
    return (np.einsum("bx,axc->abc", weights, half, optimize=True) + 0.5).astype(np.uint8)


def composite(image, size):
    """Any picture to RGB (size, size) uint8 on white: its central square, area-averaged when shrunk."""
    image = _rgba(image)
    side = min(image.size)
    left, top = (image.size[0] - side) // 2, (image.size[1] - side) // 2
    image = image.crop((left, top, left + side, top + side))
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    rgb = Image.alpha_composite(white, image).convert("RGB")
    if side > size and side % size:
        return _shrunk(rgb, size)
    if side != size:
        rgb = rgb.resize((size, size), Image.BOX if side > size else Image.LANCZOS)
    return np.asarray(rgb, dtype=np.uint8)


def _locate(data, settings):
    """(tar or folder of pictures, CSV) for what --data names."""
    if os.path.isdir(data):
        tar = os.path.join(data, settings.pictures)
        found = os.path.isfile(tar)
        return (tar if found else data), os.path.join(data, settings.labels)
    return data, os.path.join(os.path.dirname(data), settings.labels)


def _reader(path):
    if os.path.isdir(path):
        return lambda name: Image.open(os.path.join(path, name))
    try:
        with tarfile.open(path) as archive:
            members = {m.name.lstrip("./"): archive.extractfile(m).read() for m in archive if m.isfile()}
    except tarfile.TarError:
        raise ValueError(f"{path}: neither a folder nor a tar of pictures") from None

    def read(name):
        if name not in members:
            raise ValueError("not in the tar")
        return Image.open(io.BytesIO(members[name]))
    return read


def rows(csv_path, settings):
    """The rows of the CSV that the config takes, in file order."""
    if not os.path.isfile(csv_path):
        raise FileNotFoundError(f"{csv_path}: no such file; groups, and pictures in a tar, need this table")
    with open(csv_path, newline="", encoding="utf-8-sig") as stream:  # spreadsheets begin with a mark
        reader = csv.DictReader(stream)
        table = list(reader)
    needed = ["file", "codepoints", "name"]
    needed += ["group"] if settings.groups else []
    needed += ["subgroup"] if settings.subgroups else []
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(f"{csv_path}: no column {', '.join(missing)}")
    return [row for row in table
            if (not settings.groups or row["group"] in settings.groups)
            and (not settings.subgroups or row["subgroup"] in settings.subgroups)]


def first_of_each(items, key, most):
    """Of the items that share a key the first `most`, in their order; 0 = all."""
    seen, kept = Counter(), []
    for item in items:
        seen[key(item)] += 1
        if not most or seen[key(item)] <= most:
            kept.append(item)
    return kept


def symbol(codepoints):
    """The emoji itself: codepoints are hex, joined by '_'."""
    return "".join(chr(int(part, 16)) for part in codepoints.split("_"))


def _read_all(where, read, files, size):
    """(n, size, size, 3). A set with holes is not trained on: files that cannot be read are named at once."""
    made, broken = np.empty((len(files), size, size, 3), np.uint8), []
    for i, name in enumerate(files):
        try:
            with read(name) as image:
                made[i] = composite(image, size)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            broken.append(name)
    if broken:
        raise ValueError(f"{where}: {len(broken)} of {len(files)} pictures cannot be read: {listed(broken)}")
    return made


def _from_csv(pictures_path, csv_path, settings):
    taken = first_of_each(rows(csv_path, settings), lambda row: row["codepoints"], settings.per_class)
    if not taken:
        raise ValueError(f"{csv_path}: no row matches the groups and subgroups of the config")
    classes, names, symbols = {}, [], []
    for row in taken:
        if row["codepoints"] not in classes:
            classes[row["codepoints"]] = len(classes)
            names.append(row["name"])
            symbols.append(symbol(row["codepoints"]))
    files = [row["file"] for row in taken]
    pictures = _read_all(pictures_path, _reader(pictures_path), files, settings.size)
    labels = np.array([classes[row["codepoints"]] for row in taken], dtype=np.int64)
    return Dataset(pictures, labels, names, symbols, files)


def _pictures_below(folder):
    """Pictures of a folder and its sub-folders, relative to it, sorted; hidden ones are left out."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.relpath(os.path.join(place, name), folder) for name in files
                  if name.lower().endswith(SUFFIXES) and not name.startswith(".")]
    return sorted(found)


def _from_folders(data, settings):
    """One class per sub-folder that holds pictures, at any depth; all in order of their names."""
    files, labels, names = [], [], []
    for entry in sorted(os.scandir(data), key=lambda entry: entry.name):
        if entry.name.startswith(".") or not entry.is_dir():
            continue
        inside = first_of_each(_pictures_below(entry.path), lambda name: entry.name, settings.per_class)
        if inside:
            files += [os.path.join(entry.name, name) for name in inside]
            labels += [len(names)] * len(inside)
            names.append(entry.name)
    if not names:
        raise ValueError(f"{data}: neither {settings.labels} nor sub-folders with pictures "
                         f"({', '.join(SUFFIXES)}) are in it")
    pictures = _read_all(data, _reader(data), files, settings.size)
    return Dataset(pictures, np.array(labels, dtype=np.int64), names, None, files)


def groups(data, settings):
    """The group of each class, by the CSV, in the order of load()."""
    csv_path = _locate(data, settings)[1]
    table = rows(csv_path, settings)
    if any("group" not in row for row in table):
        raise ValueError(f"{csv_path}: no column group")
    return list({row["codepoints"]: row["group"] for row in table}.values())


def some_classes(data, wanted):
    """The pictures of some classes; numbers and names of the classes stay."""
    rows = np.flatnonzero(np.isin(data.labels, list(wanted)))
    return replace(data, pictures=data.pictures[rows], labels=data.labels[rows],
                   files=[data.files[row] for row in rows])


def first_designs(data, most):
    """At most so many pictures of each class, the first ones; 0 = all."""
    if not most:
        return data
    taken = first_of_each(range(len(data.labels)), lambda row: data.labels[row], most)
    return replace(data, pictures=data.pictures[taken], labels=data.labels[taken],
                   files=[data.files[row] for row in taken])


def load(data, settings):
    """All pictures of a config's [data] table: by the CSV where there is one, else by sub-folders."""
    if not os.path.exists(data):
        raise FileNotFoundError(f"{data}: no such folder or tar")
    pictures_path, csv_path = _locate(data, settings)
    choosy = settings.groups or settings.subgroups  # only a CSV tells groups
    if os.path.isdir(data) and not choosy and not os.path.exists(csv_path):
        return _from_folders(data, settings)
    return _from_csv(pictures_path, csv_path, settings)
