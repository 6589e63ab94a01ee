#!/usr/bin/env python3
"""unmask bench from the outside: what it prints in each form, compared runs, and the published schema."""
import csv
import io
import json
import math
import os
import pathlib
import re

import cli_support
from cli_support import CliTest

RESULTS = pathlib.Path(os.environ["UM_ASSETS"]).parent / "docs" / "results"
SCHEMA = json.loads((RESULTS / "schema.json").read_text())
TYPES = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
         "boolean": bool}


def faults(value, schema, where="result"):
    """What a value has against a schema, of the words that docs/results/schema.json uses; any other word is
    a fault of the schema."""
    known = {"$schema", "title", "description", "type", "required", "properties", "items", "enum", "const",
             "minimum", "exclusiveMinimum", "maximum", "pattern", "additionalProperties", "allOf", "if",
             "then", "else", "minItems", "maxItems", "minLength"}
    yield from (f"schema at {where}: {word}" for word in schema.keys() - known)
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{where}: no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r}, not {schema['const']!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match"
    if "minimum" in schema and not value >= schema["minimum"]:
        yield f"{where}: {value} is too small"
    if "exclusiveMinimum" in schema and not value > schema["exclusiveMinimum"]:
        yield f"{where}: {value} is too small"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{where}: {value!r} is too short"
    if isinstance(value, dict):
        yield from (f"{where}: no {name}" for name in schema.get("required", []) if name not in value)
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is False:
            yield from (f"{where}: unknown {name}" for name in value.keys() - properties.keys())
        for name in value.keys() & properties.keys():
            yield from faults(value[name], properties[name], f"{where}.{name}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
            yield f"{where}: {len(value)} items"
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{where}[{index}]")
    for part in schema.get("allOf", []):
        yield from faults(value, part, where)
    if "if" in schema:
        matches = not list(faults(value, schema["if"], where))
        yield from faults(value, schema.get("then" if matches else "else", {}), where)


class Bench(CliTest):
    def result(self, *args, **options):
        out = self.good("bench", "-o", "json", "--runs", "3", "--steps", "4", "--budget", "600", *args,
                        **options).out
        return json.loads(out, parse_constant=self.fail)

    def rows(self, result):
        device, = result["devices"]
        return {row["name"]: row for row in device["rows"]}

    def test_json(self):
        told = self.result("--autoregressive")
        self.assertEqual(list(faults(told, SCHEMA)), [])
        rows = self.rows(told)
        for name in ["load", "copy", "fma", "first picture, cold", "first picture, warm", "picture, batch 1",
                     "picture, batch 8", "picture, batch 32", "step, batch 1", "decode", "step, all kernels",
                     "decode, all kernels", "picture, token by token", "token"]:
            self.assertIn(rows[name]["status"], ("ok", "unstable"), rows[name])
            samples = sorted(rows[name]["samples"])
            self.assertTrue(0 < samples[0] <= rows[name]["median"] <= samples[-1] < math.inf)
        self.assertEqual(rows["matrix"]["status"], "unsupported")
        self.assertNotEqual(rows["matrix"]["reason"], "")
        self.assertNotIn("median", rows["matrix"])
        kernels = [row for name, row in rows.items() if name.startswith("step: ")]
        self.assertTrue(any("linear" in row["name"] for row in kernels))
        self.assertAlmostEqual(sum(row["share_of_time"] for row in kernels), 1, places=3)
        self.check_work(rows)
        self.assertEqual(told["model"]["sha256"],
                         json.loads(self.good("info", self.model, "--json").out)["sha256"])
        self.assertEqual(told["settings"]["steps"], 4)
        short = self.good("bench", "--json", "--runs", "1", "--steps", "1", "--budget", "0.2").out
        self.assertEqual(json.loads(short)["schema"], 2)

    def check_work(self, rows):
        """Rates are work over the time of the same calls: a drawing's steps want fewer and fewer rows of the
        head, and the work of all kernels is that of the step."""
        def work(row):
            return row.get("gflop_per_s", 0) * row["median"] * (1e-3 if row["unit"] == "ms" else 1e-6)
        kernels = [row for name, row in rows.items() if name.startswith("step: ")]
        whole = work(rows["step, all kernels"])
        self.assertAlmostEqual(sum(work(row) * row["calls"] for row in kernels) / whole, 1, places=6)
        self.assertAlmostEqual(work(rows["step, batch 1"]) / whole, 1, places=6)
        ranged = 0
        for row in kernels:
            shape = re.search(r": linear (\d+)-(\d+) x (\d+) -> (\d+)", row["name"])
            if shape:
                least, most, wide, out = map(int, shape.groups())
                computed = 1e9 * work(row) / (2 * wide * out)
                self.assertTrue(least < computed < most * 1.5, row)  # GELU adds to the product
                ranged += 1
        self.assertGreater(ranged, 0)

    def share(self, rates, limits):
        """The share of the limit as docs/results/README.md explains it."""
        names = ("gflop_per_s", "matrix_gflop_per_s", "gb_per_s")
        flops, matrix, moved = (rates.get(name) or 0 for name in names)

        def over(rate, name):
            return rate / limits[name] if limits.get(name) else 0
        return max(over(flops - matrix, "fma") + over(matrix, "matrix"), over(moved, "copy"))

    def check_shares(self, rows, rounding=lambda share: 1e-6 * share):
        """rows: with name, value, rates, share_of_limit and share_note, as one form prints them."""
        limits = {row["name"]: row.get("value") for row in rows if row["name"] in ("copy", "fma", "matrix")}
        shares = [row for row in rows if row.get("share_of_limit")]
        self.assertGreater(len(shares), 10)
        for row in shares:
            computed = self.share(row, limits)
            self.assertLessEqual(abs(row["share_of_limit"] - computed), rounding(computed), (row, limits))
            if abs(row["share_of_limit"] - 1) > 0.01:
                self.assertEqual(bool(row.get("share_note")), row["share_of_limit"] > 1, row)
        return shares

    QUICK = ("--runs", "2", "--steps", "2", "--budget", "0.5")

    def test_shares_can_be_recomputed_from_json(self):
        result = json.loads(self.good("bench", "-o", "json", *self.QUICK).out)
        self.assertEqual((result["schema"], list(faults(result, SCHEMA))), (2, []))
        rows = list(self.rows(result).values())
        self.check_shares(rows)
        for row in rows:
            if "samples" in row:
                self.assertEqual(row["value"], row["most" if row["group"] == "limit" else "median"], row)

    def test_shares_can_be_recomputed_from_csv(self):
        out = self.good("bench", "-o", "csv", *self.QUICK).out.decode()
        rows = [{**row, "name": row["row"]} for row in csv.DictReader(io.StringIO(out, newline=""))]
        for row in rows:
            for name in ("value", "gflop_per_s", "matrix_gflop_per_s", "gb_per_s", "share_of_limit"):
                row[name] = float(row[name] or 0)
        self.check_shares(rows)

    def test_shares_can_be_recomputed_from_markdown(self):
        rows, head = [], []
        for line in self.good("bench", *self.QUICK).out.decode().splitlines():
            cells = [cell.strip() for cell in line.replace("\\|", "/").split("|")[1:-1]]
            if not cells or cells[0].startswith("---"):
                continue
            if "of peak" in cells:
                head = cells
                continue
            row = dict(zip(head, cells))
            first = cells[0].removesuffix(", peak")
            note = re.sub("unstable.*|unsupported:.*|skipped:.*", "", cells[-1])
            rows.append({"name": first, "share_note": note,
                         "value": float((re.match("[0-9.]+", row["median"]) or ["0"])[0]),
                         "gflop_per_s": float(row["GFLOP/s"].split(" ")[0] or 0),
                         "gb_per_s": float(row.get("GB/s") or 0),
                         "share_of_limit": float(row["of peak"].rstrip(" %") or 0) / 100})
            if cells[0].endswith(", peak") and rows[-1]["value"]:
                self.assertRegex(row["median"], "^[0-9.]+ G(B|FLOP)/s, best$")
        # Three digits of rate and limit, whole percents from 10 on.
        self.check_shares(rows, lambda share: 0.012 * share + (0.0051 if share > 0.09 else 0.00051))

    def test_the_bundled_model_within_a_small_budget(self):
        bundled = os.path.join(os.environ["UM_ASSETS"], "emoji-64.gguf")
        out = self.good("bench", "-m", bundled, "--json", "--budget", "0.1").out
        rows = self.rows(json.loads(out))
        self.check_skipped(rows)
        kernels = {row["name"]: row.get("kernel", "") for row in rows.values() if row["group"] == "kernel"}
        self.assertEqual(kernels["decode: conv2d 64 x 64 x 64 -> 64, 3x3"], "conv2d_winograd")
        self.assertEqual(kernels["decode: conv2d 16 x 16 x 96 -> 96, 3x3"], "")
        self.assertEqual({kernel for name, kernel in kernels.items() if name.startswith("step")}, {""})

    def check_skipped(self, rows):
        """Nobody draws 32 pictures of the bundled model within a tenth of a second."""
        row = rows["picture, batch 32"]
        self.assertEqual(row["status"], "skipped", row)
        self.assertRegex(row["reason"], "^would take .* see --budget$")
        self.assertEqual(rows["matrix"]["status"], "unsupported")

    def test_nothing_of_the_machine_but_its_parts(self):
        text = json.dumps(self.result())
        for secret in [os.uname().nodename, os.environ.get("HOME"), self.model, str(self.path)]:
            if secret and len(secret) > 3:
                self.assertNotIn(secret, text)

    def test_markdown(self):
        table = self.good("bench", "--runs", "1", "--steps", "1", "--all-devices", "--budget", "0.3",
                          environment={"UNMASK_DEVICE": None}).out.decode()
        for word in ["nan", "inf", "| 0 ", "| 0.0 ", "| 0.00 ms", "| 0.000 ms"]:
            self.assertNotIn(word, table)
        self.assertRegex(table, r"(?m)^\| picture, batch 1 \| [0-9.]+ ms \|")
        widths = [line.count("|") - line.count("\\|") for line in table.splitlines() if line.startswith("|")]
        self.assertEqual(len(set(widths)), 2, widths)  # two kinds of table

    def test_csv(self):
        out = self.good("bench", "-o", "csv", "--runs", "2", "--steps", "2", "--budget", "0.5").out.decode()
        self.assertTrue(out.endswith("\r\n"))
        table = list(csv.DictReader(io.StringIO(out, newline="")))
        names = [row["row"] for row in table]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("picture, batch 8", names)
        for row in table:
            self.assertIsNone(row.get(None), "more cells than columns")
            self.assertNotIn(None, row.values())
            self.assertEqual(row["median"] != "", row["status"] in ("ok", "unstable"), row)

    def test_compare(self):
        before = self.result()
        step = next(r for r in before["devices"][0]["rows"] if r["name"] == "step, batch 1")
        step["value"] = 1e6
        self.write("before.json", json.dumps(before))
        after = self.result("--compare", "before.json")
        self.assertEqual(list(faults(after, SCHEMA)), [])
        self.assertEqual(self.rows(after)["step, batch 1"]["before"], 1e6)
        self.assertEqual(self.rows(after)["fma"]["before"], self.rows(before)["fma"]["most"])
        text = self.good("bench", "--runs", "2", "--steps", "4", "--budget", "0.5", "--compare",
                         "before.json").out.decode()
        line = next(line for line in text.splitlines() if line.startswith("| step, batch 1"))
        self.assertIn("| 1000000 ms |", line)
        self.assertNotIn("Before: ", text)
        name = json.dumps(before["devices"][0]["name"])
        other = json.loads(json.dumps(before).replace(name, '"Other GPU"'))
        self.write("other.json", json.dumps(other))
        text = self.good("bench", "--runs", "2", "--steps", "4", "--budget", "0.5", "--compare",
                         "other.json").out.decode()
        self.assertIn("Before: Other GPU", text)
        line = next(line for line in text.splitlines() if line.startswith("| step, batch 1"))
        self.assertIn("| 1000000 ms |", line)
        other["settings"]["steps"] += 1
        self.write("steps.json", json.dumps(other))
        done = self.good("bench", "--runs", "1", "--steps", "4", "--budget", "0.5", "--compare", "steps.json")
        self.assertIn("number of steps", done.err)
        first = json.loads(json.dumps(before))  # as version 0.1.0 wrote it
        first["schema"] = 1
        for row in first["devices"][0]["rows"]:
            row.pop("value", None)
        self.write("first.json", json.dumps(first))
        rows = self.rows(self.result("--compare", "first.json"))
        for name, key in (("fma", "most"), ("decode", "median")):
            self.assertEqual(rows[name]["before"], self.rows(before)[name][key])
        other["devices"] *= 2  # neither of two strangers is the one to compare with
        self.write("two.json", json.dumps(other))
        self.assertNotIn("before", self.rows(self.result("--compare", "two.json"))["step, batch 1"])
        for name, content in {"other": "{\"schema\": 3, \"devices\": []}", "cut": json.dumps(before)[:-3],
                              "text": "hello", "deep": "[" * 100}.items():
            self.write(name, content)
            self.bad(2, "bench", "--runs", "1", "--steps", "1", "--compare", name, says=name)
        self.bad(7, "bench", "--runs", "1", "--steps", "1", "--compare", "missing.json", says="missing.json")

    def test_usage(self):
        self.bad(2, "bench", "-o", "xml", says=["xml", "csv"])
        self.bad(2, "bench", "--synthetic", "imagenet1", says=["imagenet1", "imagenet256"])
        self.bad(2, "bench", "--synthetic", "imagenet256", "--type", "q4", says="q4")
        self.bad(2, "bench", "--synthetic", "imagenet256", "-m", self.model, says="--model")
        self.bad(2, "bench", "--type", "f16", says="--synthetic")
        self.bad(2, "bench", "--budget", "0", says="--budget")
        self.bad(2, "bench", "-c", "no such class", says="no such class")


class Published(CliTest):
    def test_results_follow_the_schema(self):
        files = sorted(RESULTS.glob("*.json"))
        self.assertGreater(len(files), 1)
        for path in files:
            if path.name != "schema.json":
                self.assertEqual(list(faults(json.loads(path.read_text()), SCHEMA)), [], path.name)

    def test_the_schema_refuses(self):
        row = {"name": "x", "group": "picture", "status": "ok", "reason": "", "unit": "ms", "median": 1.0,
               "least": 1.0, "most": 1.0, "mean": 1.0, "p95": 1.0, "samples": [1.0]}
        schema = SCHEMA["properties"]["devices"]["items"]["properties"]["rows"]["items"]
        self.assertEqual(list(faults(row, schema)), [])
        for change in [{"median": 0}, {"samples": []}, {"status": "good"}, {"samples": [0.0]}, {"unit": "h"},
                       {"status": "wrong", "reason": "because"}, {"extra": 1}, {"median": None}]:
            self.assertNotEqual(list(faults({**row, **change}, schema)), [], change)
        bare = {"name": "x", "group": "picture", "status": "failed", "reason": "lost"}
        self.assertEqual(list(faults(bare, schema)), [])
        self.assertNotEqual(list(faults({**bare, "reason": ""}, schema)), [])


if __name__ == "__main__":
    cli_support.main()
