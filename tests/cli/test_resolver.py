"""The resolver against a DNS server of the test's own. Argument: the program made of ask.c."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from dns_server import (NXDOMAIN, SERVFAIL, DnsServer, alias, labels, large_txt, rcode, silence,
                        txt)
from tap import Tests, equal  # noqa: E402

ASK = sys.argv[1]
TOGETHER = 60
LARGE = b"k" * 3000

tests = Tests()


def ask(server, names, milliseconds=10000):
    run = subprocess.run([ASK, server.address, str(milliseconds), *names], capture_output=True,
                         timeout=60, check=False)
    equal(run.stderr, b"", "standard error")
    equal(run.returncode, 0, "exit status")
    return run.stdout.splitlines()


def one(zone, name, **how):
    with DnsServer(zone) as server:
        return ask(server, [name], **how)[0]


ANSWERS = [
    ("a TXT record", "k.example.org", txt(b"p=A"), b"answered 0 p=A"),
    ("two TXT records", "k.example.org", txt(b"a", b"b"), b"answered 0 a b"),
    ("strings of one record are joined", "k.example.org", txt(b"x" * 600),
     b"answered 0 " + b"x" * 600),
    ("an answer that needs TCP", "k.example.org", large_txt(LARGE), b"answered 0 " + LARGE),
    ("an alias to nowhere is there", "k.example.org", alias("j.example.org"), b"nodata 0"),
    ("no such data", "k.example.org", txt(), b"nodata 0"),
    ("no such name", "k.example.org", rcode(NXDOMAIN), b"nxdomain 0"),
    ("the server fails", "k.example.org", rcode(SERVFAIL), b"servfail 0"),
    ("capital letters in the question", "K.Example.ORG", txt(b"p=A"), b"answered 0 p=A"),
]


def add_answer(name, question, made, wanted):
    tests.add(name, lambda: equal(one({labels(question): made}, question), wanted, "answer"))


for row in ANSWERS:
    add_answer(*row)


@tests.test("an alias is followed")
def _():
    zone = {labels("k.example.org"): alias("j.example.org"), labels("j.example.org"): txt(b"p=A")}
    equal(one(zone, "k.example.org"), b"answered 0 p=A", "answer")


@tests.test("odd octets reach the server as they are")
def _():
    label = b"a\\b \"\xc3\xbc\x01;("
    equal(one({(label, b"example", b"org"): txt(b"odd")}, label + b".example.org"),
          b"answered 0 odd", "answer")


@tests.test("a name that the DNS cannot hold is not there")
def _():
    for name in ("a..example.org", "a" * 64 + ".example.org", ".".join(["a" * 63] * 5)):
        equal(one({}, name)[:8], b"nxdomain", name)


@tests.test("private reverse names and loopback servers are asked")
def _():
    name = "1.0.168.192.in-addr.arpa"
    equal(one({labels(name): txt(b"lan")}, name), b"answered 0 lan", "answer")


@tests.test("silence ends at the deadline")
def _():
    with DnsServer({labels("mute.example.org"): silence,
                    labels("k.example.org"): txt(b"p=A")}) as server:
        equal(ask(server, ["mute.example.org", "k.example.org"], 700),
              [b"timeout -1", b"answered 0 p=A"], "answers")


@tests.test(f"{TOGETHER} questions are open at the same moment")
def _():
    names = [f"k{i}.held.example" for i in range(TOGETHER)]
    zone = {labels(name): txt(name.encode()) for name in names}
    with DnsServer(zone, held=labels("held.example"), wave=TOGETHER) as server:
        answers = ask(server, names)
        equal(server.most_open, TOGETHER, "questions open at once")
    equal(answers, [b"answered 0 " + name.encode() for name in names], "answers")


@tests.test("a question that stands twice is asked once")
def _():
    with DnsServer({labels("k.example.org"): txt(b"p=A")}) as server:
        equal(ask(server, ["k.example.org"] * 3), [b"answered 0 p=A"] * 3, "answers")
        equal(len(server.asked), 1, "questions that came")


@tests.test("an address that is none")
def _():
    run = subprocess.run([ASK, "resolver.example", "100", "a"], capture_output=True, check=False)
    equal(run.returncode, 1, "exit status")


sys.exit(tests.run())
