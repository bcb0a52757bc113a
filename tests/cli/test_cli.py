"""The command from outside: every verb, every exit status, what it says when something is wrong.
Argument: the path of waybill."""
import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from dns_server import (NXDOMAIN, SERVFAIL, DnsServer, labels, rcode, silence, txt)  # noqa: E402
from tap import Tests, equal, within  # noqa: E402

WAYBILL = os.path.abspath(sys.argv[1])
NOW = "1790000000"
DOMAIN = "example.org"
MESSAGE = (b"From: Alice <alice@example.org>\nTo: Bob <bob@example.net>\nSubject: Bread\n"
           b"Date: Mon, 21 Sep 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\n\nHello Bob.\n")
TOGETHER = 60

tests = Tests()
home = tempfile.TemporaryDirectory(prefix="waybill-cli-")


def path(name):
    return os.path.join(home.name, name)


def write(name, octets, mode=0o644):
    with open(path(name), "wb") as file:
        file.write(octets if isinstance(octets, bytes) else octets.encode())
    os.chmod(path(name), mode)
    return path(name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def waybill(*arguments, octets=b"", stdout=subprocess.PIPE, under=()):
    return subprocess.run([*under, WAYBILL, *arguments], input=octets, stdout=stdout,
                          stderr=subprocess.PIPE, cwd=home.name, timeout=120, check=False)


def expect(status, *arguments, says=None, prints=None, **how):
    """Runs, compares the exit status, and looks for patterns in what is said and printed."""
    run = waybill(*arguments, **how)
    said = run.stderr.decode()
    equal(run.returncode, status, f"exit status of {arguments} ({said.strip()})")
    if says is None:
        equal(said, "", "standard error")
    else:
        assert re.search(says, said), f"standard error {said!r} lacks {says!r}"
        assert all(line.startswith("waybill: ") for line in said.splitlines()), said
    if prints is not None:
        shown = run.stdout.decode("utf-8", "replace")
        assert re.search(prints, shown), f"standard output {shown!r} lacks {prints!r}"
    return run.stdout


def add(name, status, *arguments, **how):
    tests.add(name, lambda: expect(status, *arguments, **how) and None)


# --- what most tests stand on -------------------------------------------------------------------


def sign(octets, *arguments):
    return expect(0, "sign", "--key", "k1=k1.pem", "--domain", DOMAIN, "--now", NOW, "--dns",
                  "zone", "--authserv-id", "mx.example.net", *arguments, octets=octets)


def verify(octets, *arguments, status=0):
    return expect(status, "verify", "--dns", "zone", "--now", NOW, "--authserv-id",
                  "mx.example.net", *arguments, octets=octets)


def record(octets, *arguments):
    return json.loads(verify(octets, "--format", "json", *arguments))


@tests.test("key new makes keys and prints lines of a zone")
def _():
    zone = b"$TTL 3600\n"
    for selector, how in (("k1", []), ("e1", ["--type", "ed25519"]), ("other", [])):
        zone += expect(0, "key", "new", *how, "--out", f"{selector}.pem", "--selector", selector,
                       "--domain", DOMAIN)
        equal(os.stat(path(f"{selector}.pem")).st_mode & 0o7777, 0o600, "mode of the key")
        within(b"-----BEGIN PRIVATE KEY-----", read(f"{selector}.pem"), "key file")
    write("zone", zone)
    strings = re.findall(rb'"([^"]*)"', zone)
    assert strings and all(len(s) <= 255 for s in strings), "a string is too long"
    write("message", MESSAGE)


# --- key ----------------------------------------------------------------------------------------

add("key new never overwrites", 73, "key", "new", "--out", "k1.pem",
    says="k1.pem: there is such a file already: a key is never overwritten")
add("key new cannot create", 73, "key", "new", "--type", "ed25519", "--out", "no/such.pem",
    says="no/such.pem: cannot be created: No such file")
add("key new without --out", 64, "key", "new", says="--out is missing: add --out FILE")
add("key new of an unknown type", 64, "key", "new", "--type", "dsa", "--out", "x.pem",
    says="--type dsa: unknown value: use one of rsa, ed25519")
add("key new with too few bits", 64, "key", "new", "--bits", "512", "--out", "x.pem",
    says="--bits 512: not a number from 1024 to 8192")
add("key new with bits for Ed25519", 64, "key", "new", "--type", "ed25519", "--bits", "2048",
    "--out", "x.pem", says="--bits is for RSA keys")
add("key new with half a name", 64, "key", "new", "--out", "x.pem", "--domain", DOMAIN,
    says="--selector and --domain belong together: add --selector")
add("key new for what is no domain", 64, "key", "new", "--out", "x.pem", "--domain", "a b",
    "--selector", "k1", says="--domain a b: not a domain")
add("key show prints the record", 0, "key", "show", "e1.pem", prints=r"^v=DKIM1; k=ed25519; p=\S+$")
add("key show prints a line of a zone", 0, "key", "show", "--selector", "e1", "--domain",
    "Example.ORG", "e1.pem", prints=r'^e1\._domainkey\.example\.org\. IN TXT "v=DKIM1; k=ed25519')
add("key show of a U-label", 0, "key", "show", "--selector", "e1", "--domain", "bücher.example",
    "e1.pem", prints=r"^e1\._domainkey\.xn--bcher-kva\.example\. IN TXT")
add("key show without a file", 64, "key", "show", says="FILE is missing")
add("key show of two files", 64, "key", "show", "a", "b", says="b: one argument too many")
add("key check of keys that match", 0, "key", "check", "--key", "k1=k1.pem", "--key",
    "e1=e1.pem", "--domain", DOMAIN, "--dns", "zone",
    prints=r"k1\._domainkey\.example\.org: rsa key matches\ne1.*ed25519 key matches")
add("a key that does not match the published record", 1, "key", "check", "--key", "k1=other.pem",
    "--domain", DOMAIN, "--dns", "zone",
    says=r"other\.pem: k1\._domainkey\.example\.org: another key is published: publish what")
add("a key of another kind than the published one", 1, "key", "check", "--key", "k1=e1.pem",
    "--domain", DOMAIN, "--dns", "zone", says="k= names another kind of key")
add("a key that is not published", 1, "key", "check", "--key", "k9=k1.pem", "--domain", DOMAIN,
    "--dns", "zone", says="no TXT record is published")
add("key check without a domain", 64, "key", "check", "--key", "k1=k1.pem",
    says="--key and --domain are both needed: add --domain")
add("key check with a key that names no file", 64, "key", "check", "--key", "k1", "--domain",
    DOMAIN, says="--key k1: not SELECTOR=FILE")
add("key check with a bad selector", 64, "key", "check", "--key", "a b=k1.pem", "--domain",
    DOMAIN, says='"a b" is no selector')


def answers_file(name, text, status="answered"):
    answer = {"name": f"k1._domainkey.{DOMAIN}", "type": "TXT", "status": status}
    if status == "answered":
        answer["data"] = text
    return write(name, json.dumps({"waybill-dns": 1, "answers": [answer]}))


def add_published(name, status, text, says, dns_status="answered"):
    def run():
        file = answers_file("published.json", text, dns_status)
        expect(status, "key", "check", "--key", "k1=k1.pem", "--domain", DOMAIN, "--dns", file,
               says=says)
    tests.add(name, run)


add_published("a revoked key", 1, ["v=DKIM1; p="], "the key is revoked")
add_published("several key records", 1, ["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"], "several")
add_published("a record that is none", 1, ["hello"], "key record")
add_published("a record that does not admit mail", 1, ["v=DKIM1; s=other; p=AAAA"],
              "s= does not admit mail")
add_published("a record without sha256", 1, ["v=DKIM1; h=sha1; p=AAAA"], "does not admit sha256")
add_published("a published key that is none", 1, ["v=DKIM1; p=AAAA"], "k1._domainkey")
add_published("the DNS fails", 75, None, r"no answer from the DNS \(servfail\): try again",
              "servfail")
add_published("the DNS does not answer", 75, None, r"no answer from the DNS \(timeout\)",
              "timeout")


@tests.test("a mismatch wins over a temporary error")
def _():
    known = {"name": f"k1._domainkey.{DOMAIN}", "type": "TXT", "status": "timeout"}
    write("mixed.json", json.dumps({"waybill-dns": 1, "answers": [known]}))
    expect(1, "key", "check", "--key", "k1=k1.pem", "--key", "k9=k1.pem", "--domain", DOMAIN,
           "--dns", "mixed.json", says=r"(?s)timeout.*no TXT record")


def der(tag, body):
    size = len(body)
    if size < 128:
        head = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + body


def integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def rsa_record(modulus, exponent):
    """A key record with these numbers, as an RSAPublicKey (RFC 8017 appendix A.1.1)."""
    text = base64.b64encode(der(0x30, integer(modulus) + integer(exponent))).decode()
    return [f"v=DKIM1; k=rsa; p={text}"]


LONG_EXPONENT = rsa_record((1 << 3071) + (1 << 1500) + 1, (1 << 3070) + 1)


@tests.test("an RSA key with an exponent of 3,071 bits")
def _():
    file = answers_file("exponent.json", LONG_EXPONENT)
    expect(1, "key", "check", "--key", "k1=k1.pem", "--domain", DOMAIN, "--dns", file,
           says="(?i)exponent")
    found = record(sign(MESSAGE, "--dkim"), "--dns", file)
    equal(found["dkim"]["result"], "permerror", "result of DKIM")
    equal(found["work"]["key-operations"], [], "key operations")


# --- files that are not as they must be ---------------------------------------------------------

SIGN = ("sign", "--dkim", "--domain", DOMAIN)

add("a message that is not there", 66, "verify", "--dns", "zone", "nothing",
    says="nothing: no such file: check the name")
add("a message that is a directory", 66, "verify", "--dns", "zone", ".",
    says=r"waybill: \.: is a directory: name a file")
add("a message that is empty", 65, "verify", "--dns", "zone", says="standard input: no message")
add("an empty message to sign", 65, *SIGN, "--key", "k1=k1.pem", says="no message")
add("a key that is not there", 66, *SIGN, "--key", "k1=nothing.pem", octets=MESSAGE,
    says="nothing.pem: no such file")
add("a key that is a directory", 66, *SIGN, "--key", "k1=.", octets=MESSAGE, says="is a directory")
add("a file of answers that is not there", 66, "verify", "--dns", "nothing", octets=MESSAGE,
    says="nothing: no such file")
add("a file of answers that is a directory", 66, "verify", "--dns", ".", octets=MESSAGE,
    says="is a directory")


@tests.test("an unreadable message")
def _():
    # Root reads every file, unless that power is taken from it.
    mortal = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    write("closed", MESSAGE, 0o000)
    expect(66, "verify", "--dns", "zone", "closed", says="closed: cannot be read: Permission",
           under=mortal if os.geteuid() == 0 else ())


@tests.test("a private key that others can read")
def _():
    for mode in (0o644, 0o640, 0o604):
        write("open.pem", read("k1.pem"), mode)
        expect(78, *SIGN, "--key", "k1=open.pem", octets=MESSAGE,
               says=rf"open\.pem: its mode is {mode:04o}, .*: chmod 600 open\.pem")
        expect(78, "key", "show", "open.pem", says="chmod 600")


@tests.test("a key file without a key")
def _():
    write("junk.pem", b"hello\n", 0o600)
    expect(78, *SIGN, "--key", "k1=junk.pem", octets=MESSAGE, says="junk.pem: ")
    write("huge.pem", b"A" * 70000, 0o600)
    expect(78, "key", "show", "huge.pem", says="huge.pem: is too large")


@tests.test("a zone file with an error at line 7")
def _():
    write("bad-zone", "$TTL 60\n" * 6 + "k1._domainkey.example.org. IN TXT \"no end\n")
    expect(78, "verify", "--dns", "bad-zone", octets=MESSAGE, says=r"waybill: bad-zone:7: \w+")


@tests.test("a JSON file of answers cut in half")
def _():
    whole = json.dumps({"waybill-dns": 1, "answers": [{"name": "a", "type": "TXT", "data": ["x"]}]},
                       indent=1)
    write("half.json", whole[:len(whole) // 2])
    expect(78, "verify", "--dns", "half.json", octets=MESSAGE, says=r"half\.json:\d+: ")


@tests.test("binary junk is a message without fields")
def _():
    junk = bytes(range(256)) * 40
    found = record(junk)
    equal(found["dkim"]["result"], "none", "result of DKIM")
    expect(1, "verify", "--dns", "zone", "--require", "dkim", octets=junk, prints="")
    expect(1, *SIGN, "--key", "k1=k1.pem", octets=junk, says="not signed: ")


@tests.test("a header of 100 MB")
def _():
    for field in (b"X-Long: " + b"a" * 900 + b"\n", b" " + b"a" * 900 + b"\n"):
        block = field * (1 << 10)
        with open(path("huge"), "wb") as file:
            file.write(b"From: alice@example.org\n")
            for _ in range(100 * (1 << 20) // len(block)):
                file.write(block)
        expect(65, "verify", "--dns", "zone", "huge",
               says="huge: the header has over 16777216 octets")
        expect(65, *SIGN, "--key", "k1=k1.pem", "huge", says="huge: the header has over")
    os.remove(path("huge"))


@tests.test("100,000 header fields")
def _():
    found = record(b"X: y\n" * 100000 + MESSAGE)
    equal(found["message"]["header-fields"], 100005, "fields")
    fields = b"X: y\n" * 140000 + MESSAGE
    expect(65, "verify", "--dns", "zone", octets=fields, says="or 131072 fields")


@tests.test("a signature of 100,000 tags")
def _():
    tags = b"".join(b" t%d=x;" % i for i in range(100000))
    found = record(b"DKIM-Signature: v=1; a=rsa-sha256;" + tags + b"\n" + MESSAGE)
    equal(len(found["dkim"]["signatures"]), 1, "signatures")
    equal(found["dkim"]["result"], "neutral", "result of DKIM")


@tests.test("500 signatures")
def _():
    signature = sign(MESSAGE, "--dkim")[:-len(MESSAGE)]
    found = record(signature * 500 + MESSAGE, "--require", "dkim")
    equal(found["dkim"]["result"], "pass", "result of DKIM")
    evaluated = sum(s["result"] != "not evaluated" for s in found["dkim"]["signatures"])
    equal(evaluated, 32, "signatures that were evaluated")
    equal(found["dkim"]["not-evaluated"], 468, "the others")


# --- output that fails --------------------------------------------------------------------------


@tests.test("a full device is named")
def _():
    if not os.access("/dev/full", os.W_OK):
        return "there is no /dev/full"
    with open("/dev/full", "wb") as full:
        for line in (["--help"], ["verify", "--dns", "zone", "message"],
                     [*SIGN, "--key", "k1=k1.pem", "message"]):
            expect(74, *line, stdout=full, says="standard output: could not be written: No space")
    expect(74, "verify", "--dns", "zone", "--save-dns", "/dev/full", "message",
           says="/dev/full: could not be written: No space")
    return None


@tests.test("a reader that goes away is told nothing")
def _():
    large = MESSAGE + b"x" * 70 * 1000 + b"\n" * 300000
    write("large", large)
    for line in (["--help"], [*SIGN, "--key", "k1=k1.pem", "message"]):
        reader, writer = os.pipe()
        os.close(reader)
        with contextlib.closing(os.fdopen(writer, "wb")) as gone:
            expect(74, *line, stdout=gone)


add("answers that cannot be saved", 73, "verify", "--dns", "zone", "--save-dns", "no/such.json",
    octets=MESSAGE, says="no/such.json: cannot be created", prints="")

# --- the command line ---------------------------------------------------------------------------

add("help", 0, "--help", prints=r"usage: waybill VERB.*\n\n  verify  .*\n  sign  .*\n  key  ")
add("version", 0, "--version", prints=r"^waybill \d+\.\d+\.\d+\n$")
add("no verb", 64, says="no verb: see")
add("an unknown verb", 64, "verfy", says='verfy: unknown verb: did you mean "waybill verify"')
add("a verb like no other", 64, "frobnicate", says='frobnicate: unknown verb: see "waybill --help"')
add("an unknown verb of key", 64, "key", "chek", says='did you mean "waybill key check"')
add("no verb of key", 64, "key", says='see "waybill key --help"')
add("help of key", 0, "key", "--help", prints=r"usage: waybill key VERB")
add("an unknown option", 64, "verify", "--fromat", "json",
    says="--fromat: unknown option: did you mean --format")
add("an option like no other", 64, "verify", "--frobnicate", says='see "waybill verify --help"')
add("an unknown format", 64, "verify", "--format", "xml", says="use one of text, json, ar")
add("an option without its value", 64, "verify", "--dns", says="--dns: its value is missing")
add("two files", 64, "verify", "message", "message", says="one argument too many")
add("an unknown method", 64, "verify", "--require", "dkim,bimi",
    says="--require bimi: unknown method: use some of spf, dkim, arc, dmarc")
add("no method", 64, "verify", "--require", "", says="--require : unknown method")
add("an address that is none", 64, "verify", "--ip", "1.2.3", says="--ip 1.2.3: neither an IPv4")
add("a reverse-path that is none", 64, "verify", "--mail-from", "a@b@c", says="--mail-from a@b@c: ")
add("a forward-path that is none", 64, "verify", "--rcpt-to", "ok@example.org", "--rcpt-to", "@",
    says="--rcpt-to @: ")
add("a resolver that is none", 64, "verify", "--resolver", "localhost",
    says="--resolver localhost: not an address: write 192.0.2.1")
add("a file and a server", 64, "verify", "--dns", "zone", "--resolver", "127.0.0.1",
    says="exclude each other")
add("nothing to sign with", 64, "sign", "--key", "k1=k1.pem", "--domain", DOMAIN,
    says="add --dkim, --arc or both")
add("no key to sign with", 64, *SIGN, says="no key: add --key SELECTOR=FILE")
add("no domain to sign for", 64, "sign", "--dkim", "--key", "k1=k1.pem", says="--domain is missing")
add("a domain that is none", 64, "sign", "--dkim", "--key", "k1=k1.pem", "--domain", "a..b",
    says=r"--domain a\.\.b: not a domain")
add("signed fields that are none", 64, *SIGN, "--key", "k1=k1.pem", "--headers", "from:a b",
    says="--headers from:a b: not names of fields")
add("signed fields without From", 64, *SIGN, "--key", "k1=k1.pem", "--headers", "subject:to",
    says="From is not among them, and must be")
add("--results without --arc", 64, *SIGN, "--key", "k1=k1.pem", "--results", "x",
    says="--results is for --arc")
add("--expires without --dkim", 64, "sign", "--arc", "--domain", DOMAIN, "--key", "k1=k1.pem",
    "--expires", "60", says="--expires is for --dkim")
add("octets of an argument are escaped", 64, "ver\x1bify", says=r"ver\\x1Bify: unknown verb")


@tests.test("every verb has its help")
def _():
    for verb in (["verify"], ["sign"], ["key", "new"], ["key", "show"], ["key", "check"],
                 ["trust", "check"]):
        shown = expect(0, *verb, "--help", prints=f"^usage: waybill {' '.join(verb)} ").decode()
        assert all(len(line) <= 80 for line in shown.splitlines()), shown


# --- verify and sign ----------------------------------------------------------------------------


@tests.test("a signed message verifies")
def _():
    signed = sign(MESSAGE, "--dkim", "--key", "e1=e1.pem")
    assert signed.endswith(MESSAGE) and b"\r" not in signed, "the message changed"
    equal(signed.count(b"DKIM-Signature: "), 2, "signatures")
    within(b"t=1790000000", signed)
    field = verify(signed, "--format", "ar", "--require", "dkim")
    assert field.startswith(b"Authentication-Results: mx.example.net;"), field
    equal(field.count(b"dkim=pass"), 2, "passes")
    within(b"Alice", verify(signed), "timeline")
    expect(0, "verify", "--dns", "zone", "-", octets=signed, prints="")


@tests.test("CRLF stays CRLF")
def _():
    crlf = MESSAGE.replace(b"\n", b"\r\n")
    signed = sign(crlf, "--dkim", "--arc")
    assert signed.endswith(crlf), "the message changed"
    equal(signed.count(b"\n"), signed.count(b"\r\n"), "line ends")
    verify(signed, "--require", "dkim,arc")
    within(b"\r\n", verify(signed, "--format", "ar"))


@tests.test("the line of an mbox stays on top")
def _():
    line = b"From alice@example.org Mon Sep 21 10:00:00 2026\n"
    signed = sign(line + MESSAGE, "--dkim")
    assert signed.startswith(line + b"DKIM-Signature: "), signed
    verify(signed, "--require", "dkim")


@tests.test("a signature ends when it is told to")
def _():
    signed = sign(MESSAGE, "--dkim", "--expires", "3600")
    within(b"x=1790003600", signed)
    verify(signed, "--require", "dkim")
    verify(signed, "--require", "dkim", "--now", "1790003601", status=1)


@tests.test("the signed fields are those that were named")
def _():
    within(b"h=from:subject:subject", sign(MESSAGE, "--dkim", "--headers", "from:subject:subject"))


@tests.test("a seal on top of a signature, and a second one")
def _():
    first = sign(MESSAGE, "--dkim", "--arc")
    assert first.startswith(b"ARC-Seal: "), first
    names = re.findall(rb"(?m)^([A-Z][A-Za-z-]+):", first)[:4]
    equal(names, [b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results",
                  b"DKIM-Signature"], "new fields")
    verify(first, "--require", "dkim,arc")
    second = sign(first, "--arc")
    within(b"i=2", second)
    within(b"cv=pass", second)
    verify(second, "--require", "arc")


@tests.test("a seal repeats the results of a host that is named")
def _():
    results = b"Authentication-Results: in.example.net; spf=pass smtp.mailfrom=example.org\n"
    sealed = sign(results + MESSAGE, "--arc", "--results", "in.example.net")
    within(b"spf=pass", sealed[:sealed.index(results)])


@tests.test("a required method that did not pass is a no")
def _():
    verify(MESSAGE, "--require", "dkim", status=1)
    verify(sign(MESSAGE, "--dkim"), "--require", "dkim,arc", status=1)
    changed = sign(MESSAGE, "--dkim").replace(b"Hello", b"Goodbye")
    verify(changed)
    verify(changed, "--require", "dkim", status=1)


@tests.test("a required method without an answer is temporary")
def _():
    file = answers_file("down.json", None, "servfail")
    verify(sign(MESSAGE, "--dkim"), "--require", "dkim", "--dns", file, status=75)
    verify(sign(MESSAGE, "--dkim"), "--require", "dkim,arc", "--dns", file, status=1)
    verify(sign(MESSAGE, "--dkim"), "--dns", file)


@tests.test("what must not be signed is refused with its reason")
def _():
    for octets in (b"Subject: no From\n\nx\n", b"From: a@example.org\nFrom: b@example.org\n\nx\n",
                   MESSAGE + b"x" * 1000 + b"\n"):
        expect(1, *SIGN, "--key", "k1=k1.pem", octets=octets,
               says="standard input: not signed: .+", prints="^$")


@tests.test("a chain that cannot be verified now is not sealed now")
def _():
    sealed = sign(MESSAGE, "--arc")
    file = answers_file("down.json", None, "timeout")
    expect(75, "sign", "--arc", "--domain", DOMAIN, "--key", "k1=k1.pem", "--dns", file, "--now",
           NOW, octets=sealed, says="not signed: ", prints="^$")


@tests.test("the forms of the verdict")
def _():
    signed = sign(MESSAGE, "--dkim")
    found = record(signed, "--ip", "192.0.2.1", "--helo", "mx.example.org", "--mail-from",
                   "<alice@example.org>", "--rcpt-to", "bob@example.net", "--rcpt-to",
                   "c@d.example")
    equal(found["waybill-record"], 1, "version of the record")
    equal(found["time"], int(NOW), "time")
    equal(len(found["envelope"]["rcpt-to"]), 2, "recipients")
    verify(signed, "--mail-from", "<>")
    plain, coloured = verify(signed), verify(signed, "--color", "always")
    assert b"\x1b" not in plain, "colour without a terminal"
    assert b"\x1b" in coloured, "no colour"


# --- the DNS ------------------------------------------------------------------------------------


def published(selector):
    text = expect(0, "key", "show", f"{selector}.pem").strip()
    return {labels(f"{selector}._domainkey.{DOMAIN}"): txt(text)}


@tests.test("keys from a server, saved and used again")
def _():
    signed = sign(MESSAGE, "--dkim", "--arc")
    ask = ["verify", "--now", NOW, "--authserv-id", "mx.example.net", "--format", "ar"]
    with DnsServer(published("k1")) as server:
        seen = expect(0, *ask, "--resolver", server.address, "--save-dns", "saved.json",
                      "--require", "dkim,arc", octets=signed)
        expect(0, "key", "check", "--key", "k1=k1.pem", "--domain", DOMAIN, "--resolver",
               server.address, prints="rsa key matches")
    equal(expect(0, *ask, "--dns", "saved.json", octets=signed), seen, "the verdict again")
    equal(json.loads(read("saved.json"))["default"], "timeout", "default of saved answers")
    expect(0, *ask, "--dns", "saved.json", "--save-dns", "again.json", octets=signed, prints="")
    equal(read("again.json"), read("saved.json"), "answers saved again")


def add_dns(name, answer, result, status, timeout="10"):
    def run():
        with DnsServer({labels(f"k1._domainkey.{DOMAIN}"): answer}) as server:
            found = json.loads(expect(status, "verify", "--now", NOW, "--format", "json",
                                      "--resolver", server.address, "--timeout", timeout,
                                      "--require", "dkim", octets=sign(MESSAGE, "--dkim")))
        equal(found["dkim"]["result"], result, "result of DKIM")
    tests.add(name, run)


add_dns("a key that is not there", rcode(NXDOMAIN), "permerror", 1)
add_dns("a server that fails", rcode(SERVFAIL), "temperror", 75)
add_dns("a server that is silent", silence, "temperror", 75, timeout="1")


def chain_of(sets):
    """Sets whose signatures are worth nothing, each with two keys of its own."""
    digest, lines = base64.b64encode(bytes(32)).decode(), []
    for i in range(sets, 0, -1):
        lines += [
            f"ARC-Seal: i={i}; a=rsa-sha256; cv={'pass' if i > 1 else 'none'}; "
            f"d=held.example; s=s{i}; b=AAAA",
            f"ARC-Message-Signature: i={i}; a=rsa-sha256; c=relaxed/relaxed; d=held.example; "
            f"s=m{i}; h=from; bh={digest}; b=AAAA",
            f"ARC-Authentication-Results: i={i}; held.example; none"]
    return "\n".join(lines).encode() + b"\n" + MESSAGE


@tests.test(f"the {TOGETHER} keys of a chain are asked for at the same moment")
def _():
    with DnsServer({}, held=labels("held.example"), wave=TOGETHER) as server:
        found = json.loads(expect(0, "verify", "--resolver", server.address, "--format", "json",
                                  octets=chain_of(TOGETHER // 2)))
        equal(server.most_open, TOGETHER, "questions open at once")
    equal(found["dns"]["waves"], 1, "waves")
    equal({q["status"] for q in found["dns"]["questions"]}, {"nxdomain"}, "answers")


with home:
    sys.exit(tests.run())
