#!/usr/bin/env python3
"""Wrong usage and wrong input: the documented exit code, one line, nothing left behind."""
import gzip
import json
import os
import pickle
import re
import struct

import cli_support
from cli_support import CliTest


class Help(CliTest):
    COMMANDS = ["generate", "edit", "outpaint", "vary", "encode", "decode", "logits", "info",
                "devices", "verify", "bench", "completion", "help"]

    def test_help_and_version(self):
        text = self.good("--help").out.decode()
        for command in self.COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command}\b")
            own = self.good(command, "--help")
            self.assertIn(f"usage: unmask {command}", own.out.decode())
            self.assertEqual(own.err, "")
            self.assertEqual(self.good(command, "-h").out, own.out)
        self.assertEqual(self.good("-h").out, self.good("--help").out)
        self.assertRegex(self.good("--version").lines[0], r"^unmask \d+\.\d+\.\d+$")

    def test_help_is_a_command_too(self):
        self.assertEqual(self.good("help").out, self.good("--help").out)
        self.assertEqual(self.good("help", "vary").out, self.good("vary", "--help").out)
        self.bad(2, "help", "varry", says="did you mean 'vary'?")

    def test_help_fits_a_terminal_and_names_every_option_once(self):
        for command in self.COMMANDS:
            text = self.good(command, "--help").out.decode()
            self.assertLessEqual(max(map(len, text.splitlines())), 96)
            names = re.findall(r"(?m)^  (?:-\w, |    )(--[a-z-]+)", text)
            self.assertEqual(len(names), len(set(names)))
            self.assertIn("--help", names)

    def test_help_shows_only_what_applies_to_the_command(self):
        texts = {command: " ".join(self.good(command, "--help").out.decode().split())
                 for command in self.COMMANDS}
        for command, text in texts.items():
            if command != "bench":
                self.assertNotIn("bench", text, command)
            self.assertEqual("the seed" in text, command in ("generate", "edit", "outpaint", "vary"), command)
        for command, says in {"generate": "random seed; default: chosen at random",
                              "bench": "random seed; default 1", "logits": "default logits.npy",
                              "decode": "default out.png", "encode": "- = stdout (default)",
                              "outpaint": "cannot be combined with --left or --right"}.items():
            self.assertIn(says, texts[command])
        self.assertIn("--json the same as --format json", texts["bench"])
        self.assertNotIn("sheet", texts["decode"])
        self.assertNotIn(".png", texts["encode"])


