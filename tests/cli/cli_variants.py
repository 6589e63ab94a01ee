#!/usr/bin/env python3
"""The published kinds of networks from the outside: every command that runs one."""
import json
import subprocess
import unittest

from cli_support import CLASSES, GRID, SIDE, WRITER, CliTest

TOKENIZERS = {"original": "original", "v1": "taming", "halton": "taming", "halton-patched": "taming"}


class Variants(CliTest):
    def models(self):
        for variant in TOKENIZERS:
            model = f"{variant}.gguf"
            subprocess.run([WRITER, self.path / model, variant], check=True)
            yield variant, model

    def test_info_names_the_networks(self):
        for variant, model in self.models():
            told = json.loads(self.good("info", model, "--json").out)
            self.assertEqual(told["transformer"]["variant"], variant.removesuffix("-patched"))
            self.assertEqual(told["tokenizer"]["variant"], TOKENIZERS[variant])
            text = self.good("info", model).out.decode()
            self.assertIn(f"transformer  {variant.removesuffix('-patched')}, 2 layers", text)
            self.assertIn(f"tokenizer    {TOKENIZERS[variant]}\n", text)
            self.good("verify", model)

    def test_classes_and_seeds_tell_pictures_apart(self):
        for _, model in self.models():
            def hashes(label, seed, *options):
                told = json.loads(self.good("generate", "-m", model, "-c", label, "-s", seed, "--steps", 4,
                                            "-o", "null", "--json", *options).out)
                return [picture["hash"] for picture in told["pictures"]]
            first = hashes(1, 5, "-b", 3)
            self.assertEqual(len(set(first)), 3)
            self.assertEqual(first, hashes(1, 5, "-b", 3, "--threads", 1))
            self.assertNotEqual(first, hashes(2, 5, "-b", 3))
            self.assertNotEqual(first, hashes(1, 6, "-b", 3))
            self.assertNotEqual(first, hashes(1, 5, "-b", 3, "--cfg-scale", 0))
            self.assertNotEqual(first, hashes(1, 5, "-b", 3, "--sampler", "halton"))

    def test_pictures_become_tokens_and_back(self):
        for _, model in self.models():
            self.good("generate", "-m", model, "-c", CLASSES - 1, "-s", 1, "-o", f"{model}.png")
            self.good("encode", f"{model}.png", "-m", model, "-o", f"{model}.txt")
            rows = (self.path / f"{model}.txt").read_text().split("\n")[:GRID]
            self.assertTrue(all(len(row.split()) == GRID for row in rows))
            self.good("decode", f"{model}.txt", "-m", model, "-o", f"{model}.decoded.png")
            box = f"0,0,{SIDE // 2},{SIDE // 2}"
            self.good("edit", "-i", f"{model}.png", "-m", model, "-c", 0, "--box", box,
                      "-o", f"{model}.edited.png")


if __name__ == "__main__":
    unittest.main()
