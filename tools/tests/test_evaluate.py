"""The scores against what can be computed otherwise, plans, drawing in rounds, and a whole small report."""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.dirname(HERE)
sys.path.insert(0, TOOLS)
sys.path.insert(0, HERE)

try:
    import numpy as np
    import torch
    from PIL import Image
except ImportError:
    raise unittest.SkipTest("skip: no torch, numpy or PIL for this python3")

import evaluate
import test_pipeline
from unmask_tools import data, gguf
from unmask_tools import config as configs
from unmask_tools.evaluate import draw, findings, judge, measure, metrics, plan

META = {"maskgit.class_count": 3, "maskgit.sha256.data": "00", "maskgit.sampler.steps": 12,
        "maskgit.sampler.schedule": "cosine", "maskgit.sampler.temperature": float(np.float32(0.7)),
        "maskgit.sampler.choice_temperature": 1.5, "maskgit.sampler.cfg_scale": 1.0}

# Draws noise on stripes, which depend on the image's index, the steps and the seed.
PROGRAM = """\
#!{python} -IS
import json, os, random, struct, sys, zlib
args = sys.argv[1:]
if args[0] == "bench":
    rows = [{{"name": "picture, batch 1", "images_per_s": 5}},
            {{"name": "picture, token by token", "images_per_s": 0.1}}]
    print(json.dumps({{"settings": {{"steps": 12}}, "devices": [{{"rows": rows}}]}}))
    sys.exit()
if args == ["--version"]:
    print("unmask 9.9.9")
    sys.exit()
given = {{}}
flags = ("--all-classes", "-q", "--json", "--no-metadata")
rest = iter(args[1:])
for word in rest:
    if word in flags:
        given[word] = True
    elif "=" in word:
        given[word.split("=")[0]] = word.split("=")[1]
    else:
        given[word] = next(rest)
open(os.path.join(os.path.dirname(sys.argv[0]), "calls"), "a").write("call\\n")
if "--json" in given:
    print(json.dumps({{"timings": {{"draw_s": 0.5 * int(given["--steps"])}}, "pictures": [1, 2]}}))
    sys.exit()

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

first = int(given.get("--first-image", 0))
each = int(given.get("--count", 1))  # pictures of the first class, then of the next
for index in range(first, first + each * (len(given["-c"].split(",")) if "-c" in given else 3)):
    label = (index - first) // each
    noise = random.Random(f"{{index}} {{given['--steps']}} {{given['-s']}}")
    rows = b"".join(b"\\0" + bytes(min(255, noise.randrange(90) + 60 * (y // 4) * (x % 3 == label))
                                 for x in range(48)) for y in range(16))
    with open(given["-o"] % index, "wb") as stream:
        stream.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">2I5B", 16, 16, 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
"""

PLAN = """
config = "toy.toml"
seed = 1
rounds = 2
resamples = 30
judge_steps = 3
score_steps = 2
score_seeds = 1
score_rounds = 2
[[table]]
name = "schedules"
title = "Schedules"
axis = "steps"
lines = "schedule"
axes = { schedule = ["cosine", "linear"], steps = [2, 4] }
[[table]]
name = "samplers"
title = "Samplers"
axis = "passes"
lines = "sampler"
rows = [{ sampler = "confidence", steps = 4 }, { sampler = "recheck", steps = 2, recheck_rounds = 2 }]
[[table]]
name = "guidance"
title = "Guidance"
axes = { cfg_scale = [0.0, 1.0] }
rows = [{ cfg_scale = 1.0, cfg_schedule = "linear" }]
[[table]]
name = "raster"
title = "Token by token"
rounds = 1
rows = [{ label = "parallel", steps = 4 },
        { label = "raster", sampler = "raster", schedule = "linear", steps = 64 }]
[[table]]
name = "duel"
title = "Equal time"
rounds = 3
rows = [{ label = "paper", steps = 4 }, { label = "revising", sampler = "remdm-cap", steps = 4 }]
"""


