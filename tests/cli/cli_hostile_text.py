#!/usr/bin/env python3
"""Text from files, names and drivers: harmless on a terminal, valid UTF-8 in JSON, never cut in a letter."""
import hashlib
import json
import os
import shutil
import subprocess
import unicodedata
import zlib

import cli_support
from cli_support import CliTest, make_png, png_texts

ESC = "\x1b[2J\x1b]0;title\x07"
UNFIT = ESC + "\x00\x7f\x85\x9b31m\u2028\u2029\u202e\u2066\u200f\u061c\r\n".replace("\x00", "")
PIXEL = [b"\0\0\0"]


def unfit(text):
    """What a terminal would obey in a text of several lines."""
    return [c for c in text if c != "\n" and (unicodedata.category(c) in ("Cc", "Zl", "Zp") or
                                             c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
                                                  "\u200e\u200f\u061c")]


class HostileText(CliTest):
    def clean(self, result):
        for text in [result.out.decode(), result.err]:
            self.assertEqual(unfit(text), [], text)
        return result

    def strict_json(self, *args, **options):
        """Valid UTF-8, nothing that a terminal obeys, no key twice, no constant that JSON lacks."""
        def pairs(members):
            self.assertEqual(len(dict(members)), len(members))
            return dict(members)

        def constant(name):
            raise AssertionError(name)
        text = self.clean(self.good(*args, **options)).out.decode()
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)

    # ------------------------------------------------------------------ pictures

    def picture(self, name, *chunks):
        return self.write(name, make_png(1, 1, PIXEL, more=chunks))

    def test_character_sets_of_png(self):
        latin = "caf\u00e9 \u00ff\u0080".encode("latin-1")
        cases = [
            ([(b"tEXt", b"parameters\0" + latin)], "caf\u00e9 \u00ff\u0080"),
            ([(b"zTXt", b"parameters\0\0" + zlib.compress(latin))], "caf\u00e9 \u00ff\u0080"),
            # not by the standard, but by many programs
            ([(b"tEXt", b"parameters\0" + "\u732b \U0001F431".encode())], "\u732b \U0001F431"),
            ([(b"iTXt", b"parameters\0\0\0\0\0" + "\u732b".encode())], "\u732b"),
            ([(b"iTXt", b"parameters\0\0\0\0\0a\xffb\xc3\xed\xa0\x80\xf8")], "a\ufffdb" + "\ufffd" * 5),
        ]
        for chunks, expected in cases:
            self.picture("p.png", *chunks)
            self.assertEqual(self.strict_json("info", "p.png", "--json")["parameters"], expected)
            self.clean(self.good("info", "p.png"))
        self.assertIn("a?b", self.good("info", "p.png").out.decode().replace("\ufffd", "?"))

    def test_parameters_of_a_stranger(self):
        text = "a cat" + UNFIT + "seed                1\nSteps: 4\r\npicture             9x9 pixels"
        self.picture("p.png", (b"iTXt", b"parameters\0\0\0\0\0" + text.encode()))
        lines = self.clean(self.good("info", "p.png")).lines
        self.assertEqual([line for line in lines if line.startswith(("seed", "Steps"))], [])
        self.assertEqual([line for line in lines if line.startswith("picture")],
                         ["picture             1x1 pixels"])
        self.assertIn("                    Steps: 4", lines)
        self.assertEqual(self.strict_json("info", "p.png", "--json")["parameters"],
                         text)

    def test_settings_of_a_stranger(self):
        self.good("generate", "-c", "1", "-s", "7", "-o", "whole.png")
        kept = json.loads(png_texts(self.read("whole.png"))["unmask"])
        words = ["schedule", "sampler", "cfg_schedule"]  # one of those that are known, or it is refused
        for key in [*words, "class_name", "model", "device", "backend", "version", "kind", "command",
                    "model_sha256", "classes"]:
            for value in ["a" + UNFIT[:12] + "b", "\u202ex\nseed  1", "\u0085\u009b"]:
                value = value.encode()[:14].decode(errors="ignore")  # the shortest has 15 bytes
                forged = json.dumps({**kept, key: value}).encode()
                self.picture("p.png", (b"iTXt", b"unmask\0\0\0\0\0" + forged))
                if key in words:
                    self.clean(self.bad(2, "info", "p.png", says=f"'{key}' is missing or out of range"))
                    continue
                plain = self.clean(self.good("info", "p.png"))
                self.assertEqual(len([x for x in plain.lines if x.startswith("seed")]), 1)
                self.assertEqual(self.strict_json("info", "p.png", "--json")["unmask"][key], value)
                self.clean(self.run_program("generate", "--from", "p.png", "-o", "null"))
        # bytes that are no text at all
        raw = json.dumps(kept).encode().replace(b'"class 1"', b'"cl\xff\xc3ss"')
        self.picture("p.png", (b"iTXt", b"unmask\0\0\0\0\0" + raw))
        self.assertEqual(self.strict_json("info", "p.png", "--json")["unmask"]["class_name"],
                         "cl\ufffd\ufffdss")

    def test_seeds_for_readers_with_doubles(self):
        for seed in [0, 7, 2**53 + 1, 2**64 - 1]:
            told = self.strict_json("generate", "-c", "1", "-s", seed, "-o", "a.png", "--json")
            read = self.strict_json("info", "a.png", "--json")["unmask"]
            kept = json.loads(png_texts(self.read("a.png"))["unmask"])
            for found in [told, read, kept]:
                self.assertEqual((found["seed"], found["seed_text"]), (seed, str(seed)))

    # ------------------------------------------------------------------ models

    def hostile_model(self, name, changes):
        """The tiny model with bytes exchanged, and its header sealed again."""
        with open(self.model, "rb") as file:
            data = file.read()
        key = b"maskgit.sha256.header"
        at = data.index(key) + len(key) + 4 + 8
        blank = data[:at] + b"0" * 64 + data[at + 64:]
        end = next(n for n in range(256, len(data) + 1, 256)
                   if hashlib.sha256(blank[:n]).hexdigest().encode() == data[at:at + 64])
        for old, new in changes:
            self.assertEqual(len(old), len(new))
            self.assertIn(old, blank[:end])
            blank = blank.replace(old, new)
        digest = hashlib.sha256(blank[:end]).hexdigest().encode()
        return self.write(name, blank[:at] + digest + blank[at + 64:])

    def test_models(self):
        self.hostile_model("m.gguf", [
            (b"class 1", b"a\x1b[2J\n\x07"), (b"class 3", "\u202eabcd".encode()),
            (b"class 4", "\u0085x\u2028y\r".encode()[:7])])
        plain = self.clean(self.good("info", "m.gguf"))
        self.assertEqual(len(plain.lines), len(self.good("info", self.model).lines))
        told = self.strict_json("info", "m.gguf", "--json")
        self.assertEqual(told["classes"][1]["name"], "a\x1b[2J\n\x07")
        self.clean(self.bad(2, "generate", "-m", "m.gguf", "-c", "zzz"))
        self.clean(self.good("generate", "-m", "m.gguf", "-c", "1", "-o", "a.png"))
        told = self.strict_json("generate", "-m", "m.gguf", "-c", "1", "-o", "a.png", "--json")
        self.assertEqual(told["pictures"][0]["class_name"], "a\x1b[2J\n\x07")
        self.clean(self.good("info", "a.png"))
        self.assertEqual(self.strict_json("info", "a.png", "--json")["unmask"]["class_name"],
                         "a\x1b[2J\n\x07")

    # ------------------------------------------------------------------ names of files

    def run_bytes(self, *args):
        done = subprocess.run([os.fsencode(cli_support.PROGRAM), *map(os.fsencode, args)], cwd=self.path,
                              capture_output=True, env=self.environment())
        return cli_support.Result(done)

    def test_names_of_files(self):
        for stem in [b"a\xffb", b"\x1b[2J\nx\x07", b"\xc3", "\u202e\u0085\u9b1a".encode(), b"\xed\xa0\x80"]:
            name = stem + b".png"
            drawn = self.run_bytes("generate", "-c", "1", "-s", "7", "-o", name)
            self.assertEqual(drawn.code, 0, drawn.err)
            self.assertEqual(drawn.out, name + b"\n")  # exactly, for programs that open it
            told = self.run_bytes("generate", "-c", "1", "-s", "7", "-o", name, "--json", "--sheet",
                                  stem + b"s.png")
            for result, key in [(told, "sheet"), (self.run_bytes("info", name, "--json"), "file")]:
                self.assertEqual(result.code, 0, result.err)
                found = json.loads(self.clean(result).out.decode())[key]
                self.assertEqual(found.replace("s.png", ".png") if key == "sheet" else found,
                                 self.replaced(name))
            model = os.fsencode(self.path) + b"/" + stem + b".gguf"
            shutil.copy(self.model, model)
            good = self.clean(self.run_bytes("verify", model))
            self.assertEqual((good.code, len(good.lines)), (0, 1))
            with open(model, "r+b") as file:
                file.truncate(1000)
            for command in [["verify", model], ["info", model], ["info", stem + b"-missing.png"],
                            ["encode", name + b"x"], ["generate", "-c", "1", "-o", stem + b"/x.png"],
                            ["generate", "-c", "1", "-o", name, "--sheet", name],
                            ["generate", "-c", "1", "--step-table", name, "-o", "null"]]:
                result = self.clean(self.run_bytes(*command))
                self.assertNotEqual(result.code, 0)
                self.assertEqual((result.err.count("\n"), result.out), (1, b""), (command, result.err))

    @staticmethod
    def replaced(name):
        """Each byte that begins no letter becomes U+FFFD."""
        text = ""
        while name:
            for size in range(1, 5):
                try:
                    text += name[:size].decode()
                    name = name[size:]
                    break
                except UnicodeDecodeError:
                    continue
            else:
                text, name = text + "\ufffd", name[1:]
        return text

    # ------------------------------------------------------------------ cuts

    def test_errors_are_not_cut_within_a_letter(self):
        """Result.err is decoded strictly. Every offset of the cut, in letters of two to four bytes."""
        tokens = self.write("t.txt", "")
        for letter in ["\u00e9", "\u732b", "\U0001F431"]:
            for before in range(4):
                long = "x" * before + letter * 3000
                word = "x" * before + letter * 60
                for args in [["generate", "-c", long], ["generate", "-c", "1", "--schedule", long],
                             ["generate", "-c", "1", "--sampler", long],
                             ["generate", "-c", "1", "--cfg-schedule", long],
                             ["generate", "-c", "1", "--loop", long],
                             ["generate", "-c", "1", "--shard", long],
                             ["generate", "-c", "1", "--device", long], ["generate", "-c", "1", "-o", long],
                             ["generate", "-c", "1", "-m", word * 9], ["info", word * 9], ["verify", long],
                             ["generate", "-" + letter], [long], ["generate", "--" + long],
                             ["generate", "-c", "1", "-s", long], ["info", "x.png", long]]:
                    self.assertNotEqual(self.bad_any(*args).code, 0)
                self.write("t.txt", word)
                self.bad(2, "decode", tokens, "-o", "null", says=letter)
                self.write("t.txt", "temperature\n" + word)
                self.bad(2, "generate", "-c", "1", "--step-table", tokens, "-o", "null", says=letter)
                self.write("t.txt", word + "\n1")
                self.bad(2, "generate", "-c", "1", "--step-table", tokens, "-o", "null", says=letter)
                self.bad_any("generate", "-c", "1", environment={"UNMASK_DISABLE": word,
                                                                 "UNMASK_DEVICE": None})

    def bad_any(self, *args, **options):
        result = self.run_program(*args, **options)
        self.assertLessEqual(result.err.count("\n"), 2)
        return result

    def test_the_reason_is_said_of_long_names_too(self):
        folder = self.path
        for _ in range(14):
            folder /= "\u00e9" * 100
        deep = str(folder.relative_to(self.path))
        self.bad(3, "verify", deep + "/m.gguf", says="no such file")
        self.bad(3, "generate", "-c", "1", "-m", deep + "/m.gguf", says="no such file")
        self.bad(7, "generate", "-c", "1", "-o", deep + "/x.png", says="No such file")


if __name__ == "__main__":
    cli_support.main()
