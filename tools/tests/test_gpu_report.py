"""What scripts/gpu.sh leaves: a file that docs/results takes, and a page that names what is missing."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
RESULT = TOP / "docs" / "results" / "amd-epyc-cpu-2-threads.json"


class Report(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.TemporaryDirectory()
        self.addCleanup(self.base.cleanup)
        self.folder = pathlib.Path(self.base.name)

    def report(self):
        return subprocess.run([sys.executable, TOP / "tools" / "gpu_report.py", self.folder],
                              capture_output=True, text=True)

    def test_one_file_and_one_page(self):
        (self.folder / "bundled.part").write_bytes(RESULT.read_bytes())
        (self.folder / "imagenet256-f16.part").write_bytes(RESULT.read_bytes())
        (self.folder / "imagenet256-f32.part").write_text('{"devices": [')  # stopped too hard
        (self.folder / "ops.test").write_text("0\n")
        (self.folder / "agreement.test").write_text("late\n")
        done = self.report()
        self.assertEqual(done.returncode, 0, done.stderr)
        name = "amd-epyc"
        made = json.loads((self.folder / f"{name}.json").read_text())
        source = json.loads(RESULT.read_text())
        self.assertEqual({key: made[key] for key in source}, source)
        self.assertEqual(made["tests"], {"ops": "0", "agreement": "late"})
        self.assertEqual(made["more"], [source])
        page = (self.folder / f"{name}.md").read_text()
        self.assertIn("ops passed", page)
        self.assertIn("agreement no time left", page)
        self.assertIn("imagenet256-f32, imagenet256-q8_0", page.splitlines()[-1])
        self.assertRegex(page, r"\| picture, batch 1 \| [0-9.]+ ms \([0-9]+%\)")

    def test_ranks(self):
        slow, fast = json.loads(RESULT.read_text()), json.loads(RESULT.read_text())
        slow["devices"][0]["name"], fast["devices"][0]["name"] = "slow one", "fast one"
        for row in fast["devices"][0]["rows"]:
            if row["name"] == "picture, batch 1":
                row["median"] /= 2
        slow["more"] = [json.loads(RESULT.read_text())]
        slow["more"][0]["model"]["name"] = "another"
        paths = [self.folder / "slow.json", self.folder / "fast.json"]
        for path, report in zip(paths, (slow, fast)):
            path.write_text(json.dumps(report))
        made = subprocess.run([sys.executable, TOP / "tools" / "plots" / "rank_results.py", *paths],
                              capture_output=True, text=True, check=True).stdout
        self.assertLess(made.index("| 1 | fast one"), made.index("| 2 | slow one"))
        self.assertIn("## another, F16", made)

    def test_a_test_that_fails(self):
        (self.folder / "bundled.part").write_bytes(RESULT.read_bytes())
        (self.folder / "ops.test").write_text("1\n")
        done = self.report()
        self.assertEqual(done.returncode, 1)
        self.assertIn("ops FAILED (1)", done.stdout)

    def test_nothing_measured(self):
        done = self.report()
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was measured", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