def fake_program(folder):
    path = os.path.join(folder, "program")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(PROGRAM.format(python=sys.executable))
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


class Frechet(unittest.TestCase):
    def sets(self, count=400, seed=0):
        random = np.random.default_rng(seed)
        mix = random.normal(size=(5, 5))
        return random.normal(size=(count, 5)) @ mix, random.normal(size=(count, 5)) @ mix.T + 0.3

    def test_against_eigenvalues_of_the_product(self):
        a, b = self.sets()
        (m, c), (n, d) = metrics.moments(a), metrics.moments(b)
        self.assertTrue(np.allclose(c, np.cov(a.T)) and np.allclose(m, a.mean(0)))
        root = np.sqrt(np.linalg.eigvals(c @ d).real).sum()
        expected = np.square(m - n).sum() + np.trace(c) + np.trace(d) - 2 * root
        # Both are sums of five square roots of eigenvalues near 10 in float64.
        self.assertAlmostEqual(metrics.Frechet(a)(b), expected, places=9)

    def test_known_distances(self):
        a, _ = self.sets()
        frechet = metrics.Frechet(a)
        mean, covariance = metrics.moments(a)
        # Roots of eigenvalues that are 0 up to 1e-15 are up to 1e-7 off, hence the places.
        self.assertAlmostEqual(frechet(a), 0, places=6)
        self.assertAlmostEqual(frechet(a + 2), 20, places=6)
        self.assertAlmostEqual(frechet(3 * a), 4 * (np.trace(covariance) + mean @ mean), places=6)

    def test_weights_are_repetitions(self):
        a, b = self.sets(60)
        times = np.arange(60) % 3
        kept = times > 0
        value = metrics._weighted(metrics.Frechet(b), a[kept], times[kept], times.sum())
        self.assertAlmostEqual(value, metrics.Frechet(b)(np.repeat(a, times, 0)), places=9)

    def intervals(self, seeds, labels, spread):
        """[(value, interval)] of sets whose classes lie `spread` apart."""
        real = np.random.default_rng(1).normal(size=(500, 6))
        frechet, found = metrics.Frechet(real), []
        for seed in range(seeds):
            drawn = np.random.default_rng(100 + seed).normal(size=(len(labels), 6)) * np.linspace(0.5, 1.5, 6)
            drawn += 0.3 + spread * np.random.default_rng(7).normal(size=(labels.max() + 1, 6))[labels]
            found.append(metrics.frechet_with_interval(frechet, drawn, labels, 80, seed))
        return found

    def test_intervals_hold_what_they_promise(self):
        """Of 100 sets the interval should hold their mean distance 95 times; 84 is 5 deviations less."""
        for labels in (np.zeros(120, np.int64), np.arange(120) % 60, np.arange(120) % 40):
            found = self.intervals(100, labels, 1.0)
            mean = np.mean([value for value, _ in found])
            self.assertGreaterEqual(sum(low <= mean <= high for _, (low, high) in found), 84)
            for value, (low, high) in found:
                self.assertTrue(low < value < high)

    def test_classes_drawn_equally_often_make_narrow_intervals(self):
        """What tells classes apart is no chance; with one picture of each nobody can know."""
        width = [np.mean([high - low for _, (low, high) in self.intervals(5, np.arange(120) % classes, 3.0)])
                 for classes in (40, 120)]
        self.assertLess(2 * width[0], width[1])


