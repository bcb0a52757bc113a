"""waybill trust check: what it answers, and every way in which a configuration can be wrong, from
outside. Argument: the path of waybill."""
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import Tests, equal, within  # noqa: E402

WAYBILL = os.path.abspath(sys.argv[1])
USUAL = "/etc/waybill/waybill.conf"
TRUST = ("# whom we trust\nlists.example.org sealer\n*.uni.example\nbücher.example signer\n"
         "a.uni.example sealer\n")
NOBODY = (": nobody is trusted as a sealer, so that it can never match: name sealers in the trust "
          "file")

tests = Tests()


def run(files, *arguments):
    """In a folder with these files, where "conf" is the configuration."""
    with tempfile.TemporaryDirectory(prefix="waybill-trust-") as home:
        for name, text in files.items():
            octets = text if isinstance(text, bytes) else text.encode()
            (Path(home) / name).write_bytes(octets)
        done = subprocess.run([WAYBILL, "trust", "check", *arguments], cwd=home, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def answers(status, domain, text, conf="trust = trust"):
    equal(run({"conf": conf, "trust": TRUST}, "--config", "conf", domain), (status, text, ""))


def refuses(said, files, status=78):
    equal(run({"trust": TRUST, **files}, "--config", "conf", "lists.example.org"),
          (status, "", f"waybill: {said}\n"))


def add_answer(name, *what, **how):
    tests.add(name, partial(answers, *what, **how))


def add_refusal(name, said, conf, **others):
    files = {"conf": conf, **others} if conf is not None else others
    tests.add(name, partial(refuses, said, files))


# --- what is answered ---------------------------------------------------------------------------

add_answer("a domain that stands there", 0, "lists.example.org",
           "lists.example.org: trusted as sealer\n  trust:2: lists.example.org, sealer\n")
add_answer("a domain below a star", 0, "b.uni.example",
           "b.uni.example: trusted as sealer and signer\n"
           "  trust:3: *.uni.example, sealer and signer\n")
add_answer("the closest line first", 0, "A.Uni.Example",
           "A.Uni.Example: trusted as sealer and signer\n  trust:5: a.uni.example, sealer\n"
           "  trust:3: *.uni.example, sealer and signer\n")
add_answer("a U-label", 0, "bücher.example",
           "bücher.example: trusted as signer\n  trust:4: xn--bcher-kva.example, signer\n")
add_answer("a domain that nobody trusts", 1, "example.org",
           "example.org: not trusted: trust has no line for it\n")
add_answer("a star does not mean the domain itself", 1, "uni.example",
           "uni.example: not trusted: trust has no line for it\n")
add_answer("no trust file at all", 1, "lists.example.org",
           "lists.example.org: not trusted: conf names no trust file\n", conf="")


@tests.test("a relative trust file begins at the configuration's folder")
def _():
    with tempfile.TemporaryDirectory(prefix="waybill-trust-") as home:
        (Path(home) / "conf").write_text("trust = ours")
        (Path(home) / "ours").write_text("a.example\n")
        done = subprocess.run([WAYBILL, "trust", "check", f"--config={home}/conf", "a.example"],
                              cwd="/", stdout=subprocess.PIPE, check=False)
        equal(done.returncode, 0, "exit status")
        within(f"  {home}/ours:1: a.example, ".encode(), done.stdout, "answer")


# --- the command line ---------------------------------------------------------------------------


@tests.test("what is no domain")
def _():
    equal(run({"conf": ""}, "--config", "conf", "a b"),
          (64, "", "waybill: a b: no domain: write one as in lists.example.org\n"))


@tests.test("no domain is named")
def _():
    equal(run({}), (64, "", 'waybill: DOMAIN is missing: see "waybill trust check --help"\n'))


@tests.test("without --config and without the usual file")
def _():
    if os.path.exists(USUAL):
        return f"{USUAL} is there"
    equal(run({}, "a.example"),
          (66, "", f"waybill: {USUAL}: there is no such file: write it, or name another with "
                   "--config\n"))


@tests.test("a configuration that is not there")
def _():
    equal(run({}, "--config", "conf", "a.example"),
          (66, "", "waybill: conf: no such file: check the name\n"))


@tests.test("a configuration that is too large")
def _():
    equal(run({"conf": b"\n" * (262144 + 1)}, "--config", "conf", "a.example"),
          (78, "", "waybill: conf: is too large: name the right file\n"))


# --- a wrong configuration ----------------------------------------------------------------------

add_refusal("an unknown key", "conf:2: 'overide': unknown key: did you mean override?",
            "trust = trust\noveride = off\n")
add_refusal("an unknown key of a rule", "conf:2: 'report': unknown key: did you mean reported?",
            "rule lists {\n  report = dkim\n}\n")
add_refusal("an unknown key near to none", "conf:1: 'colour': unknown key: see waybill.conf(5)",
            "colour = red")
add_refusal("a star without quotes",
            'conf:1: *.example.org is not quoted: write "*.example.org"',
            "authserv-id = *.example.org")
add_refusal("a variable", "conf:1: '${' would be taken for a variable: write what it stands for",
            "trust = ${HOME}/trust")
add_refusal("a variable in quotes",
            "conf:1: '${' would be taken for a variable: write what it stands for",
            'trust = "${HOME}/trust"')
add_refusal("a key twice",
            "conf:3: 'trust' stands twice: it is on line 1 already: leave one out",
            "trust = trust\n\ntrust = other")
add_refusal("a rule that is never closed", "conf:3: the rule of line 2 is never closed: add '}'",
            "\nrule lists {\nreported = dkim")
add_refusal("a rule that can never match",
            "conf:3: rule: 'lists': at least 3 sets and at most 2: it can never match: lower the "
            "one or raise the other",
            "trust = trust\n\nrule lists {\n reported = dkim\n sets-least = 3\n sets-most = 2\n}")
add_refusal("a rule of an unknown name", "conf:2: override: 'list': no such rule: did you mean lists?",
            "trust = trust\noverride = list\nrule lists { reported = dkim }")
add_refusal("first-dkim with an empty trust file", "conf:2: override: 'first-dkim'" + NOBODY,
            "trust = nobody\noverride = first-dkim", nobody="# nobody yet\n")
add_refusal("first-dkim without a trust file", "conf:1: override: 'first-dkim'" + NOBODY,
            "override = first-dkim")
add_refusal("a shadow rule and signers alone", "conf:3: shadow: 'first-spf'" + NOBODY,
            "trust = signers\nshadow = {\n  first-spf }", signers="a.example signer\n")
add_refusal("octets that are shown escaped", "conf:1: ?[2J is not quoted: write \"?[2J\"",
            b"trust = \xc2[2J".replace(b"\xc2", b"\x80"))
add_refusal("NUL octets", "conf:1: a control character (octet 0): remove it", b"trust = a\0b")
add_refusal("CRLF", "conf:1: a CR: end the lines of the file with LF alone", "trust = trust\r\n")

# --- a wrong trust file -------------------------------------------------------------------------

add_refusal("a missing trust file",
            "conf:2: trust: there is no file nowhere: write it or correct the name",
            "\ntrust = nowhere")
add_refusal("a folder as trust file", "conf:1: trust: . is a directory: name a file", "trust = .")
add_refusal("a wrong pattern",
            "ours:2: '**.example.org': '*' stands only for the first label: write *.example.org",
            "trust = ours", ours="a.example\n**.example.org\n")
add_refusal("what is no domain in the trust file",
            "ours:1: 'a@b.example': no domain: write one as in example.org, or *.example.org",
            "trust = ours", ours="a@b.example\n")
add_refusal("an unknown role", "ours:1: 'seler': unknown role: did you mean sealer?",
            "trust = ours", ours="a.example seler\n")


@tests.test("a trust file that cannot be read")
def _():
    with tempfile.TemporaryDirectory(prefix="waybill-trust-") as home:
        os.symlink("loop", f"{home}/loop")
        (Path(home) / "conf").write_text("trust = loop")
        done = subprocess.run([WAYBILL, "trust", "check", "--config", "conf", "a.example"], cwd=home,
                              stderr=subprocess.PIPE, check=False)
        equal(done.returncode, 78, "exit status")
        within(b"waybill: conf:1: trust: loop cannot be read (", done.stderr, "standard error")


sys.exit(tests.run())
