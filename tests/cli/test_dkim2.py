"""The verbs of DKIM2 from outside: hops that are signed, revised, undone and told, and what is said
of bad input. Argument: the path of waybill."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import Tests, equal, within  # noqa: E402

WAYBILL = os.path.abspath(sys.argv[1])
NOW = 1790000000
MESSAGE = (b"Received: from a by b; Mon, 21 Sep 2026 10:00:00 +0000\n"
           b"From: Alice <alice@author.example>\nTo: cooks@lists.example\n"
           b"Subject: =?utf-8?q?Br=C3=B6tchen?=\nDate: Mon, 21 Sep 2026 10:00:00 +0000\n"
           b"Message-ID: <1@author.example>\n\nHello cooks.\nFlour, water, salt.\n\n\n")
FOOTER = b"-- \ncooks mailing list\nhttps://lists.example/cooks\n"
HOME = tempfile.TemporaryDirectory(prefix="waybill-dkim2-")
KEYS = {"author.example": "ed25519", "lists.example": "rsa", "home.example": "ed25519",
        "provider.example": "ed25519", "far.example": "ed25519"}

tests = Tests()


def path(name):
    return os.path.join(HOME.name, name)


def write(name, octets):
    with open(path(name), "wb") as file:
        file.write(octets)
    return name


def waybill(status, *arguments, octets=b"", says=None):
    """Standard output; the exit status and what is said must be as wanted."""
    done = subprocess.run([WAYBILL, *arguments], input=octets, cwd=HOME.name, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode()
    equal(done.returncode, status, f"exit status of {arguments} ({said.strip()})")
    if says is None:
        equal(said, "", "standard error")
    else:
        within(says, said, "standard error")
        assert all(line.startswith("waybill: ") for line in said.splitlines()), said
    if status != 0 and arguments[0] != "verify":
        equal(done.stdout, b"", "standard output")
    return done.stdout


def common(minutes=0):
    return ["--now", str(NOW + 60 * minutes), "--dns", "zone"]


def signer(domain, selector="s"):
    return ["--domain", domain, "--key", f"{selector}={domain}.pem"]


def envelope(sender, *recipients, prefix=("mail-from", "rcpt-to")):
    options = [f"--{prefix[0]}", sender]
    for recipient in recipients:
        options += [f"--{prefix[1]}", recipient]
    return options


def arrived(sender, *recipients):
    return envelope(sender, *recipients, prefix=("arrived-from", "arrived-to"))


AUTHOR = (*signer("author.example"), *envelope("alice@author.example", "cooks@lists.example"))
TO_LIST = arrived("alice@author.example", "cooks@lists.example")
LIST = (*signer("lists.example"), *envelope("owner@lists.example", "bob@home.example"))


def author(octets=MESSAGE, *more):
    return waybill(0, "sign", "--dkim2", *AUTHOR, *common(), *more, octets=octets)


def verdict(octets, *arguments, status=0):
    return waybill(status, "verify", *common(9), "--require", "dkim2", *arguments, octets=octets)


def post_of(octets):
    """What a list makes of a message."""
    changed = octets.replace(b"Subject: ", b"Subject: [cooks] ") + FOOTER
    return b"List-Id: <cooks.lists.example>\n" + changed


def revised(*more, octets=None):
    before = author()
    write("before.eml", before)
    return waybill(0, "revise", "--before", "before.eml", *LIST, *TO_LIST, *common(1), *more,
                   octets=octets or post_of(before))


def hashes(octets):
    """The values of the newest h= of a message."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b"", octets)
    return re.search(rb"^Message-Instance: .*?h=([^;]*);", unfolded, re.M).group(1)


@tests.test("keys")
def _():
    zone = b""
    for domain, kind in KEYS.items():
        zone += waybill(0, "key", "new", "--type", kind, "--out", f"{domain}.pem", "--selector",
                        "s", "--domain", domain)
    for selector, kind in (("short", "rsa"), ("t", "rsa"), ("u", "ed25519")):
        bits = ["--bits", "1024"] if selector == "short" else []
        zone += waybill(0, "key", "new", "--type", kind, *bits, "--out", f"{selector}.pem",
                        "--selector", selector, "--domain", "author.example")
    waybill(0, "key", "new", "--type", "ed25519", "--out", "unknown.pem")
    write("zone", zone)


