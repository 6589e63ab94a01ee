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
             "then", "else", "minItems", "maxItems"}
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
        out = self.good("bench", "-o", "json", "--runs", "3", "--steps", "4", "--budget", "2", *args,
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
        self.assertEqual(json.loads(short)["schema"], 1)

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
        step["median"] = 1e6
        self.write("before.json", json.dumps(before))
        after = self.result("--compare", "before.json")
        self.assertEqual(list(faults(after, SCHEMA)), [])
        self.assertEqual(self.rows(after)["step, batch 1"]["before"], 1e6)
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
        other["devices"] *= 2  # neither of two strangers is the one to compare with
        self.write("two.json", json.dumps(other))
        self.assertNotIn("before", self.rows(self.result("--compare", "two.json"))["step, batch 1"])
        for name, content in {"other": "{\"schema\": 2, \"devices\": []}", "cut": json.dumps(before)[:-3],
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