class Scores(unittest.TestCase):
    def test_mean_and_interval(self):
        values = np.random.default_rng(0).random(2000) < 0.3
        one = np.zeros(2000, np.int64)
        value, (low, high) = metrics.mean_with_interval(values, one, 500, 1)
        self.assertAlmostEqual(value, values.mean())
        # Binomial: 1.96 sqrt(0.3 0.7 / 2000) = 0.02 to each side; 500 resamples know that to a tenth.
        self.assertAlmostEqual((high - low) / 2, 0.0201, delta=0.003)
        self.assertEqual(metrics.mean_with_interval(values, one, 50, 1),
                         metrics.mean_with_interval(values, one, 50, 1))

    def test_classes_count_equally(self):
        weights = metrics.class_weights(np.array([0, 0, 0, 1]))
        self.assertTrue(np.allclose(weights, [1 / 6, 1 / 6, 1 / 6, 1 / 2]))
        value = metrics.mean_with_interval([1, 1, 1, 0], np.arange(4), 10, 0, weights)[0]
        self.assertAlmostEqual(value, 0.5)

    def test_balls(self):
        line = np.array([[0.0], [1.0], [2.0], [10.0]])
        self.assertEqual(metrics.radii(line, 1).tolist(), [1, 1, 1, 64])
        self.assertEqual(metrics.inside(np.array([[3.5], [-1.0], [2.5], [-50.0]]), line[:3],
                                        metrics.radii(line[:3], 1)).tolist(), [False, True, True, False])

    def test_nearest_and_copies(self):
        pictures = np.zeros((3, 4, 4, 3), np.uint8)
        pictures[1] += 51
        pictures[2] += 153
        small = metrics.half_size(pictures)
        self.assertTrue(np.allclose(metrics.nearest(small, small), 0, atol=1e-6))
        self.assertTrue(np.allclose(metrics.nearest(small, small, same=True), [0.2, 0.2, 0.4], atol=1e-6))

    def test_diversity(self):
        features = np.array([[0.0, 0], [3, 4], [1, 1], [1, 1], [7, 7]])
        found = metrics.same_class_distances(features, np.array([0, 0, 1, 1, 2]))
        self.assertTrue(np.allclose(found, [5, 0]))

    def test_ranks(self):
        logits = np.array([[1.0, 3, 2], [1, 3, 2]])
        self.assertEqual(judge.ranks(logits, np.array([1, 0])).tolist(), [0, 2])


class Judge(unittest.TestCase):
    def test_file_keeps_what_it_says(self):
        torch.manual_seed(0)
        model = judge.Judge(5).eval()
        pictures = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype(np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "j.npz")
            judge.save(path, model, {"classes": ["a"], "size": 16})
            again, about = judge.load(path)
            self.assertEqual((os.listdir(folder), about["size"]), (["j.npz"], 16))
        (stages, logits), (same, others) = model.read(pictures), again.read(pictures)
        for one, other in zip([*stages, logits], [*same, others]):
            # float16 kernels: 2^-11 of each weight, in nine layers.
            self.assertLess(np.abs(one - other).max(), 0.02 * np.abs(one).max())
        self.assertEqual([stage.shape for stage in stages], [(4, 4 * 96), (4, 4 * 128)])
        with torch.no_grad():
            whole = model(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255).numpy()
        self.assertLess(np.abs(whole - logits).max(), 1e-4 * np.abs(logits).max())


class Plans(unittest.TestCase):
    def load(self, text, **more):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "plan.toml")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            return plan.load(path, META, **more)

    def test_rows(self):
        what = self.load(PLAN)
        self.assertEqual([len(table.rows) for table in what.tables], [4, 2, 3, 2, 2])
        recheck = what.tables[1].rows[1]
        self.assertEqual((recheck.passes(), recheck.rounds, what.tables[4].rows[0].rounds), (4, 2, 3))
        self.assertEqual(recheck.settings["temperature"], 0.7)
        quick = self.load(PLAN, quick=True)
        self.assertEqual([len(table.rows) for table in quick.tables], [2] * 5)
        self.assertLessEqual(quick.resamples, 20)

    def test_equal_rows_are_one(self):
        defaults = plan.model_defaults(META)
        same = plan.resolve(defaults, {})
        for given in [{"steps": 12}, {"temperature": 0.7}, {"sampler": "confidence", "eta": 0.3},
                      {"cfg_schedule": "constant", "top_p": 1}, {"loop": "0.5"}, {"cfg_scale": 1}]:
            self.assertEqual(plan.resolve(defaults, given), same)
        for given in [{"steps": 13}, {"temperature": 0.8}, {"sampler": "halton"}, {"top_k": 4},
                      {"cfg_schedule": "linear"}]:
            self.assertNotEqual(plan.resolve(defaults, given), same)
        self.assertEqual(plan.resolve(defaults, {"cfg_scale": 0, "cfg_schedule": "linear"}),
                         plan.resolve(defaults, {"cfg_scale": 0.0}))

    def test_wrong_ones_are_named(self):
        with self.assertRaisesRegex(plan.PlanError, "duel.*stepps"):
            self.load(PLAN.replace('label = "paper", steps', 'label = "paper", stepps'))
        with self.assertRaisesRegex(plan.PlanError, "neither axes nor rows"):
            self.load(PLAN.replace("axes = { schedule", "axis2 = { schedule"))