# --- sign ---------------------------------------------------------------------------------------


@tests.test("an originator")
def _():
    signed = author()
    assert signed.startswith(b"DKIM2-Signature: i=1; m=1; t=1790000000; d=author.example;"), signed
    assert signed.endswith(MESSAGE) and b"\r" not in signed, "the message changed"
    verdict(signed, *envelope("alice@author.example", "cooks@lists.example"))
    verdict(signed, *envelope("alice@author.example", "other@lists.example"), status=1)
    verdict(signed, *envelope("mallory@author.example", "cooks@lists.example"), status=1)


@tests.test("CRLF stays CRLF")
def _():
    crlf = MESSAGE.replace(b"\n", b"\r\n")
    signed = author(crlf)
    equal(signed.count(b"\n"), signed.count(b"\r\n"), "line ends")
    verdict(signed, *envelope("alice@author.example", "cooks@lists.example"))


@tests.test("beside DKIM and ARC in one run")
def _():
    signed = author(MESSAGE, "--dkim", "--arc", "--authserv-id", "mx.author.example")
    names = re.findall(rb"^([A-Za-z0-9-]+):", signed, re.M)
    equal(names[:6], [b"DKIM2-Signature", b"Message-Instance", b"ARC-Seal",
                      b"ARC-Message-Signature", b"ARC-Authentication-Results", b"DKIM-Signature"])
    waybill(0, "verify", *common(), "--require", "dkim,dkim2,arc",
            *envelope("alice@author.example", "cooks@lists.example"), octets=signed)


@tests.test("keys: alternatives and those that must all pass")
def _():
    for keys, between in ((["s=author.example.pem,t=t.pem"], ","),
                          (["s=author.example.pem", "--key", "t=t.pem"], "|"),
                          (["s=author.example.pem,t=t.pem", "--key", "u=u.pem"], ",|")):
        signed = waybill(0, "sign", "--dkim2", "--domain", "author.example", "--key", *keys,
                         *envelope("alice@author.example", "cooks@lists.example"), *common(),
                         octets=MESSAGE)
        value = re.search(rb"s=(.*?);", re.sub(rb"\s", b"", signed)).group(1)
        equal("".join(c for c in value.decode() if c in ",|"), between, "signs between")
        verdict(signed, *envelope("alice@author.example", "cooks@lists.example"))


@tests.test("a comma in the name of a key file")
def _():
    with open(path("author.example.pem"), "rb") as key:
        write("odd,key.pem", key.read())
    os.chmod(path("odd,key.pem"), 0o600)
    signed = waybill(0, "sign", "--dkim2", "--domain", "author.example", "--key",
                     "s=odd,key.pem,t=t.pem",
                     *envelope("alice@author.example", "cooks@lists.example"), *common(),
                     octets=MESSAGE)
    verdict(signed, *envelope("alice@author.example", "cooks@lists.example"))


@tests.test("a provider signs for its customer, then for itself")
def _():
    signed = waybill(0, "sign", "--dkim2", "--for", "author.example", "--for-key",
                     "s=author.example.pem", *signer("provider.example"),
                     *envelope("b@provider.example", "cooks@lists.example"), *common(),
                     octets=MESSAGE)
    within(b"nd=provider.example;", signed)
    verdict(signed, *envelope("b@provider.example", "cooks@lists.example"))


@tests.test("the null sender, UTF-8, a nonce and flags")
def _():
    signed = waybill(0, "sign", "--dkim2", *signer("author.example"), "--nonce", "a/b:1", "--flag",
                     "exploded", "--flag", "feedback", *envelope("<>", "jürg@lists.example"),
                     *common(), octets=MESSAGE)
    within(b"n=a/b:1; f=exploded,feedback;", re.sub(rb"\s+", b" ", signed))
    within(base64.b64encode("<jürg@lists.example>".encode()), re.sub(rb"\s", b"", signed))
    verdict(signed, *envelope("<>", "jürg@lists.example"))


