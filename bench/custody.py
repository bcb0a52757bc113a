#!/usr/bin/python3
"""bench/custody.py BUILD [--quick]: what custody costs a list host.

A host that is made as waybilld(8) says, with lists of mlmmj, sends posts to a sink that takes
everything: with Postfix alone, with the second instance before what leaves, and with waybilld, by
turns and in several rounds. Then one post goes to a long list, and what waybilld takes for it
stands beside what its signatures alone take. What mlmmj takes counts with Postfix, which starts it.

Builds what it needs in BUILD, prints the tables and leaves all figures in BUILD/bench-custody.json.
Hosts run in namespaces, in roots below BUILD/servers; without the rights for that, or without an
archive to fetch them from, it says so and ends. It is no test: what is missed is named, and the
exit status is 0.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from processes import stat_of, tree_of
from manual import displays
from servers import network
from table import count, mark, note, per_cent, print_verdict, processor, row
from world import INBOX, RECIPES, SELECTOR, World, missing as missing_hosts, post

DOMAIN, AUTHOR = "lists.example", "author.example"
LISTS, SHORT, LONG = 10, 20, 1000  # short lists; subscribers of each, and of the long one
SESSIONS = 4  # of who sends posts; a list of mlmmj delivers two at a time
PATIENCE = 600  # seconds that copies may take
SIGNED = [f'waybill_signed_total{{method="{method}"}}' for method in ("dkim", "dkim2")]
BODY = b"Flour, water and salt; fold it twice an hour, then let it rest until tomorrow.\r\n" * 50

Effort = namedtuple("Effort", "rounds posts long_posts seconds")
USUAL, QUICK = Effort(5, 100, 3, 3), Effort(1, 20, 1, 1)

# What the manual says of main.cf, and what takes it back. A copy of a setup has so many fields of
# Received and hops of DKIM2.
FIRST, SECOND = (displays("LISTS AND FORWARDERS")[at] for at in (0, 3))
NO_FILTER, NO_SECOND = "smtpd_milters =\n", "default_transport = smtp\n"
Setup = namedtuple("Setup", "name title first second fields")
SETUPS = [
    Setup("plain", "Postfix alone", FIRST + NO_FILTER + NO_SECOND, SECOND, (2, 1)),
    Setup("second", "and its second instance", FIRST + NO_FILTER, SECOND + NO_FILTER, (3, 1)),
    Setup("waybilld", "and waybilld", FIRST, SECOND, (3, 2)),
]


class ListHost:
    """The lists on it, and the sink behind it."""

    def __init__(self, world):
        self.world, self.host = world, world.hosts[DOMAIN]
        self.daemon = world.daemons[DOMAIN]
        self.short = [self.make(f"short{n}", SHORT) for n in range(LISTS)]
        self.long = [self.make("long", LONG)]

    def make(self, name, subscribers):
        """A list; gives its address, and a post for it."""
        address = f"{name}@{DOMAIN}"
        self.host.make_mlmmj(name, [f"subscriber{n:04}@{INBOX}" for n in range(subscribers)])
        return address, self.sign(post(address, BODY), address)

    def sign(self, octets, recipient):
        """As its author's provider does."""
        return subprocess.run(
            [self.world.build / "waybill", "sign", "--dkim", "--dkim2", "--domain", AUTHOR, "--key",
             f"{SELECTOR}={self.world.keys[AUTHOR]}", "--mail-from", f"alice@{AUTHOR}", "--rcpt-to",
             recipient], input=octets, capture_output=True, check=True).stdout

    def use(self, setup):
        """Changes main.cf; returns when copies leave by it."""
        self.host.configure(setup.first)
        self.host.configure(setup.second, "postfix-custody")
        self.host.run("postfix reload")  # both
        end = time.monotonic() + PATIENCE
        while {fields_of(copy) for copy in self.send(self.short, 1, SHORT)} != {setup.fields}:
            assert time.monotonic() < end, f"copies do not leave by {setup.title}"

    def send(self, lists, posts, subscribers):
        """The copies of so many posts, once all of them came out."""
        def submit(number):
            address, octets = lists[number % len(lists)]
            code, reply = self.world.submit(octets, address, domain=DOMAIN)
            assert code == 250, reply
        with ThreadPoolExecutor(SESSIONS) as pool:
            list(pool.map(submit, range(posts)))
        copies, sink = posts * subscribers, self.world.sink
        end = time.monotonic() + PATIENCE
        while len(sink.deliveries) < copies:
            assert time.monotonic() < end, f"{len(sink.deliveries)} of {copies} copies came"
            time.sleep(0.002)
        return sink.take(copies)

    def seconds_of_postfix(self):
        """Of the processor, of both instances."""
        masters = (self.host.root / "var/spool").glob("postfix*/pid/master.pid")
        return sum(stat_of(pid) for file in masters for pid in tree_of(int(file.read_text())))

    def seconds_of_waybilld(self):
        return stat_of(self.daemon.process.pid)


def fields_of(copy):
    return tuple(len(re.findall(b"^" + name + b":", copy.octets, re.M))
                 for name in (b"Received", b"DKIM2-Signature"))


