"""The examples say what the README says they say.

usage: test_examples.py EXAMPLES WAYBILL RECEIVER
"""
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
from tap import Tests  # noqa: E402

EXAMPLES, WAYBILL, RECEIVER = map(os.path.abspath, sys.argv[1:4])
NOW = "1795172400"

DIRECT = ("198.51.100.25", "mx.uni.example", "alice@author.example")
LISTED = ("203.0.113.5", "out.gateway.example", "cooks-bounces@lists.example")
FORGED = ("203.0.113.66", "mailer.example", "bounce@mailer.example")

# file: envelope; spf, dkim, arc, dmarc; what failed the chain; results of the DKIM signatures from
# the top; disposition, and whether a rule lifted DMARC's
EXPECTED = {
    "1-list-post.eml": (LISTED, ("fail", "pass", "pass", "fail"), None, ["pass", "fail"],
                        ("deliver", True)),
    "2-list-post-altered.eml": (LISTED, ("fail", "fail", "fail", "fail"),
                                ("ARC-Message-Signature", 3), ["fail", "fail"], ("reject", False)),
    "3-forwarded.eml": (DIRECT, ("fail", "pass", "pass", "pass"), None, ["pass"],
                        ("deliver", False)),
    "4-forged.eml": (FORGED, ("pass", "pass", "none", "fail"), None, ["pass", "fail"],
                     ("reject", False)),
}


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=EXAMPLES, **more).stdout


def check_record(name):
    (ip, helo, mail_from), results, failing, signatures, (disposition, lifted) = EXPECTED[name]
    record = json.loads(run(WAYBILL, "verify", "--dns", "zone", "--now", NOW, "--format", "json",
                            "--config", "demo.conf", "--ip", ip, "--helo", helo,
                            "--mail-from", mail_from, name))
    found = (record["spf"]["mail-from"]["result"], record["dkim"]["result"],
             record["arc"]["result"], record["dmarc"]["result"])
    assert found == results, found
    assert [s["result"] for s in record["dkim"]["signatures"]] == signatures
    if failing:
        assert (record["arc"]["element"], record["arc"]["instance"]) == failing
    decision = record["decision"]
    assert (decision["disposition"], decision["lifted"]) == (disposition, lifted), decision
    assert record["dns"]["waves"] <= 2, record["dns"]


def check_receiver(name):
    envelope, results, _, _, (disposition, _) = EXPECTED[name]
    with open(f"{EXAMPLES}/{name}", "rb") as message:
        told = run(RECEIVER, "zone", NOW, *envelope, stdin=message).decode()
    verdict, _, field = told.partition("\n")
    assert verdict.split()[0] == disposition, verdict
    assert ("550 5.7.1 " in verdict) == (disposition == "reject"), verdict
    assert field.startswith("Authentication-Results: receiver.example;"), field
    for method, result in zip(("spf", "dkim", "arc", "dmarc"), results):
        assert f" {method}={result}" in field, field


def check_demo():
    shown = run("./demo", WAYBILL).decode()
    for words in ("lists.example", "The chain holds: all 3 seals verify",
                  "The chain is broken: ARC-Message-Signature i=3", "domain bank.example.",
                  "lists.example (i=1, trusted) reports that dkim passed for author.example"):
        assert words in " ".join(shown.split()), shown
    assert max(len(line) for line in shown.splitlines()) <= 80, "a line is too long"
    assert "\x1b" not in shown, "colour without a terminal"


tests = Tests()
for file in EXPECTED:
    tests.add(f"{file} record", partial(check_record, file))
    tests.add(f"{file} receiver", partial(check_receiver, file))
tests.add("demo", check_demo)
sys.exit(tests.run())
