#!/usr/bin/python3
"""bench/filter.py BUILD [--quick] [PART…]: how fast the mail filter is, beside others.

Parts: `postfix`, messages through Postfix by each filter in turn, in several rounds; `burst`, fifty
messages at once whose DNS answers take their time; `delay`, a message over TCP beside one over a
Unix socket; `soak`, very many messages. Without one, all.

Builds what it needs in BUILD, prints the tables and leaves all figures in BUILD/bench-filter.json.
Servers run in roots of their own below BUILD/servers; without the rights for that, or without an
archive to fetch them from, it says so and ends. It is no test: what is missed is named, and the
exit status is 0.
"""

import base64
import json
import os
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

import filters
from filters import DOMAIN, KEY, SELECTOR, Waybilld
from processes import resident_of, stat_of
from servers import roots
from servers.postfix import Postfix
from servers.site import Site
from servers.unbound import Unbound
from table import count, mark, note, print_verdict, processor, row

HERE = Path(__file__).resolve().parent
KINDS = ("postfix", "unbound", "opendkim", "opendmarc", "rspamd")
OCTETS = 4096
SESSIONS = 8
WARMING = 40  # messages, before anything is measured
BURST, BURST_DELAYS_MS, BURST_WANTED_MS = 50, {"a file": 4000, "libunbound": 300}, 5000
DELAY_WANTED_US = 1000
FLAT = 1.05  # what memory may grow by and still be called flat

Effort = namedtuple("Effort", "rounds messages delays soak")
USUAL, QUICK = Effort(5, 1500, 5000, 200000), Effort(2, 150, 200, 20000)

# `filters` are asked one after the other; `signed` says which message they get.
Setup = namedtuple("Setup", "name title signed filters")
Resolver = namedtuple("Resolver", "where")


