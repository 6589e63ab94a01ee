"""The commands of a Markdown page: those in its code blocks, and those in running text."""
import pathlib
import re
import shlex

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# What a command begins with. A script or program of the tree counts, too, if options follow.
PROGRAMS = {"unmask", "$unmask", "unmask-viewer", "python3", "node", "cmake", "ctest", "npm", "apt-get",
            "parallel", "sbatch", "emcmake", "build/release/platform/native/unmask"}
OURS = re.compile(r"[\w./-]+\.(py|sh|mjs)$|[\w./-]*\b(test|bench)_\w+$")
SHELL_ASSIGNMENT = re.compile(r"\w+=\S+$")


def words(text):
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []


def is_command(text, inline):
    found = words(text)
    while len(found) > 1 and re.match(r"[A-Z_]+=", found[0]):
        del found[0]
    if not found:
        return False
    if found[0] in PROGRAMS:
        return len(found) > 1
    if found[0].startswith("scripts/") and found[0].endswith(".sh"):
        return True
    return bool(OURS.match(found[0]) and (len(found) > 1 or not inline))


def of_block(body):
    """The lines of a block, continued ones joined, if its first one is a command; comments end them."""
    lines = [line.strip() for line in re.sub(r"\\\n\s*", " ", body).split("\n")]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or not (is_command(lines[0], False) or SHELL_ASSIGNMENT.match(words(lines[0])[0])):
        return []
    return [re.sub(r"\s+#\s.*$", "", line) for line in lines]


def commands(path):
    """[(line, command)] in the order of the page."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    found = []
    for block in BLOCK.finditer(text):
        if block[1] in ("", "sh"):
            found += [(block.start(), command) for command in of_block(block[2])]
    rest = BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for span in SPAN.finditer(rest):
        command = " ".join(span[1].split())
        if is_command(command, True):
            found.append((span.start(), command))
    return [(text.count("\n", 0, at) + 1, command) for at, command in sorted(found, key=lambda item: item[0])]
