"""What the parts of the benchmark print alike."""

import os
import sys
import textwrap
from pathlib import Path

FOLD = 80


def note(text):
    print(text, file=sys.stderr, flush=True)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def count(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def per_cent(share, digits):
    return "" if share is None else f"{100 * share:.{digits}f} %"


def missed(value, wanted, more_is_better):
    if wanted is None or value is None:
        return False
    return value < wanted if more_is_better else value > wanted


def row(first, width, cells, mark=""):
    """A line of a table: text to the left, (text, width) to the right, a mark behind."""
    line = f"{first:<{width}}" + "".join(f"{text:>{n}}" for text, n in cells)
    print((line + mark).rstrip())


def mark(is_missed):
    return "  missed" if is_missed else ""


def print_verdict(names):
    text = f"Missed: {'; '.join(names)}." if names else "Everything that is wanted is reached."
    print(textwrap.fill(text, FOLD, subsequent_indent="  "))