@tests.test("a forwarder that changes nothing")
def _():
    signed = waybill(0, "sign", "--dkim2", *LIST, *TO_LIST, *common(1), octets=author())
    equal(signed.count(b"Message-Instance:"), 1, "instances")
    verdict(signed, *envelope("owner@lists.example", "bob@home.example"))


@tests.test("draft 06")
def _():
    signed = author(MESSAGE, "--draft", "06")
    verdict(signed, "--draft", "06", *envelope("alice@author.example", "cooks@lists.example"))


def refused(name, says, *arguments, octets=lambda: MESSAGE, status=1):
    tests.add(name, lambda: waybill(status, *arguments, *common(2), octets=octets(),
                                    says=says) and None)


def unsigned(name, says, *arguments, **how):
    refused(name, f"waybill: standard input: not signed: {says}", "sign", "--dkim2", *arguments,
            **how)


unsigned("a foreign author", "From is not Authentic: its domain is not d=lists.example or below it",
         *signer("lists.example"), *envelope("o@lists.example", "bob@home.example"))
unsigned("a short RSA key", "the RSA key short has 1024 bits: DKIM2 signs with 2048 or more",
         "--domain", "author.example", "--key", "short=short.pem",
         *envelope("alice@author.example", "cooks@lists.example"))
unsigned("a lone CR", "a CR or LF stands alone", *AUTHOR,
         octets=lambda: MESSAGE.replace(b"Flour", b"Flo\rur"))
unsigned("a long line", "a line is longer than 998 octets", *AUTHOR,
         octets=lambda: MESSAGE + b"a" * 999 + b"\n")
unsigned("recipients that must not see each other",
         "rt= would show recipients to each other of whom one is in neither To nor Cc",
         *signer("author.example"),
         *envelope("alice@author.example", "cooks@lists.example", "hidden@home.example"))
unsigned("MAIL FROM of another domain", "d=author.example does not cover the domain of MAIL FROM",
         *signer("author.example"), *envelope("a@far.example", "cooks@lists.example"))
unsigned("an arrival that nobody knows", "the chain is not Fully Verified (the envelope is not "
         "known): it must not be extended: add --arrived-from and --arrived-to", *LIST,
         octets=author)
unsigned("an envelope that does not match", "the chain is not Fully Verified (FAIL:", *LIST,
         *arrived("alice@author.example", "other@lists.example"), octets=author)
unsigned("a forwarder that the author did not send to",
         "the custody breaks: i=1 was not sent to far.example", *signer("far.example"),
         *envelope("o@far.example", "bob@home.example"), *TO_LIST, octets=author)
unsigned("a change that nobody declared", "the chain is not Fully Verified (FAIL:", *LIST, *TO_LIST,
         octets=lambda: post_of(author()))


@tests.test("an unpublished key")
def _():
    signed = waybill(0, "sign", "--dkim2", "--domain", "author.example", "--key", "no=unknown.pem",
                     *envelope("alice@author.example", "cooks@lists.example"), *common(),
                     octets=MESSAGE)
    verdict(signed, *envelope("alice@author.example", "cooks@lists.example"), status=1)
    waybill(1, "sign", "--dkim2", *LIST, *TO_LIST, *common(1), octets=signed,
            says="not signed: the chain is not Fully Verified (PERMERROR:")


@tests.test("a key that cannot be fetched now")
def _():
    write("slow.json", b'{"waybill-dns": 1, "default": "timeout", "answers": []}')
    waybill(75, "sign", "--dkim2", *LIST, *TO_LIST, "--now", str(NOW), "--dns", "slow.json",
            octets=author(), says="not signed: the chain is not Fully Verified (TEMPERROR:")


@tests.test("an arrangement covers a broken chain")
def _():
    broken = arrived("alice@author.example", "other@lists.example")
    signed = waybill(0, "sign", "--dkim2", *LIST, *broken, "--out-of-band", *common(1),
                     octets=author())
    within(b"DKIM2-Signature: i=2; m=1;", signed)


# --- revise -------------------------------------------------------------------------------------


@tests.test("a list revises, and everybody is proved")
def _():
    post = revised()
    within(b"DKIM2-Signature: i=2; m=2;", post)
    verdict(post, *envelope("owner@lists.example", "bob@home.example"))
    far = waybill(0, "sign", "--dkim2", *signer("home.example"),
                  *envelope("bob@home.example", "bob@far.example"),
                  *arrived("owner@lists.example", "bob@home.example"), *common(2), octets=post)
    verdict(far, *envelope("bob@home.example", "bob@far.example"))