class Rounds(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.program = fake_program(self.place.name)
        defaults = plan.model_defaults(META)
        self.rows = [plan.Row(plan.resolve(defaults, given), given, "", rounds)
                     for given, rounds in (({"steps": 2}, 2), ({"steps": 3}, 1), ({"steps": 2}, 1))]

    def store(self, name, class_step=1):
        folder = os.path.join(self.place.name, name)
        os.makedirs(folder, exist_ok=True)
        return draw.Store(folder, self.program, "model", META, 1, class_step)

    def calls(self):
        with open(os.path.join(self.place.name, "calls"), encoding="utf-8") as stream:
            return len(stream.readlines())

    def test_a_round_is_drawn_once_and_more_go_on(self):
        store = self.store("a")
        draw.draw(store, self.rows, 2, 1)
        self.assertEqual(self.calls(), 3)
        two, labels = store.pictures(self.rows[0].settings, 2)
        self.assertEqual((two.shape, labels.tolist()), ((6, 16, 16, 3), [0, 1, 2] * 2))
        self.rows[0].rounds = 3
        os.unlink(store.packed(self.rows[1].settings, 0))
        self.assertEqual(len(draw.missing(store, self.rows)), 2)
        draw.draw(store, self.rows, 1, 1)
        self.assertEqual(self.calls(), 5)
        self.assertTrue(np.array_equal(store.pictures(self.rows[0].settings, 3)[0][:6], two))

    def test_one_class_in_two(self):
        store, all_of_them = self.store("a", 2), self.store("a")
        settings = self.rows[0].settings
        command = store.command(settings, 1, 1)
        self.assertEqual((command[command.index("-c") + 1], command[command.index("--first-image") + 1]),
                         ("0,2", "2"))
        self.assertNotIn("--all-classes", command)
        self.assertNotEqual(store.key(settings), all_of_them.key(settings))
        draw.draw(store, self.rows, 1, 1)
        pictures, labels = store.pictures(settings, 2)
        self.assertEqual((len(pictures), labels.tolist()), (4, [0, 2, 0, 2]))

    def test_half_a_round_is_drawn_again(self):
        store = self.store("a")
        settings = self.rows[1].settings
        os.makedirs(store.raw(settings, 0))
        with open(store.names(settings, 0)[0], "wb") as stream:
            stream.write(b"half")
        self.assertFalse(store.drawn(settings, 0))
        draw.draw(store, self.rows, 1, 1)
        self.assertEqual(len(store.pictures(settings, 1)[0]), 3)

    def test_a_failing_program_is_an_error(self):
        store = self.store("a")
        store.program = "/bin/false"
        with self.assertRaises(subprocess.CalledProcessError):
            draw.draw(store, self.rows, 1, 1)

    def test_gnu_parallel_draws_the_same(self):
        parallel = shutil.which("parallel")
        version = subprocess.run([parallel, "--version"], capture_output=True) if parallel else None
        if version is None or b"GNU parallel" not in version.stdout:
            self.skipTest("skip: GNU parallel is not installed")
        here, there = self.store("a"), self.store("b c")
        draw.draw(here, self.rows, 1, 1)
        lines = list(draw.commands(there, self.rows))
        self.assertEqual(len(lines), 3)
        subprocess.run([parallel, "--will-cite", "-j2"], input="\n".join(lines), text=True, check=True,
                       env={**os.environ, "HOME": self.place.name}, capture_output=True, timeout=120)
        self.assertEqual(draw.missing(there, self.rows), [])
        self.assertEqual(list(draw.commands(there, self.rows)), [])
        draw.draw(there, self.rows, 1, 1)
        for row in self.rows:
            self.assertTrue(np.array_equal(here.pictures(row.settings, row.rounds)[0],
                                           there.pictures(row.settings, row.rounds)[0]))

    def test_time_is_measured_once(self):
        clock = draw.Clock(self.store("a"), os.path.join(self.place.name, "s.json"))
        clock.measure(self.rows)
        self.assertEqual(self.calls(), 2 * clock.runs)
        again = draw.Clock(self.store("a"), os.path.join(self.place.name, "s.json"))
        again.measure(self.rows)
        self.assertEqual((self.calls(), again.seconds(self.rows[1].settings)), (2 * clock.runs, 0.75))


class AccuracyScore(unittest.TestCase):
    def test_classes_of_one_picture_do_not_count(self):
        def reference(labels):
            made = object.__new__(measure.Reference)
            made.data, made.resamples, made.seed = SimpleNamespace(labels=np.array(labels)), 30, 1
            return made
        two = reference([0, 0, 1, 2, 2, 2, 2])
        self.assertEqual(two.several().tolist(), [True, True, False, True, True, True, True])
        share, _ = measure._mean_of_several(two, np.array([1, 0, 0, 1, 1, 1, 0]))
        self.assertAlmostEqual(share, (1 / 2 + 3 / 4) / 2)  # classes count equally
        one = reference([0, 1, 2])
        self.assertIsNone(measure.accuracy_score(one, None, None, 1, 1))
        self.assertIsNone(measure.real_accuracy(one, 1, 1))


class Recognition(unittest.TestCase):
    """tools/evaluate.py"""

    def test_pictures_of_a_class_stand_together(self):
        with tempfile.TemporaryDirectory() as folder:
            args = SimpleNamespace(program=fake_program(folder), model="model", per_class=2, seed=1)
            made = evaluate.program_pictures(args, SimpleNamespace(steps=4))
            names = [os.path.join(folder, f"{i}.png") for i in range(6)]
            subprocess.run([args.program, "generate", "--all-classes", "--count", "2", "--steps=4", "-s", "1",
                            "-o", os.path.join(folder, "%d.png")], check=True)
            drawn = [np.asarray(Image.open(name)) for name in names]
        self.assertTrue((made == np.stack(drawn)).all())
        colours = made[:, -1].mean(1).argmax(1)  # the bright channel of the last row is the class
        self.assertEqual(colours.tolist(), [0, 0, 1, 1, 2, 2])
        self.assertFalse((made[0] == made[1]).all())

    def test_classes_of_groups(self):
        settings = SimpleNamespace(groups=[], subgroups=[], pictures="none.tar", labels="labels.csv")
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "labels.csv"), "w", encoding="utf-8") as stream:
                stream.write("file,codepoints,name,group\n1,43,c,Z\n2,41,a,X\n3,42,b,Y & Y\n4,43,c,Z\n")
            args = SimpleNamespace(data=folder, group=["X", "Y & Y,Z"])
            found = evaluate.members(args, settings)
            self.assertEqual({text: inside.tolist() for text, inside in found.items()},
                             {"X": [False, True, False], "Y & Y,Z": [True, False, True]})
            args.group = ["X,W"]
            with self.assertRaisesRegex(ValueError, "--group: W is not one of X, Y & Y, Z$"):
                evaluate.members(args, settings)
        args = SimpleNamespace(data=folder, group=[])
        self.assertEqual(evaluate.members(args, settings), {})