def record():
    der = subprocess.run(["openssl", "rsa", "-in", KEY, "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


def zone(included=True):
    """The record for SPF includes another, or has everything itself: then all there is to ask is
    known from the beginning."""
    hosts = "ip4:192.0.2.0/24 ip4:127.0.0.0/8"
    first = f"include:_spf.{DOMAIN}" if included else hosts
    return {DOMAIN: [("TXT", f"v=spf1 {first} -all")],
            f"_spf.{DOMAIN}": [("TXT", f"v=spf1 {hosts} -all")],
            f"_dmarc.{DOMAIN}": [("TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@author.example")],
            f"{SELECTOR}._domainkey.{DOMAIN}": [("TXT", record())]}


# --- messages -------------------------------------------------------------------------------------

HEADER = f"""\
From: Alice Example <alice@{DOMAIN}>
To: Bob <bob@example.org>
Cc: Carol Example <carol@uni.example>,
\t"Dora, of the kitchen" <dora@kitchen.example>
Subject: Bread that rises slowly, and what to do when it does not
Date: Thu, 26 Nov 2026 09:14:07 +0100
Message-ID: <20261126081407.GA2817@{DOMAIN}>
In-Reply-To: <CAF2b3kq7Jp0x@mail.uni.example>
References: <20261030190201.GA991@{DOMAIN}>
 <CAF2b3kq7Jp0x@mail.uni.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: 7bit
User-Agent: Mutt/2.2.9 (2026-01-04)
"""
LINE = "Flour, water and salt; fold it twice an hour, then let it rest until tomorrow.\n"


def sign(build, folder, octets):
    key = folder / "key.pem"
    key.touch(mode=0o600)
    key.write_bytes(KEY.read_bytes())
    return subprocess.run([build / "waybill", "sign", "--dkim", "--domain", DOMAIN, "--key",
                           f"{SELECTOR}={key}"], input=octets, capture_output=True,
                          check=True).stdout


def write_messages(build, folder):
    """As files, by whether they are signed; lines end in LF, as smtp-source wants them."""
    made = {}
    for signed in False, True:
        body = HEADER + "\n"
        while len(body) < OCTETS - 600 * signed:
            body += LINE
        octets = body[:OCTETS - 600 * signed].rstrip().encode() + b"\n"
        made[signed] = folder / ("signed.eml" if signed else "unsigned.eml")
        made[signed].write_bytes(sign(build, folder, octets) if signed else octets)
    return made


# --- through Postfix ------------------------------------------------------------------------------


class Stage:
    """Postfix, with a listener for each setup, and all filters behind it."""

    def __init__(self, build, site, dns, stack):
        self.build, self.site, self.dns, self.stack = build, site, dns, stack
        self.setups = [
            Setup("none", "no filter", True, []),
            Setup("verify-waybilld", "waybilld, everything", True, [self.verifier()]),
            Setup("verify-opendkim-opendmarc", "opendkim and opendmarc", True,
                  [self.peer("opendkim", filters.OpendkimVerifier),
                   self.peer("opendmarc", filters.Opendmarc)]),
            Setup("verify-rspamd", "rspamd, these modules alone", True,
                  [self.peer("rspamd", filters.Rspamd)]),
            Setup("sign-waybilld", "waybilld, DKIM", False, [self.signer("{ dkim }")]),
            Setup("sign-waybilld-dkim2", "waybilld, DKIM and DKIM2", False,
                  [self.signer("{ dkim, dkim2 }")]),
            Setup("sign-opendkim", "opendkim", False,
                  [self.peer("signer", filters.OpendkimSigner)]),
        ]
        behind = {s.name: tuple(f"/run/{s.name}.{i}" for i in range(len(s.filters))) or None
                  for s in self.setups}
        self.postfix = Postfix(site, None, behind)
        for setup in self.setups:
            for i, each in enumerate(setup.filters):  # one socket, in both roots
                os.link(each.socket, self.postfix.root / f"run/{setup.name}.{i}")
        self.messages = write_messages(build, self.postfix.root / "tmp")
        self.postfix.start()

    def peer(self, name, kind):
        return kind(self.site, name, self.dns).start()

    def ours(self, name, role, proof):
        return self.stack.enter_context(closing(Waybilld(
            self.build / "waybilld", self.site.folder / name, self.dns, role, proof)))

    def verifier(self):
        return self.ours("verifier", filters.RECEIVER, "dmarc=pass")

    def signer(self, kinds):
        proof = "dkim2=signed" if "dkim2" in kinds else "dkim=signed"
        return self.ours(f"signer-{proof}", f"{filters.ORIGINATOR}\n    sign = {kinds}", proof)

    def send(self, setup, messages):
        """Seconds until all of them came out."""
        start = time.monotonic()
        file = self.messages[setup.signed].name
        subprocess.run(["chroot", self.postfix.root, "/usr/sbin/smtp-source", "-s", str(SESSIONS),
                        "-m", str(messages), "-f", f"alice@{DOMAIN}", "-t", "bob@example.org", "-F",
                        f"/tmp/{file}", f"{self.site.address}:{self.postfix.ports[setup.name]}"],
                       check=True)
        self.postfix.wait_until_empty()
        return time.monotonic() - start

    def warm(self, setup):
        """Everybody must do what it is measured for."""
        self.send(setup, WARMING)
        for each in setup.filters:
            did = sum(each.proof in line for line in each.log().splitlines())
            if did < WARMING:
                sys.exit(f"bench/filter.py: {setup.title}: {did} of {WARMING} messages have "
                         f"\"{each.proof}\" in the log:\n{each.log()[-2000:]}")

    def measure(self, setup, messages):
        """Messages a second, seconds of the processor for a thousand."""
        pids = [pid for each in setup.filters for pid in each.processes()]
        before = sum(map(stat_of, pids))
        took = self.send(setup, messages)
        return messages / took, 1000 * (sum(map(stat_of, pids)) - before) / messages

    def resident(self, setup):
        return sum(resident_of(pid) for each in setup.filters for pid in each.processes())


def through_postfix(build, site, dns, effort):
    with ExitStack() as stack:
        stage = Stage(build, site, dns, stack)
        runs = {setup.name: [] for setup in stage.setups}
        for setup in stage.setups:
            stage.warm(setup)
        for turn in range(effort.rounds):
            note(f"through Postfix, round {turn + 1} of {effort.rounds} …")
            for setup in stage.setups:
                runs[setup.name].append(stage.measure(setup, effort.messages))
        found = []
        for setup in stage.setups:
            rates, costs = zip(*runs[setup.name])
            found.append({"name": setup.name, "title": setup.title, "signs": not setup.signed,
                          "per-second": median(rates), "cpu-seconds": median(costs),
                          "resident": stage.resident(setup), "rates": rates, "costs": costs})
    return found


# --- the filter by itself -------------------------------------------------------------------------


class Client:
    """The program that plays an MTA, with the signed message."""

    def __init__(self, build, site):
        self.program = build / "bench" / "bench_filter"
        self.message = write_messages(build, site.folder)[True]

    def command(self, mode, number, *sockets):
        return list(map(str, [self.program, mode, self.message, number, *sockets]))

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), check=True, capture_output=True, text=True)
        return [line.split("\t")[1:] for line in done.stdout.splitlines()]


