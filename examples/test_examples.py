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

# file: dkim, arc, what failed the chain, results of the DKIM signatures from the top
EXPECTED = {
    "1-list-post.eml": ("pass", "pass", None, ["pass", "fail"]),
    "2-list-post-altered.eml": ("fail", "fail", ("ARC-Message-Signature", 3), ["fail", "fail"]),
    "3-forwarded.eml": ("pass", "pass", None, ["pass"]),
    "4-forged.eml": ("pass", "none", None, ["pass", "fail"]),
}


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=EXAMPLES, **more).stdout


def check_record(name):
    dkim, arc, failing, signatures = EXPECTED[name]
    record = json.loads(run(WAYBILL, "verify", "--dns", "zone", "--now", NOW, "--format", "json",
                            name))
    assert record["dkim"]["result"] == dkim, record["dkim"]
    assert record["arc"]["result"] == arc, record["arc"]
    assert [s["result"] for s in record["dkim"]["signatures"]] == signatures
    if failing:
        assert (record["arc"]["element"], record["arc"]["instance"]) == failing


def check_receiver(name):
    dkim, arc = EXPECTED[name][:2]
    with open(f"{EXAMPLES}/{name}", "rb") as message:
        field = run(RECEIVER, "zone", NOW, stdin=message).decode()
    assert field.startswith("Authentication-Results: receiver.example;"), field
    assert f"arc={arc}" in field and f"dkim={dkim}" in field, field


def check_demo():
    shown = run("./demo", WAYBILL).decode()
    for words in ("lists.example", "The chain holds: all 3 seals verify",
                  "The chain is broken: ARC-Message-Signature i=3", "domain bank.example."):
        assert words in " ".join(shown.split()), shown
    assert max(len(line) for line in shown.splitlines()) <= 80, "a line is too long"
    assert "\x1b" not in shown, "colour without a terminal"


tests = Tests()
for file in EXPECTED:
    tests.add(f"{file} record", partial(check_record, file))
    tests.add(f"{file} receiver", partial(check_receiver, file))
tests.add("demo", check_demo)
sys.exit(tests.run())