@tests.test("nothing that was changed is a hop without an instance")
def _():
    before = author()
    write("before.eml", before)
    after = b"X-Spam: no\n" + before
    signed = waybill(0, "revise", "--before", "before.eml", *LIST, *TO_LIST, *common(1),
                     octets=after)
    equal(signed.count(b"Message-Instance:"), 1, "instances")


def unrevised(name, says, change, *arguments):
    def run():
        before = author()
        write("before.eml", before)
        waybill(1, "revise", "--before", "before.eml", *LIST, *TO_LIST, *common(1), *arguments,
                octets=change(before), says=says)
    tests.add(name, run)


unrevised("two unrelated messages", "not revised: the recipe ",
          lambda before: before[:before.index(b"\n\n")] + b"\n\n" + b"x\n" * 9, "--literals-most",
          "10")
unrevised("a field that was removed on purpose", "not revised: ",
          lambda before: before.replace(b"Message-ID: <1@author.example>\n", b""),
          "--secret-field", "message-id")
unrevised("more of the old body than is allowed", "not revised: ",
          lambda before: before.replace(b"Flour, water, salt.", b"Secret."), "--literals-most", "5")


@tests.test("an unrelated message that is long")
def _():
    body = b"".join(base64.b64encode(os.urandom(54)) + b"\n" for _ in range(3000))
    before = author(MESSAGE + body)
    write("before.eml", before)
    waybill(1, "revise", "--before", "before.eml", *LIST, *TO_LIST, *common(1),
            octets=before[:before.index(b"\n\n")] + b"\n\nremoved\n", says="not revised: ")


refused("revise without the original", "--before is missing: add the file", "revise", *LIST,
        status=64)
refused("an original that is not there", "no.eml: ", "revise", "--before", "no.eml", *LIST,
        *TO_LIST, status=66)


# --- undo ---------------------------------------------------------------------------------------


@tests.test("the original comes back")
def _():
    before, post = author(), revised()
    write("post.eml", post)
    for how in ([], ["post.eml"], ["-"]):
        first = waybill(0, "undo", "--instance", "1", *how, octets=post)
        assert b"[cooks]" not in first and b"List-Id" not in first, first
        within(b"\n\nHello cooks.\nFlour, water, salt.\n", first)
        assert FOOTER not in first, first
        equal(hashes(first), hashes(before), "hashes that it carries")
        verdict(first, *envelope("alice@author.example", "cooks@lists.example"))
    second = waybill(0, "undo", "--instance", "2", octets=post)
    within(FOOTER, second)


@tests.test("undo keeps CRLF")
def _():
    first = waybill(0, "undo", "--instance", "1", octets=revised().replace(b"\n", b"\r\n"))
    equal(first.count(b"\n"), first.count(b"\r\n"), "line ends")


def not_undone(name, says, octets, *arguments, status=1):
    tests.add(name, lambda: waybill(status, "undo", *arguments, octets=octets(), says=says) and None)


not_undone("an instance that does not exist",
           "standard input: there is no instance m=3: the newest is 2", revised, "--instance", "3")
not_undone("a message without instances", "the message has no instances", lambda: MESSAGE,
           "--instance", "1")
not_undone("a body that lost the lines of its recipe", "instance m=1 cannot be recovered: ",
           lambda: revised().replace(b"Hello cooks.\n", b""), "--instance", "1")
not_undone("a body that was changed", "instance m=1 cannot be recovered: ",
           lambda: revised().replace(b"Hello", b"Howdy"), "--instance", "1")
not_undone("undo of nothing", "no message", lambda: b"", "--instance", "1", status=65)
not_undone("undo without an instance", "--instance is missing", lambda: MESSAGE, status=64)


# --- history ------------------------------------------------------------------------------------


def history(octets, *arguments):
    shown = waybill(0, "history", *common(9), *arguments, octets=octets).decode()
    assert max(len(line) for line in shown.splitlines()) <= 80, "a line is too long"
    return shown


