"""Words for messages."""


def listed(names, limit=8):
    """a, b, c: all of them, or the first `limit` and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
