"""Any folder of pictures: what is read, how it is cut, what is refused; and the letters to try it with."""
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.dirname(HERE)
sys.path.insert(0, TOOLS)

try:
    import numpy as np
    from PIL import Image, features
except ImportError:
    raise unittest.SkipTest("skip: no numpy or PIL for this python3")

from unmask_tools import config as configs
from unmask_tools import data

SETTINGS = SimpleNamespace(size=8, labels="labels.csv", pictures="pictures.tar", groups=[], subgroups=[],
                           per_class=0)


def save(folder, name, color, size=(8, 8), mode="RGB"):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.new(mode, size, color).save(path)


class Folders(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = self.place.name

    def load(self, **changes):
        return data.load(self.folder, SimpleNamespace(**{**vars(SETTINGS), **changes}))

    def test_one_class_per_sub_folder(self):
        save(self.folder, "plum/b.PNG", (90, 0, 90))
        save(self.folder, "plum/deeper/a.jpg", (90, 0, 90))
        save(self.folder, "apple/1.png", (200, 0, 0), (30, 12))
        save(self.folder, ".cache/1.png", (0, 0, 0))
        save(self.folder, "apple/.1.png", (0, 0, 0))
        save(self.folder, "loose.png", (0, 0, 0))
        os.mkdir(os.path.join(self.folder, "empty"))
        with open(os.path.join(self.folder, "apple", "notes.txt"), "w", encoding="utf-8") as stream:
            stream.write("no picture")
        made = self.load()
        self.assertEqual(made.names, ["apple", "plum"])
        self.assertEqual(made.files, ["apple/1.png", "plum/b.PNG", "plum/deeper/a.jpg"])
        self.assertEqual(made.labels.tolist(), [0, 1, 1])
        self.assertIsNone(made.symbols)
        self.assertEqual(made.pictures.shape, (3, 8, 8, 3))
        self.assertTrue((made.pictures[0] == (200, 0, 0)).all())

    def test_the_first_pictures_of_each_class(self):
        files = ["apple/1.png", "plum/a.png", "apple/2.png", "plum/b.png", "apple/3.png"]
        for file in files:
            save(self.folder, file, (200, 0, 0))
        self.assertEqual(self.load(per_class=2).files,
                         ["apple/1.png", "apple/2.png", "plum/a.png", "plum/b.png"])
        with open(os.path.join(self.folder, "labels.csv"), "w", encoding="utf-8") as stream:
            stream.write("file,codepoints,name\n")
            stream.writelines(f"{file},{'41' if 'apple' in file else '42'},x\n" for file in files)
        made = self.load(per_class=1)
        self.assertEqual((made.files, made.labels.tolist()), (["apple/1.png", "plum/a.png"], [0, 1]))
        self.assertEqual(len(self.load().files), 5)

    def test_a_byte_order_mark_before_the_table_is_skipped(self):
        save(self.folder, "plum/a.png", (90, 0, 90))
        with open(os.path.join(self.folder, "labels.csv"), "wb") as stream:
            stream.write(b"\xef\xbb\xbffile,codepoints,name\nplum/a.png,1f600,plum\n")
        made = self.load()
        self.assertEqual((made.files, made.names), (["plum/a.png"], ["plum"]))

    @unittest.skipUnless(features.check("webp"), "skip: this PIL reads no WebP")
    def test_webp(self):
        save(self.folder, "plum/a.webp", (90, 0, 90))
        self.assertLess(np.abs(self.load().pictures[0].astype(int) - (90, 0, 90)).max(), 8)

    def test_unreadable_pictures_are_named_all_at_once(self):
        save(self.folder, "plum/good.png", (90, 0, 90))
        with open(os.path.join(self.folder, "plum", "good.png"), "rb") as stream:
            whole = stream.read()
        for i, raw in enumerate((b"", b"text", whole[:40])):
            with open(os.path.join(self.folder, "plum", f"bad{i}.png"), "wb") as stream:
                stream.write(raw)
        sentence = r"3 of 4 pictures cannot be read: plum/bad0\.png, .*bad2\.png$"
        with self.assertRaisesRegex(ValueError, sentence):
            self.load()

    def test_a_folder_without_pictures(self):
        with self.assertRaisesRegex(ValueError, "neither labels.csv nor sub-folders with pictures"):
            self.load()

    def test_groups_need_the_csv(self):
        save(self.folder, "plum/a.png", (90, 0, 90))
        with self.assertRaises(FileNotFoundError):
            self.load(groups=["fruit"])

    def test_what_is_no_folder(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere: no such folder or tar"):
            data.load(os.path.join(self.folder, "nowhere"), SETTINGS)
        text = os.path.join(self.folder, "labels.csv")
        with open(text, "w", encoding="utf-8") as stream:
            stream.write("file,codepoints,name\na.png,41,a\n")
        with self.assertRaisesRegex(ValueError, "labels.csv: neither a folder nor a tar"):
            data.load(text, SETTINGS)

    def run_train(self, *args):
        config = os.path.join(TOOLS, "configs", "any-32.toml")
        made = subprocess.run([sys.executable, os.path.join(TOOLS, "train.py"), config, "--data", self.folder,
                               "--out", os.path.join(self.folder, "run"), *args],
                              capture_output=True, text=True)
        self.assertEqual((made.returncode, made.stdout, made.stderr.count("\n")), (1, "", 1), made.stderr)
        return made.stderr

    def test_a_table_that_lacks_a_column_or_is_not_there(self):
        tar = os.path.join(self.folder, "pictures.tar")
        with tarfile.open(tar, "w"):
            pass
        with self.assertRaisesRegex(FileNotFoundError, "labels.csv: no such file; groups, and"):
            data.load(tar, SETTINGS)
        with open(os.path.join(self.folder, "labels.csv"), "w", encoding="utf-8") as stream:
            stream.write("file,group,subgroup\na.png,x,y\n")
        with self.assertRaisesRegex(ValueError, "labels.csv: no column codepoints, name$"):
            data.load(tar, SETTINGS)

    def test_the_command_ends_in_one_line(self):
        self.assertIn("sub-folders", self.run_train())
        save(self.folder, "plum/a.png", (90, 0, 90))
        for target in (self.folder, os.path.join(self.folder, "nowhere", "x.gguf")):
            self.assertIn("cannot be written", self.run_train("--export", target))


class Composite(unittest.TestCase):
    def test_the_centre_square_is_taken(self):
        wide = np.zeros((8, 20, 3), np.uint8)
        wide[:, 6:14] = 200
        for image in (Image.fromarray(wide), Image.fromarray(wide.transpose(1, 0, 2))):
            self.assertTrue((data.composite(image, 8) == 200).all())

    def test_shrinking_keeps_the_mean_whatever_the_factor(self):
        values = np.random.default_rng(0).integers(0, 256, (21, 21, 3)).astype(np.uint8)
        for size in (7, 8, 13, 20, 21):
            made = data.composite(Image.fromarray(values), size)
            self.assertEqual(made.shape, (size, size, 3))
            # Each pixel is rounded by at most half, which averages out.
            self.assertLess(np.abs(made.mean((0, 1)) - values.mean((0, 1))).max(), 0.5)

    def test_area_weights(self):
        self.assertTrue(np.allclose(data.area_weights(2, 3), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]))
        for size, side in ((3, 7), (8, 1000), (5, 5)):
            weights = data.area_weights(size, side)
            self.assertTrue(np.allclose(weights.sum(1), 1, atol=1e-5))
            self.assertTrue(np.allclose(weights.sum(0), size / side, atol=1e-5))

    def test_transparency_is_white_and_odd_modes_are_read(self):
        self.assertTrue((data.composite(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), 8) == 255).all())
        half = data.composite(Image.new("RGBA", (8, 8), (0, 0, 0, 128)), 8)
        self.assertLessEqual(np.abs(half.astype(int) - 127).max(), 1)
        grey16 = Image.fromarray(np.full((8, 8), 128 * 257, np.uint16))
        self.assertTrue((data.composite(grey16, 8) == 128).all())
        self.assertTrue((data.composite(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), 8) == 255).all())
        self.assertTrue((data.composite(Image.new("LA", (8, 8), (10, 255)), 8) == 10).all())

    def test_a_camera_held_upright(self):
        image = Image.new("RGB", (8, 8))
        image.paste((255, 255, 255), (0, 0, 8, 4))
        exif = image.getexif()
        exif[0x0112] = 6  # turn by 90 degrees clockwise: the top comes to the right
        self.assertTrue((data.composite(image, 8)[:, 4:] == 255).all())