class Findings(unittest.TestCase):
    def test_only_intervals_apart_differ(self):
        def scores(value, wide):
            return {"frechet": (value, (value - wide, value + wide))}
        self.assertEqual(findings.compare(scores(1, 0.4), scores(2, 0.4)), -1)
        self.assertEqual(findings.compare(scores(2, 0.4), scores(1, 0.4)), 1)
        self.assertEqual(findings.compare(scores(1, 0.5), scores(2, 0.6)), 0)

    def test_a_schedule_wins_only_where_others_were_drawn_and_intervals_are_apart(self):
        def row(schedule, steps, value):
            return (SimpleNamespace(settings={"schedule": schedule, "steps": steps}),
                    {"frechet": (value, (value - 1, value + 1))})
        rows = [row("cosine", 4, 5.1), row("cubic", 4, 5.0), row("sqrt", 4, 9.0), row("cosine", 8, 2.0),
                row("cubic", 8, 6.0), row("cosine", 32, 5.0)]
        which, many = findings.schedules(rows)
        self.assertIn("cubic with 4 steps (not distinguishable: cosine), cosine with 8 steps: "
                      "cosine is always the best or not distinguishable from the best", which)
        self.assertNotIn("32", which)
        self.assertIn("cosine is best with 8 steps, 2.00 (1.00 to 3.00); with 32 steps it has 5.00 (4.00 to "
                      "6.00). More steps are worse", many)
        self.assertIn("not always", findings.schedules([row("cosine", 4, 9.0), row("cubic", 4, 5.0)])[0])
        alone = findings.schedules([row("cosine", 4, 5.0), row("cosine", 8, 5.1)])
        self.assertIn("no measurable harm", alone[0])

    def test_a_duel_is_at_equal_passes_and_says_which_way_it_went(self):
        def row(label, value):
            return (SimpleNamespace(settings={"sampler": label}, label=label, passes=lambda: 16),
                    {"frechet": (value, (value - 1, value + 1))})
        clock = SimpleNamespace(seconds=lambda settings: 0.5 if settings["sampler"] == "recheck" else 1.0)
        rows = [row("paper", 5.0), row("recheck", 2.0), row("halton", 5.5), row("remdm", 9.0)]
        lines = findings.duel(rows, clock, "Title")
        self.assertIn("*Title.* Baseline: *paper*, Fréchet distance 5.00 (4.00 to 6.00).", lines[0])
        self.assertIn("2.00 (1.00 to 3.00), 16 passes, 0.50 times the baseline's time. Significantly better.",
                      lines[1])
        self.assertIn("No significant difference.", lines[2])
        self.assertIn("Significantly worse.", lines[3])

    def test_what_guidance_changes_is_a_sentence(self):
        def row(scale, low, high):
            scores = {"frechet": (scale + 1, (scale, scale + 2)), "precision": (low, None),
                      "recall": (high, None)}
            return SimpleNamespace(settings={"cfg_scale": scale}), scores
        self.assertIn("From scale 0 to scale 4, precision goes from 0.50 to 0.75, recall from 1.00 to 0.25. "
                      "The smallest distance is at scale 0, 1.00",
                      findings.guidance([row(4, 0.75, 0.25), row(0, 0.5, 1.0)])[0])

    def test_numbers(self):
        self.assertEqual([findings.text(v) for v in (0, 0.01234, 1.234, 12.34, 123.4, 1234.5)],
                         ["0", "0.0123", "1.23", "12.3", "123", "1234"])


