"""Sheets for blind naming and their scores."""
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.dirname(HERE)
sys.path.insert(0, TOOLS)

try:
    import numpy as np
    from PIL import Image
except ImportError:
    raise unittest.SkipTest("skip: no numpy or PIL for this python3")

SPEC = importlib.util.spec_from_file_location("blind", os.path.join(TOOLS, "blind.py"))
blind = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(blind)
NAMES = ["dog face", "hot dog", "jack-o’-lantern", "house", "tomato"]


def toy_data(folder):
    lines = ["file,order,codepoints,style,group,subgroup,name"]
    for i, name in enumerate(NAMES):
        for design in range(2):
            picture = np.full((128, 128, 4), 255, np.uint8)
            picture[:, :, i % 3] = 40 * i
            Image.fromarray(picture).save(os.path.join(folder, f"{i}-{design}.png"))
            lines.append(f"{i}-{design}.png,{i},{0x1f600 + i:x},toy,Objects,toy,{name}")
    with open(os.path.join(folder, "labels.csv"), "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


class Words(unittest.TestCase):
    def test_plural_accents_apostrophes_and_little_words(self):
        self.assertEqual(blind.words("the Tomatoes’ sign"), blind.words("tomatoe"))
        self.assertEqual(blind.words("Piñata"), {"pinata"})
        self.assertEqual(blind.words("face"), {"face"})

    def test_score(self):
        key = {str(i + 1): name for i, name in enumerate(NAMES)}
        answers = {"1": ("Dog", 4.0), "2": ("sausage in a bun", 3.0), "3": ("?", 1.0), "4": ("houses", 5.0),
                   "5": ("apple", 2.0)}
        result = blind.score(key, answers)
        self.assertEqual((result["named"], result["cleanliness"]), (2, 3.0))
        self.assertEqual(set(result["wrong"]), {"2", "3", "5"})
        result = blind.score(key, answers, ["2"])
        self.assertEqual((result["named"], result["by_referee"]), (3, 1))
        with self.assertRaisesRegex(ValueError, "no number 9"):
            blind.score(key, answers, ["9"])


class Distances(unittest.TestCase):
    def test_the_nearest_design_of_the_class_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            toy_data(folder)
            whole = blind.designs(folder, 64)
            items = blind.classes(folder, "Objects")
            white = Image.fromarray(np.full((64, 64, 3), 255, np.uint8))
            found = blind.distances(whole, items, [white] * len(items))
            # one channel of three is 40 i instead of 255
            expected = [(255 - 40 * i) / 255 / 3 ** 0.5 for i in range(len(items))]
            for value, wanted in zip(found, expected):
                self.assertAlmostEqual(value, wanted, 4)


class Tool(unittest.TestCase):
    def run_tool(self, *args):
        return subprocess.run([sys.executable, os.path.join(TOOLS, "blind.py"), *args], capture_output=True,
                              text=True, check=False)

    def test_a_sheet_of_real_pictures_and_its_score(self):
        with tempfile.TemporaryDirectory() as folder:
            toy_data(folder)
            out = os.path.join(folder, "real")
            common = ["sheet", "--data", folder, "--real", "--groups", "Objects", "--seed", "3", "-o", out]
            self.assertNotEqual(self.run_tool(*common, "--count", "6").returncode, 0)
            made = self.run_tool(*common, "--count", "4")
            self.assertEqual(made.returncode, 0, made.stderr)
            with open(out + ".key.json", encoding="utf-8") as stream:
                key = json.load(stream)["key"]
            self.assertEqual(len(key), 4)
            self.assertTrue(set(key.values()) < set(NAMES))
            self.assertIn("nearest design 0.000", made.stdout)
            with Image.open(out + ".png") as sheet:
                self.assertEqual(sheet.size[0], 4 * (128 + blind.GAP) + blind.GAP)
            answers = os.path.join(folder, "answers.txt")
            with open(answers, "w", encoding="utf-8") as stream:
                stream.writelines(f"{number}; {name}; 5\n" for number, name in key.items())
            made = self.run_tool("score", out + ".key.json", answers)
            self.assertIn("named rightly 4 of 4", made.stdout)
            with open(answers, "a", encoding="utf-8") as stream:
                stream.write("1; twice; 3\n")
            made = self.run_tool("score", out + ".key.json", answers)
            self.assertEqual(made.returncode, 1)
            self.assertIn("line 5: number 1 stands there twice", made.stderr)

    def test_neither_real_nor_a_model(self):
        self.assertEqual(self.run_tool("sheet", "--data", "x", "-o", "y").returncode, 2)


if __name__ == "__main__":
    unittest.main()