@tests.test("what every hop did")
def _():
    shown = history(revised(), *envelope("owner@lists.example", "bob@home.example"))
    for words in ("1  author.example        from      alice@author.example",
                  "to        cooks@lists.example", "2  lists.example         from",
                  "- Brötchen", "+ [cooks] Brötchen", "+ <cooks.lists.example>",
                  "+ cooks mailing list", "the message as it was before is recovered",
                  "The chain of custody is proved back to author.example."):
        within(words, shown)
    assert "\x1b" not in shown, "colour without a terminal"
    within("\x1b[32m+", waybill(0, "history", *common(9), "--color", "always",
                                octets=revised()).decode())


@tests.test("what cannot be judged, and what is not proved")
def _():
    within("is not judged: the envelope is not known", " ".join(history(revised()).split()))
    broken = revised().replace(b"Hello", b"Howdy")
    shown = history(broken, *envelope("owner@lists.example", "bob@home.example"))
    within("The chain of custody is not proved: FAIL:", " ".join(shown.split()))
    within("it has no history", history(MESSAGE))


@tests.test("nothing of a message reaches the terminal unescaped")
def _():
    before = author()
    write("before.eml", before)
    after = post_of(before) + b"\x1b[31mred\x07\n" + b"w" * 300 + b"\n"
    post = waybill(0, "revise", "--before", "before.eml", *LIST, *TO_LIST, *common(1), octets=after)
    shown = history(post)
    assert "\x1b" not in shown and "\x07" not in shown, shown
    within(r"\x1b[31mred\x07", shown.replace("\\x1B", "\\x1b"))


# --- the command line ---------------------------------------------------------------------------


def usage(name, says, *arguments):
    refused(name, says, *arguments, status=64)


SIGN = ("sign", "--dkim2", *signer("author.example"))
usage("no reverse-path", "--mail-from is missing", *SIGN, "--rcpt-to", "a@b.example")
usage("no forward-path", "--rcpt-to is missing", *SIGN, "--mail-from", "a@author.example")
usage("an address that is none", "--rcpt-to a b: ", *SIGN, *envelope("<>", "a b"))
usage("nobody to send to", "--rcpt-to <>: nobody is sent to the null path", *SIGN,
      *envelope("<>", "<>"))
usage("an address without a domain", "--mail-from root: an address without '@': correct it", *SIGN,
      *envelope("root", "a@b.example"))
usage("a nonce that is none", "--nonce a;b: not up to 64 printable characters", *SIGN,
      *envelope("<>", "a@b.example"), "--nonce", "a;b")
usage("a flag that is none", "--flag no: unknown value: use one of exploded, feedback, feedhere",
      *SIGN, *envelope("<>", "a@b.example"), "--flag", "no")
usage("an envelope and nd=", "--next-domain stands instead of", *SIGN,
      *envelope("<>", "a@b.example"), "--next-domain", "b.example", "--out-of-band")
usage("nd= without an arrangement", "add --out-of-band, or sign both hops at once with --for",
      *SIGN, "--next-domain", "b.example")
usage("half an arrival", "--arrived-from and --arrived-to belong together", *SIGN,
      *envelope("<>", "a@b.example"), "--arrived-from", "<>")
usage("half a customer", "--for and --for-key belong together", *SIGN,
      *envelope("<>", "a@b.example"), "--for", "b.example")
usage("an envelope without --dkim2", "are for --dkim2: add that or leave them out", "sign",
      "--dkim", *signer("author.example"), "--mail-from", "<>")
usage("a draft that is none", "--draft 07: unknown value: use one of 06, 09", *SIGN, "--draft",
      "07")
usage("instance 0", "--instance 0: not a number from 1 to 50", "undo", "--instance", "0")


@tests.test("every verb explains itself")
def _():
    for verb in ("sign", "revise", "undo", "history"):
        shown = waybill(0, verb, "--help").decode()
        assert max(len(line) for line in shown.splitlines()) <= 80, shown


@tests.test("the record tells the hops")
def _():
    record = json.loads(waybill(0, "verify", *common(9), "--format", "json",
                                *envelope("owner@lists.example", "bob@home.example"),
                                octets=revised()))
    equal(record["dkim2"]["result"], "pass", "result")


sys.exit(tests.run())
