"""Pictures and labels: a tar or folder of PNG files plus a CSV, to arrays in memory."""
import csv
import io
import os
import tarfile
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass
class Dataset:
    pictures: np.ndarray  # (n, size, size, 3) uint8, on white
    labels: np.ndarray    # (n) int64
    names: list           # class names, by first appearance in the CSV
    symbols: list         # the emoji of each class
    files: list           # (n) file names


def composite(image, size):
    """RGBA of any size to RGB (size, size) uint8 on white; area-averaged when shrunk by a whole factor."""
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    rgb = Image.alpha_composite(white, image).convert("RGB")
    if rgb.size != (size, size):
        whole = rgb.size[0] % size == 0 and rgb.size[1] % size == 0
        rgb = rgb.resize((size, size), Image.BOX if whole else Image.LANCZOS)
    return np.asarray(rgb, dtype=np.uint8)


def _locate(data, settings):
    """(tar or folder of pictures, CSV) for what --data names."""
    if os.path.isdir(data):
        tar = os.path.join(data, settings.pictures)
        return (tar if os.path.exists(tar) else data), os.path.join(data, settings.labels)
    return data, os.path.join(os.path.dirname(data), settings.labels)


def _reader(path):
    if os.path.isdir(path):
        return lambda name: Image.open(os.path.join(path, name))
    with tarfile.open(path) as archive:
        members = {m.name.lstrip("./"): archive.extractfile(m).read() for m in archive if m.isfile()}
    return lambda name: Image.open(io.BytesIO(members[name]))


def rows(csv_path, settings):
    """The rows of the CSV that the config takes, in file order."""
    with open(csv_path, newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    return [row for row in table
            if (not settings.groups or row["group"] in settings.groups)
            and (not settings.subgroups or row["subgroup"] in settings.subgroups)]


def symbol(codepoints):
    """The emoji itself: codepoints are hex, joined by '_'."""
    return "".join(chr(int(part, 16)) for part in codepoints.split("_"))


def load(data, settings):
    """All pictures of a config's [data] table."""
    pictures_path, csv_path = _locate(data, settings)
    taken = rows(csv_path, settings)
    if not taken:
        raise ValueError(f"{csv_path}: no row matches the groups and subgroups of the config")
    read = _reader(pictures_path)
    classes, names, symbols = {}, [], []
    for row in taken:
        if row["codepoints"] not in classes:
            classes[row["codepoints"]] = len(classes)
            names.append(row["name"])
            symbols.append(symbol(row["codepoints"]))
    pictures = np.stack([composite(read(row["file"]), settings.size) for row in taken])
    labels = np.array([classes[row["codepoints"]] for row in taken], dtype=np.int64)
    return Dataset(pictures, labels, names, symbols, [row["file"] for row in taken])