class Usage(CliTest):
    def test_commands(self):
        self.bad(2, says="no command")
        self.bad(2, "genrate", says="did you mean 'generate'?")
        self.bad(2, "zzzzzzzzzzz", says="unknown command")
        self.bad(2, "verify", says="MODEL")
        self.bad(2, "verify", "a", "b", says="too many")

    def test_options(self):
        self.bad(2, "generate", "--stpes", "3", says="did you mean --steps?")
        self.bad(2, "generate", "--qqqqqqqqq", says="unknown option")
        self.bad(2, "generate", "-z", says="unknown option -z")
        self.bad(2, "generate", "--json=1", says="takes no argument")
        self.bad(2, "generate", "--class", says="needs an argument")
        self.bad(2, "generate", "-c", says="needs an argument")
        self.bad(2, "generate", "--class=", says="empty")
        self.bad(2, "devices", "--seed", "1", says="unknown option --seed")
        self.bad(2, "generate", "--", "-c", says="too many")

    def test_numbers(self):
        for option, values in {
            "--steps": ["0", "1025", "-1", "3.5", "x", "", "99999999999999999999", "0x10", " 3"],
            "--seed": ["-1", "18446744073709551616", "1e3"],
            "--batch": ["0", "100001"],
            "--threads": ["1025", "-1"],
            "--temperature": ["0", "101", "nan", "inf", "x", "1x"],
            "--choice-temperature": ["-1", "1001", "nan"],
            "--cfg-scale": ["-0.5", "101", "infinity"],
            "--scale": ["0", "65"],
        }.items():
            for value in values:
                self.bad(2, "generate", "-c", "1", option, value, says=option)

    def test_precision(self):
        self.bad(2, "generate", "-c", "1", "--precision", "f64", says="f32, bf16, f16")

    def test_names(self):
        self.bad(2, "generate", says="class")
        self.bad(2, "generate", "-c", "clss 3", says="class 3")
        self.bad(2, "generate", "-c", "7")
        self.bad(2, "generate", "-c", "-1")
        self.bad(2, "generate", "-c", "class", says="class")
        self.bad(2, "generate", "-c", "1,,2", says="empty")
        self.bad(2, "generate", "-c", "1", "--classes-sample", "2", says="cannot be used together")
        self.bad(2, "generate", "--classes-sample", "8", says="7 classes")
        self.bad(2, "generate", "-c", "1", "--sampler", "gibbs", says=["gibbs", "confidence"])

    def test_schedules(self):
        for text in ["cosin", "pow", "powx", "pow-1", "0.9,0.5,0.7,2", "0.9,,0", "nan,0", ","]:
            result = self.run_program("generate", "-c", "1", "--schedule", text)
            if text == "pow":
                continue  # a default power is allowed
            self.assertEqual(result.code, 2, text)
        self.bad(2, "generate", "-c", "1", "--schedule", "cosin", says="cosine")
        self.bad(2, "generate", "-c", "1", "--schedule", "0.5,0", "--steps", "3", says="2 steps")

    def test_patterns(self):
        for pattern in ["out.png", "%s_%d.png", "%d%d.png", "%n.png", "%-3d.png", "%.3d.png",
                        "%ld.png", "%", "a%", "%%%", "%%_.png", "%%d.png", "%123d.png"]:
            self.bad(2, "generate", "-c", "1", "-b", "2", "-o", pattern, says=["--output", pattern])
        self.bad(2, "generate", "-c", "1", "-b", "2", "-o", "-")
        self.bad(2, "generate", "-c", "1", "-b", "2", "--save-anim", "a.png", says="--save-anim")
        self.bad(2, "generate", "-c", "1", "-b", "2", "--tokens-out", "t.txt", says="--tokens-out")
        self.bad(2, "generate", "-c", "1", "-o", "x.jpg", says=[".png", ".npy"])
        self.bad(2, "generate", "-c", "1", "--sheet", "x.jpg", says="--sheet")
        self.bad(2, "generate", "-c", "1", "-o", "-", "--json", says="stdout")
        self.bad(2, "generate", "-c", "1", "-o", "x.png", "--tokens-out", "x.png", says="x.png")
        self.bad(2, "generate", "-c", "1", "--sheet", "x.png", "--save-anim", "x.png", says="x.png")