# --- posts to a short list ------------------------------------------------------------------------


def measure(lists, setup, posts):
    """Posts a second, seconds of the processor for 1,000 copies, octets of a copy."""
    lists.use(setup)
    postfix, waybilld = lists.seconds_of_postfix(), lists.seconds_of_waybilld()
    start = time.monotonic()
    copies = lists.send(lists.short, posts, SHORT)
    took = time.monotonic() - start
    return {"per-second": posts / took,
            "postfix": 1000 * (lists.seconds_of_postfix() - postfix) / len(copies),
            "waybilld": 1000 * (lists.seconds_of_waybilld() - waybilld) / len(copies),
            "octets": median(len(copy.octets) for copy in copies)}


def through_lists(lists, effort):
    runs = {setup.name: [] for setup in SETUPS}
    for turn in range(effort.rounds):
        note(f"through the list host, round {turn + 1} of {effort.rounds} …")
        for setup in SETUPS:
            runs[setup.name].append(measure(lists, setup, effort.posts))
    return [{"name": setup.name, "title": setup.title, "runs": runs[setup.name],
             **{key: median(run[key] for run in runs[setup.name]) for key in runs[setup.name][0]}}
            for setup in SETUPS]


# --- one post to a long one -----------------------------------------------------------------------


def signature_seconds(seconds):
    """What libcrypto alone takes for a signature by a key of that kind."""
    lines = subprocess.run(["openssl", "speed", "-mr", "-seconds", str(seconds), "rsa2048"],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    [found] = [line for line in lines if line.startswith("+F2:")]
    return 1 / float(found.split(":")[3])


def one_long_post(lists):
    """What grew, and by how much."""
    def look():
        return {"recipes": lists.world.number(DOMAIN, RECIPES),
                "signatures": sum(lists.world.number(DOMAIN, series) for series in SIGNED),
                "cpu-seconds": lists.seconds_of_waybilld()}
    before = look()
    lists.send(lists.long, 1, LONG)
    return {key: after - before[key] for key, after in look().items()}


def to_the_long_list(lists, effort):
    lists.use(SETUPS[-1])
    runs = []
    for turn in range(effort.long_posts):
        note(f"to {LONG:,} subscribers, post {turn + 1} of {effort.long_posts} …")
        runs.append({**one_long_post(lists), "signature": signature_seconds(effort.seconds)})
    found = {key: median(run[key] for run in runs) for key in runs[0]}
    limit = found["signatures"] * found["signature"]
    alike = all(run["recipes"] == 1 for run in runs)
    return {**found, "runs": runs, "limit": limit, "share": limit / found["cpu-seconds"],
            "missed": [] if alike else ["one recipe for all copies"]}


# --- the tables -----------------------------------------------------------------------------------


def print_lists(found):
    widths = (11, 11, 9, 19, 12)
    row("", 26, zip(("", "octets", "", "CPU s for 1,000:", ""), widths))
    row(f"posts to {SHORT} subscribers", 26,
        zip(("a second", "of a copy", "more", "Postfix", "waybilld"), widths))
    for f, above in zip(found, [None, *found]):
        more = f"{f['octets'] - above['octets']:,.0f}" if above else ""
        cells = (f"{f['per-second']:.1f}", count(f["octets"]), more, f"{f['postfix']:.2f}",
                 f"{f['waybilld']:.2f}" if f is found[-1] else "–")
        row(f["title"], 26, zip(cells, widths))
    print()


def print_long(found):
    widths = (11, 12, 10, 12, 8)
    row(f"a post to {LONG:,} subscribers", 30,
        zip(("recipes", "signatures", "CPU s", "the limit", "share"), widths))
    cells = (count(found["recipes"]), count(found["signatures"]), f"{found['cpu-seconds']:.2f}",
             f"{found['limit']:.2f}", per_cent(found["share"], 0))
    row("waybilld", 30, zip(cells, widths), mark(found["missed"]))
    print()


def report(found):
    machine = found["machine"]
    print(f"\n{machine['cpu']}, {machine['cores']} cores; a list host\n")
    print_lists(found["lists"])
    print_long(found["long"])
    print_verdict(found["long"]["missed"])


def main(build, quick):
    if os.getpid() != 1:  # not yet in the network
        subprocess.run(["ninja", "-C", build, "waybill", "waybilld"], check=True,
                       stdout=subprocess.DEVNULL)
        if why := missing_hosts(build):
            print(f"\nCustody is not measured: {why}")
            return
    network.enter()
    effort = QUICK if quick else USUAL
    found = {"machine": {"cpu": processor(), "cores": os.cpu_count(), "load": os.getloadavg()}}
    with World(build, (AUTHOR, DOMAIN), seal="") as world:
        lists = ListHost(world)
        found["lists"] = through_lists(lists, effort)
        found["long"] = to_the_long_list(lists, effort)
    report(found)
    file = build / "bench-custody.json"
    file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--quick"]
    if len(arguments) != 1:
        sys.exit("usage: bench/custody.py BUILD [--quick]")
    main(Path(arguments[0]).resolve(), "--quick" in sys.argv)