class Report(unittest.TestCase):
    def run_tool(self, *more):
        made = self.run_any(*more)
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout

    def run_any(self, *more):
        tool = os.path.join(TOOLS, "evaluate_report.py")
        return subprocess.run([sys.executable, tool, *self.common, *more], capture_output=True, text=True)

    def setUp(self):
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            self.skipTest("skip: no matplotlib for this python3")
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        folder = self.place.name
        test_pipeline.toy_data(folder)
        self.config, model = os.path.join(folder, "toy.toml"), os.path.join(folder, "toy.gguf")
        for path, text in ((self.config, test_pipeline.TOY), (os.path.join(folder, "plan.toml"), PLAN)):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        self.toy_model(model)
        self.page = os.path.join(folder, "QUALITY.md")
        self.cache = os.path.join(folder, "cache")
        self.common = [os.path.join(folder, "plan.toml"), "--data", folder, "--model", model, "--program",
                       fake_program(folder), "--cache", self.cache, "-o", self.page]

    def toy_model(self, path):
        from unmask_tools import model_file
        from unmask_tools import transformer as transformers
        config = configs.load(self.config)
        names = data.load(self.place.name, config.data)
        tokenizer = model_file.Tokenizer(config.tokenizer)
        transformer = transformers.make(config.transformer, config.tokenizer.codebook_size,
                                        len(names.names), configs.grid(config) ** 2)
        gguf.write(path, model_file.metadata(config, names.names, names.symbols, 0),
                   model_file.tensors(tokenizer, transformer), "f32")

    def test_the_page_and_what_it_shows(self):
        lines = self.run_tool("--commands").split("\n")
        self.run_tool()
        with open(self.page, encoding="utf-8") as stream:
            page = stream.read()
        folder = os.path.join(self.place.name, "quality")
        self.assertEqual(sorted(os.listdir(folder)),
                         ["guidance.svg", "samplers.svg", "schedules.svg", "time.svg"])
        for name in os.listdir(folder):
            self.assertIn(f"quality/{name}", page)
        self.assertNotIn("Not finished", page)
        for head in ("Schedules", "Samplers", "Guidance", "Token by token", "Equal time", "Which schedule",
                     "How many steps", "50 times as long", "Classification accuracy score", "revising",
                     "Quality against time"):
            self.assertIn(head, page)
        self.assertGreaterEqual(len(lines), 20)
        self.check_that_nothing_is_repeated(page)

    def test_one_class_in_two(self):
        with open(self.common[0], "w", encoding="utf-8") as stream:
            stream.write("class_step = 2\n" + PLAN)
        self.run_tool()
        with open(self.page, encoding="utf-8") as stream:
            page = stream.read()
        self.assertIn("3 classes", page)
        self.assertIn("one picture of each of 2 classes (one class in 2)", page)
        self.assertIn("2 (4 pictures)", page)

    def check_that_nothing_is_repeated(self, page):
        calls = os.path.join(self.place.name, "calls")
        before = os.path.getsize(calls)
        self.run_tool()
        with open(self.page, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), page)
        self.assertEqual(os.path.getsize(calls), before)
        self.assertEqual(self.run_tool("--commands").strip(), "")

    def test_what_is_there_is_shown(self):
        os.makedirs(self.cache)
        rows = self.run_tool("--commands").split("\n")
        for line in rows[:4]:  # the first round of the schedules
            subprocess.run(line, shell=True, check=True)
        self.run_tool("--as-is")
        with open(self.page, encoding="utf-8") as stream:
            page = stream.read()
        self.assertIn("## Schedules", page)
        self.assertIn("1 (3 pictures)", page)
        self.assertIn("**Not finished:**", page)
        self.assertNotIn("## Guidance", page)

    def test_where_nothing_is_drawn_nothing_is_said_of_scores(self):
        os.makedirs(self.cache)
        self.run_tool("--as-is")
        with open(self.page, encoding="utf-8") as stream:
            page = stream.read()
        self.assertIn("**Not measured:**", page)
        self.assertIn("## Repeating it", page)
        self.assertNotIn("Fréchet", page)

    def test_wrong_use_is_one_line(self):
        self.common[0] = os.path.join(self.place.name, "none.toml")
        made = self.run_any()
        self.assertEqual((made.returncode, made.stderr.count("\n")), (1, 1))
        self.assertIn("none.toml", made.stderr)


if __name__ == "__main__":
    unittest.main()