class Config(unittest.TestCase):
    def config(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "my.toml")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            return configs.load(path)

    def test_what_is_left_out_has_a_default(self):
        made, default = self.config("[data]\nsize = 32\n"), configs.load(configs.DEFAULTS)
        self.assertEqual(made.data.size, 32)
        made.data.size = default.data.size
        self.assertEqual(made, default)

    def test_a_byte_order_mark_is_skipped(self):
        self.assertEqual(self.config("\ufeff[data]\nsize = 32\n").data.size, 32)

    def test_mistakes_are_named(self):
        for text, sentence in (("[data]\nsise = 32\n", "data.sise is not known"),
                               ("[data]\nsize = '32'\n", "data.size is '32', expected something like 64"),
                               ("data = 3\n", "data is 3"), ("[data", "my.toml: "),
                               ("[tokenizer.train]\nflip = 1\n", "tokenizer.train.flip is 1"),
                               ("[data]\nsize = 30\n", "a multiple of 4"),
                               ("[tokenizer]\nchannel_multipliers = [1, 'a']\n", "whole numbers"),
                               ("[tokenizer]\nnorm_groups = 0\n", "norm_groups is 0, expected 1 to 16384"),
                               ("[tokenizer.train]\nbatch = 0\n", "batch is 0, expected 1 to 65536"),
                               ("[transformer]\nheads = 0\n", "heads is 0, expected 1 to 64"),
                               ("[transformer.train]\nlr = 0\n", "lr is 0, expected 1e-09 to 10"),
                               ("[transformer.train]\noptimizer = 'sgd'\n", "expected 'muon' or 'adamw'"),
                               ("[sampler]\ncfg_scale = nan\n", "cfg_scale is nan, expected 0 to 100"),
                               ("[sampler]\nname = 'best'\n", "expected one of confidence, halton")):
            with self.assertRaisesRegex(configs.ConfigError, sentence):
                self.config(text)

    def test_every_config_loads(self):
        folder = os.path.join(TOOLS, "configs")
        for name in sorted(os.listdir(folder)):
            if name != "quality.toml":
                configs.load(os.path.join(folder, name))


