"""waybill.conf(5) and examples/waybill.conf say of the keys what the table of the reader says, and
what they show as examples is a configuration. Arguments: the paths of config_pages, of waybill, and
of the project."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import Tests, equal  # noqa: E402

PAGES, WAYBILL, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), Path(sys.argv[3])
MANUAL = (ROOT / "man" / "waybill.conf.5").read_text()
EXAMPLE = (ROOT / "examples" / "waybill.conf").read_text()
TRUST = "lists.example.org sealer\n"

tests = Tests()


def made(page):
    return subprocess.run([PAGES, page], stdout=subprocess.PIPE, text=True, check=True).stdout


def shown(name):
    """The example in the manual behind a comment with this name."""
    found = re.search(rf'^\.\\" {name}\n\.Bd [^\n]*\n(.*?)^\.Ed$', MANUAL, re.M | re.S)
    assert found, f"the manual shows no {name}"
    return found[1]


def check(conf, trust, domain):
    with tempfile.TemporaryDirectory(prefix="waybill-pages-") as home:
        folder = Path(home)
        (folder / "waybill.conf").write_text(conf.replace("/etc/waybill/", ""))
        (folder / "trust").write_text(trust)
        run = subprocess.run([WAYBILL, "trust", "check", "--config", folder / "waybill.conf", domain],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return run.returncode, run.stderr


@tests.test("the keys of the manual are those of the table")
def _():
    found = re.search(r"^\.Sh KEYS\n.*?(?=^\.Sh )", MANUAL, re.M | re.S)
    equal(found and found[0], made("manual"), "KEYS of man/waybill.conf.5")


@tests.test("the example is that of the table")
def _():
    equal(EXAMPLE, made("example"), "examples/waybill.conf")


@tests.test("the example as it stands sets nothing")
def _():
    equal(check(EXAMPLE, TRUST, "lists.example.org"), (1, ""))


def everything_with(preset):
    """The example with every key set that makes sense in a listener with this preset."""
    paragraphs = []
    for paragraph in EXAMPLE.split("\n\n"):
        words = re.sub(r"\s*\n *# ", " ", paragraph)
        only = re.search(r"Only with preset = ([a-z -]+)\.", words)
        makes_sense = not only or preset in only[1].split(" or ")
        begins = "[a-z}]" if makes_sense else "}"
        paragraphs.append(re.sub(rf"^( *)#(?={begins})", r"\1", paragraph, flags=re.M))
    return "\n\n".join(paragraphs).replace("preset = receiver", f"preset = {preset}")


def every_key_is_set(preset):
    everything = everything_with(preset)
    assert re.search(r"^trust = ", everything, re.M), "no key was set"
    assert re.search(rf"^ +preset = {preset}$", everything, re.M), "no such listener"
    equal(check(everything, TRUST, "lists.example.org"), (0, ""))


for each in ("receiver", "originator", "provider", "list-in", "forwarder-in", "list-out",
             "forwarder-out"):
    tests.add(f"the example with every key set, its listener {each}, is a configuration",
              lambda each=each: every_key_is_set(each))


@tests.test("the configuration and the trust file of the manual are such")
def _():
    equal(check(shown("conf"), shown("trust"), "a.lists.example.org"), (0, ""))
    equal(check(shown("conf"), shown("trust"), "lists.example.org"), (1, ""))
    equal(check(shown("daemon"), shown("trust"), "a.lists.example.org"), (0, ""))


sys.exit(tests.run())