def write_zone(site):
    """Answers in a file; one round trip has them all."""
    file = site.folder / "zone.json"
    file.write_text(json.dumps({"waybill-dns": 1, "default": "nxdomain", "answers": [
        {"name": name, "type": kind, "status": "answered", "data": [value]}
        for name, records in zone(included=False).items() for kind, value in records]}))
    return file


@contextmanager
def forwarder(file, milliseconds):
    """A DNS server that is so far away."""
    command = [sys.executable, HERE / "dns_forwarder.py", file, str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        yield Resolver(process.stdout.readline().strip())
        process.stdin.close()


@contextmanager
def slow_waybilld(build, site, dns, how):
    """Whose answers take what the table says."""
    file, delay = write_zone(site), BURST_DELAYS_MS[how]
    socket = site.folder / "slow"
    if how == "a file":
        options = ["--dns", file, "--dns-delay", delay]
        with closing(Waybilld(build / "waybilld", socket, dns, options=options)) as ours:
            yield ours
        return
    with forwarder(file, delay) as far, closing(Waybilld(build / "waybilld", socket, far)) as ours:
        yield ours


def burst(build, site, dns, _):
    """Nothing is in a cache: each has a daemon of its own."""
    client, found = Client(build, site), []
    for how, delay in BURST_DELAYS_MS.items():
        note(f"{BURST} at once, answers of {how} …")
        with slow_waybilld(build, site, dns, how) as ours:
            [[took]] = client.run("burst", BURST, f"unix:{ours.socket}")
            checked = len(ours.lines("dmarc=pass"))
        found.append({"answers": how, "delay-ms": delay, "messages": BURST, "ms": float(took),
                      "wanted-ms": BURST_WANTED_MS, "passed": checked})
    return found


def delay(build, site, dns, effort):
    """One connection to each socket, a message by each in turn."""
    note("over TCP …")
    inet = f"inet:{site.port()}@{site.address}"
    path = site.folder / "by-path"
    with closing(Waybilld(build / "waybilld", path, dns)), \
            closing(Waybilld(build / "waybilld", inet, dns)):
        lines = Client(build, site).run("delay", effort.delays, f"unix:{path}", inet)
    by_path, by_inet = (float(us) for _, us in lines)
    return {"unix-us": by_path, "inet-us": by_inet, "wanted-us": DELAY_WANTED_US}


def look_at(pid):
    """Descriptors and resident octets, once the closed connections are closed there too."""
    time.sleep(0.3)
    return len(os.listdir(f"/proc/{pid}/fd")), resident_of(pid)


def soak(build, site, dns, effort):
    found, client = [], Client(build, site)
    with closing(Waybilld(build / "waybilld", site.folder / "soak", dns)) as ours:
        pid = ours.process.pid
        command = client.command("soak", effort.soak, f"unix:{ours.socket}")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as running:
            for line in running.stdout:
                done, seconds = line.split("\t")[1:]
                note(f"{done} messages …")
                descriptors, octets = look_at(pid)
                found.append({"messages": int(done), "seconds": float(seconds),
                              "cpu-seconds": stat_of(pid), "descriptors": descriptors,
                              "resident": octets})
                running.stdin.write("\n")
                running.stdin.flush()
    return found


# --- the tables -----------------------------------------------------------------------------------


def megabytes(octets):
    return f"{octets / 1e6:.1f} MB" if octets else "–"


def print_postfix(found, signs):
    """Each row beside what Waybill costs for the same."""
    rows = [f for f in found if f["signs"] == signs or f["name"] == "none"]
    ours = next(f for f in rows if "waybilld" in f["name"])
    widths = (10, 16, 12, 12)
    row(f"{'signing' if signs else 'verifying'} {OCTETS >> 10} KB through Postfix", 30,
        zip(("a second", "CPU s for 1000", "waybilld's", "resident"), widths))
    for f in rows:
        cpu = f["cpu-seconds"]
        times = f"{cpu / ours['cpu-seconds']:.1f} times" if cpu and f is not ours else ""
        cells = (count(f["per-second"]), f"{cpu:.2f}" if f["resident"] else "–", times,
                 megabytes(f["resident"]))
        row(f["title"], 30, zip(cells, widths))
    print()


def print_burst(found):
    widths = (14, 12, 12)
    row(f"{BURST} messages at once", 34, zip(("each answer", "all done", "at most"), widths))
    for f in found:
        row(f"answers of {f['answers']}", 34,
            zip((f"{f['delay-ms']} ms", f"{f['ms']:,.0f} ms", f"{f['wanted-ms']:,} ms"), widths),
            mark(is_slow(f)))
    print()


def print_delay(found):
    widths = (12, 12, 12, 12)
    row("a message, MAIL to verdict", 30,
        zip(("Unix socket", "TCP", "more by", "at most"), widths))
    more = found["inet-us"] - found["unix-us"]
    row("waybilld, verifying", 30,
        zip((f"{found['unix-us']:.0f} µs", f"{found['inet-us']:.0f} µs", f"{more:.0f} µs",
             f"{found['wanted-us']} µs"), widths), mark(is_dear(found)))
    print()


def print_soak(found):
    widths = (12, 16, 14, 13)
    row("many messages, no MTA", 25,
        zip(("a second", "CPU s for 1000", "descriptors", "resident"), widths))
    for f in found:
        row(f"after {f['messages']:,}", 25,
            zip((count(f["messages"] / f["seconds"]),
                 f"{1000 * f['cpu-seconds'] / f['messages']:.2f}", f["descriptors"],
                 megabytes(f["resident"])), widths), mark(f is found[-1] and is_leaking(found)))
    print()


def is_slow(burst):
    return burst["ms"] > burst["wanted-ms"] or burst["passed"] < burst["messages"]


def is_dear(found):
    return found["inet-us"] - found["unix-us"] > found["wanted-us"]


def is_leaking(found):
    first, last = found[0], found[-1]
    return (last["descriptors"] > first["descriptors"] or
            last["resident"] > FLAT * first["resident"])


def costs_more(found):
    """Than those whose place it takes."""
    costs = {f["name"]: f["cpu-seconds"] for f in found}
    return costs["verify-waybilld"] > costs["verify-opendkim-opendmarc"]


PARTS = {"postfix": through_postfix, "burst": burst, "delay": delay, "soak": soak}
MISSED = {"postfix": (costs_more, "CPU of waybilld"), "delay": (is_dear, "a message over TCP"),
          "burst": (lambda found: any(map(is_slow, found)), f"{BURST} messages at once"),
          "soak": (is_leaking, "flat memory and descriptors")}


def report(found):
    machine = found["machine"]
    print(f"\n{machine['cpu']}, {machine['cores']} cores; the mail filter\n")
    if "postfix" in found:
        print_postfix(found["postfix"], False)
        print_postfix(found["postfix"], True)
    for part, show in ("burst", print_burst), ("delay", print_delay), ("soak", print_soak):
        if part in found:
            show(found[part])
    print_verdict(found["missed"])


def make_roots(build, parts):
    """What is needed; says why it cannot be had."""
    try:
        why = roots.missing_right()
        for kind in () if why else KINDS if "postfix" in parts else ("unbound",):
            roots.make(build / "servers", kind)
    except OSError as error:
        why = str(error)
    return why


def main(build, quick, parts):
    subprocess.run(["ninja", "-C", build, "benchmarks", "waybill", "waybilld"], check=True,
                   stdout=subprocess.DEVNULL)
    if why := make_roots(build, parts):
        print(f"\nThe mail filter is not measured: {why}")
        return
    found = {"machine": {"cpu": processor(), "cores": os.cpu_count(), "load": os.getloadavg()}}
    with Site(build) as site:
        dns = Unbound(site, zone(), port=53).start()
        for part in parts:
            found[part] = PARTS[part](build, site, dns, QUICK if quick else USUAL)
    found["missed"] = [what for part, (is_missed, what) in MISSED.items()
                       if part in found and is_missed(found[part])]
    report(found)
    (build / "bench-filter.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--quick"]
    if not arguments or not set(arguments[1:]) <= set(PARTS):
        sys.exit("usage: bench/filter.py BUILD [--quick] [postfix|burst|delay|soak…]")
    main(Path(arguments[0]).resolve(), "--quick" in sys.argv, arguments[1:] or list(PARTS))
