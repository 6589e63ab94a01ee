#!/usr/bin/env python3
"""Prints what failed or was skipped in a ctest JUnit file, and why; last line: PASSED FAILED SKIPPED."""
import sys
import xml.etree.ElementTree as ElementTree


def reason(case):
    """The first line in which a skipped test says why."""
    output = (case.findtext("system-out") or "").strip().splitlines()
    lines = [line.strip() for line in output if "skip" in line.lower()]
    return lines[0] if lines else "no reason given"


def main(preset, path):
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif status in ("notrun", "disabled"):
            skipped += 1
            print(f"{preset}: skipped {case.get('name')}: {reason(case)}")
        else:
            failed += 1
            print(f"{preset}: FAILED {case.get('name')}")
    print(passed, failed, skipped)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
