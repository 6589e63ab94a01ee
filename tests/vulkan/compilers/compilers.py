#!/usr/bin/env python3
"""What the compilers of GPUs that are not here make of the kernels that would be chosen on them.

compilers.py [--keep FOLDER] FAMILY... -- COMMAND...

Runs COMMAND, which ends in compile_kernels, once per FAMILY of AMD's GPUs that radv is to pretend, and
fails where a kernel spills registers, needs scratch memory, or leaves the device less than two subgroups at
a time to hide the time that memory takes. FOLDER keeps what each compiler said, for table.py. A FAMILY with
a + behind it has to offer matrix units. Exit code: 0, 1, 77 = there is no such driver.
"""

import json
import os
import subprocess
import sys

LEAST_KERNELS = 60
LEAST_SUBGROUPS = 2
COUNTS = 0.01  # of a network's operations: how fast anything below is matters to nobody


def lost(statistics):
    """The figures that say registers did not suffice, as every vendor calls them."""
    return {name: value for name, value in statistics.items()
            if value and ("spill" in name.lower() or "scratch" in name.lower() or "fill" in name.lower())}


def subgroups(statistics):
    return statistics.get("Subgroups per SIMD")


def name_of(kernel):
    tile = "x".join(str(v) for v in kernel["constants"][5:9] if v)
    return f"{kernel['kernel']}{' ' + tile if tile else ''} ({kernel['network']})"


def complaints(report):
    """One sentence for each kernel that is not as it should be."""
    found = []
    for kernel in report["kernels"]:
        bad = lost(kernel["statistics"])
        if bad:
            found.append(f"{name_of(kernel)}: {', '.join(f'{k} {v}' for k, v in bad.items())}")
        few = subgroups(kernel["statistics"])
        if few is not None and few < LEAST_SUBGROUPS and kernel["share"] >= COUNTS:
            found.append(f"{name_of(kernel)}: {few} subgroup at a time")
    if len(report["kernels"]) < LEAST_KERNELS:
        found.append(f"only {len(report['kernels'])} kernels")
    return found


def measure(family, command):
    """The report, or None where the driver or the family is missing."""
    environment = {**os.environ, "RADV_FORCE_FAMILY": family}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode == 77:
        return None
    if result.returncode:
        sys.exit(f"{family}: exit code {result.returncode}\n{result.stderr}")
    report = json.loads(result.stdout)
    if family.upper() not in report["device"].upper():
        sys.exit(f"{family} was asked for, {report['device']} came")
    return report


def check(family, command, keep):
    matrices = family.endswith("+")
    family = family.rstrip("+")
    report = measure(family, command)
    if report is None:
        print(f"{family}: not offered by this driver")
        return None
    if keep:
        name = f"{family}-{report['driver'].split()[-1]}.json"
        with open(os.path.join(keep, name), "w", encoding="utf-8") as file:
            json.dump(report, file)
    found = complaints(report)
    if matrices and "coopmat" not in report["paths"]:
        found.append("no matrix units")
    least = min(subgroups(k["statistics"]) or 99 for k in report["kernels"] if k["share"] >= COUNTS)
    print(f"{report['device']}, {report['driver']}: {len(report['kernels'])} kernels"
          f" ({', '.join(report['paths'])}), at least {least} subgroups at a time")
    for line in found:
        print(f"  {line}")
    return not found


def self_check():
    """A judge that finds nothing is none."""
    kernel = {"kernel": "k", "share": 1, "network": "n", "constants": [0] * 14}
    good = {"Spilled VGPRs": 0, "Scratch size": 0, "Subgroups per SIMD": 2}
    for change in ({"Spilled VGPRs": 1}, {"Scratch size": 4}, {"Subgroups per SIMD": 1}, {"Fill Count": 3}):
        bad = {**kernel, "statistics": {**good, **change}}
        assert len(complaints({"kernels": [bad] * LEAST_KERNELS})) == LEAST_KERNELS, change
    assert not complaints({"kernels": [{**kernel, "statistics": good}] * LEAST_KERNELS})


def main(arguments):
    keep = None
    if arguments[:1] == ["--keep"]:
        keep, arguments = arguments[1], arguments[2:]
    if "--" not in arguments:
        sys.exit(__doc__)
    split = arguments.index("--")
    self_check()
    results = [check(family, arguments[split + 1:], keep) for family in arguments[:split]]
    if all(result is None for result in results):
        print("skip: none of these GPUs can be had here")
        return 77
    if None in results:
        print("a family is missing")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