class Letters(unittest.TestCase):
    def letters(self, *args):
        return subprocess.run([sys.executable, os.path.join(TOOLS, "make_letters.py"), *args],
                              capture_output=True, text=True)

    def test_each_class_and_font_has_its_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            made = self.letters(folder, "--characters", "oOX7", "--size", "16")
            if "none of the fonts is here" in made.stderr:
                self.skipTest("skip: none of the fonts is here")
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertEqual(sorted(os.listdir(folder)), ["capital O", "capital X", "digit 7", "small o"])
            counts = {len(os.listdir(os.path.join(folder, name))) for name in os.listdir(folder)}
            self.assertEqual(len(counts), 1)
            again = data.load(folder, SimpleNamespace(**{**vars(SETTINGS), "size": 16}))
        # Ink on a plain ground, in every picture.
        self.assertTrue((again.pictures.reshape(len(again.pictures), -1).std(1) > 10).all())
        inked = [(np.abs(p.astype(int) - p[0, 0]).sum(2) > 60).mean() for p in again.pictures]
        small, large = (np.mean([inked[i] for i in np.flatnonzero(again.labels == again.names.index(name))])
                        for name in ("small o", "capital O"))
        self.assertLess(small, large)

    def test_bad_arguments(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.letters(folder, "--characters", "A!").returncode, 2)
            self.assertEqual(self.letters(folder, "--size", "4").returncode, 2)
            made = self.letters(os.path.join(folder, "out"), "--fonts", folder)
            self.assertEqual(made.returncode, 1)
            self.assertRegex(made.stderr, "apt-get install .*fonts-dejavu-core")


if __name__ == "__main__":
    unittest.main()