class Files(CliTest):
    def test_missing_and_foreign_models(self):
        self.write("foreign.gguf", b"GGUF\3\0\0\0" + b"\0" * 64)
        self.write("text.gguf", "hello\n")
        self.write("empty.gguf", "")
        model = cli_support.pathlib.Path(self.model).read_bytes()
        self.write("short.gguf", model[:-1])
        self.write("long.gguf", model + b"\0")
        for name in ["missing.gguf", "foreign.gguf", "text.gguf", "empty.gguf", "short.gguf",
                     "long.gguf"]:
            for command in [["generate", "-c", "1", "-m", name], ["verify", name], ["info", name],
                            ["bench", "-m", name]]:
                self.bad(3, *command, says=name)
        self.bad(3, "generate", "-c", "1", says="nowhere.gguf",
                 environment={"UNMASK_MODEL_PATH": "nowhere.gguf"})

    def test_what_is_no_model_is_named(self):
        for name, data, says in [
                ("lfs.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9876543\n",
                 "found a Git LFS pointer"),
                ("html.gguf", "<!DOCTYPE html>\n<html><title>404</title></html>\n", "found a web page"),
                ("m.gguf.gz", gzip.compress(b"GGUF"), "packed with gzip: unpack it first"),
                ("net.pt", b"PK\3\4" + b"\0" * 99, "a zip archive, perhaps a checkpoint of PyTorch"),
                ("net.safetensors", struct.pack("<Q", 4) + b"{}  " + b"\0" * 99, "a safetensors file"),
                ("net.pkl", pickle.dumps({"a": 1}), "a Python pickle")]:
            self.write(name, data)
            for command in [["generate", "-c", "1", "-m", name], ["verify", name], ["info", name],
                            ["bench", "-m", name]]:
                self.bad(3, *command, says=[f"{name}: expected a model, found ", says])

    def test_damaged_data_is_told_apart(self):
        model = bytearray(cli_support.pathlib.Path(self.model).read_bytes())
        model[-3] ^= 1
        self.write("flipped.gguf", bytes(model))
        self.bad(8, "verify", "flipped.gguf", says="flipped.gguf")
        model[-3] ^= 1
        model[model.index(b"class 3")] ^= 1
        self.write("header.gguf", bytes(model))
        self.bad(3, "verify", "header.gguf", says=["header.gguf", "header"])

    def test_no_model_anywhere(self):
        nowhere = {"UNMASK_MODEL_PATH": None, "HOME": "/nonexistent", "XDG_DATA_DIRS": "/nonexistent"}
        result = self.run_program("generate", "-c", "0", "--steps", "1", environment=nowhere)
        bundled = cli_support.ASSETS / "emoji-64.gguf"
        if bundled.exists() and result.code == 0:
            self.assertIn("out.png", self.listing())
        else:
            self.assertEqual(result.code, 3, result.err)
            self.assertEqual(result.err.count("\n"), 1)

    def test_model_search_path(self):
        place = self.path / "data" / "unmask" / "models"
        os.makedirs(place)
        os.symlink(self.model, place / "emoji-64.gguf")
        none = {"UNMASK_MODEL_PATH": None, "HOME": "/nonexistent", "XDG_DATA_DIRS": "/nonexistent"}
        data = str(self.path / "data")
        for environment in [{"XDG_DATA_HOME": data}, {"XDG_DATA_DIRS": "relative:/none:" + data}]:
            result = self.good("generate", "-c", "class 3", "-o", "hash", "-s", "1",
                               environment={**none, **environment})
            self.assertEqual(len(result.lines), 1)

    def test_unknown_device(self):
        self.bad(4, "generate", "-c", "1", "--device", "no such device", says="no such device")
        self.bad(4, "bench", "--device", "99")

    def test_gpu_is_a_real_device_or_none(self):
        kinds = [device["kind"] for device in json.loads(self.good("devices", "--json").out)["devices"]]
        if kinds[0] in ("CPU", "software"):
            self.bad(4, "generate", "-c", "1", "--device", "gpu", says="There is no GPU; there are: 0 ")
        else:
            self.good("generate", "-c", "1", "--device", "GPU", "-o", "null")
        self.bad(4, "generate", "-c", "1", environment={"UNMASK_DEVICE": "nonsense"})

    def test_disable_variable(self):
        self.bad(2, "generate", "-c", "1", environment={"UNMASK_DISABLE": "fp16,fp32"},
                 says=["UNMASK_DISABLE", "fp32", "coopmat"])
        self.good("generate", "-c", "1", environment={"UNMASK_DISABLE": " fp16, coopmat "})

    def test_unwritable_outputs(self):
        self.write("file", "")
        for name in ["missing/out.png", "file/out.png", "/proc/out.png"]:
            for option in ["-o", "--sheet", "--save-anim"]:
                self.bad(7, "generate", "-c", "1", option, name, says=name)
            self.bad(7, "generate", "-c", "1", "--tokens-out", name, says=name)
            self.bad(7, "generate", "-c", "1", "--save-steps", name, says=name)
        os.mkdir(self.path / "folder.png")
        self.bad(7, "generate", "-c", "1", "-o", "folder.png", says="folder.png")
        tokens = self.write("t.txt", ("0 " * 8 + "\n") * 8)
        self.bad(7, "decode", tokens, "-o", "missing/x.png")
        self.bad(7, "logits", "--tokens", tokens, "-c", "1", "-o", "missing/x.npy")

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        os.symlink("/dev/full", self.path / "full.png")
        result = self.run_program("generate", "-c", "1", "-o", "full.png")
        self.assertEqual(result.code, 7, result.err)
        with open("/dev/full", "wb") as full:
            done = cli_support.subprocess.run([cli_support.PROGRAM, "--help"], stdout=full,
                                              stderr=cli_support.subprocess.PIPE)
        self.assertEqual(done.returncode, 7)
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_a_hostile_name_stays_one_line(self):
        self.bad(3, "verify", "a\nb\x1b[2J.gguf")

    def test_out_of_memory(self):
        if cli_support.SANITIZE:
            self.skipTest("sanitizers need more address space than the limit")
        import resource

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (96 << 20, 96 << 20))
        # one picture of 2048x2048 floats is 50 MB, its bytes and rows do not fit beside it
        self.bad(5, "generate", "-c", "1", "-t", "1", "--scale", "64", "--sheet", "s.png", "-b", "4",
                 says="memory", preexec_fn=limit)


if __name__ == "__main__":
    cli_support.main()
