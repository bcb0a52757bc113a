"""What processes take: of the processor, and of memory. Who imports it finds the tests' modules."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path += [str(TESTS), str(TESTS / "daemon"), str(TESTS / "journey")]
from servers.keeper import children  # noqa: E402


def stat_of(pid):
    """Seconds of the processor, of threads and of children that ended too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def resident_of(pid):
    """Octets; what several processes share is divided among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def tree_of(pid):
    """The process and what it started."""
    known, found = children(), [pid]
    for parent in found:
        found += known.get(parent, [])
    return found
