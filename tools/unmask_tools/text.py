"""Words for messages; tables in TOML."""
import tomllib


def listed(names, limit=8):
    """a, b, c: all of them, or the first `limit` and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def read_toml(path):
    """The table of a TOML file. A byte order mark, which TOML does not know, is skipped."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return tomllib.loads(stream.read())
