"""waybill verify with an envelope and a configuration, from outside: all methods, the decision, the
DNS as it comes. Arguments: the paths of waybill and of the examples."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from dns_server import NXDOMAIN, SERVFAIL, DnsServer, labels, rcode, silence, txt  # noqa: E402
from tap import Tests, equal, within  # noqa: E402

WAYBILL = os.path.abspath(sys.argv[1])
EXAMPLES = Path(sys.argv[2])
NOW = ("--now", "1795172400")
ENVELOPE = ("--ip", "203.0.113.5", "--helo", "out.gateway.example", "--mail-from",
            "<cooks-bounces@lists.example>")
POST, ALTERED = EXAMPLES / "1-list-post.eml", EXAMPLES / "2-list-post-altered.eml"
CONF = ("--config", EXAMPLES / "demo.conf")
ZONE = ("--dns", EXAMPLES / "zone")
PLAIN = b"From: a@author.example\nSubject: x\n\nHello\n"

tests = Tests()


def verify(*arguments, octets=b"", status=0, said=""):
    done = subprocess.run([WAYBILL, "verify", *map(str, (*NOW, *arguments))], input=octets, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    equal((done.returncode, done.stderr.decode()), (status, said))
    return done.stdout.decode()


def record(*arguments, **how):
    return json.loads(verify("--format", "json", *arguments, **how))


def words(text):
    return " ".join(text.split())


# --- what is shown ------------------------------------------------------------------------------


@tests.test("a message alone: what was not run, and what it needs")
def _():
    shown = words(verify(*ZONE, POST))
    within("spf=not-run dkim=pass arc=pass dmarc=not-run", shown)
    within("not run spf: it needs the client's address (--ip, --helo, --mail-from)", shown)
    within("DMARC was not judged for author.example: SPF was not run: it needs the envelope.", shown)
    equal("Deliver" in shown, False, "a decision without DMARC")
    field = verify("--format", "ar", *ZONE, POST)
    equal("spf=" in field or "dmarc=" in field, False, field)


@tests.test("half an envelope says what the other half is")
def _():
    found = record(*ZONE, "--ip", "192.0.2.1", POST)["spf"]
    equal((found["mail-from"]["why"], found["helo"]["why"]), ("it needs MAIL FROM", "it needs HELO"))
    found = record(*ZONE, "--ip", "192.0.2.1", "--mail-from", "<>", POST)["spf"]
    equal(found["mail-from"]["why"], "it needs HELO")


@tests.test("without a configuration a chain lifts nothing")
def _():
    shown = words(verify(*ZONE, *ENVELOPE, POST))
    within("Reject: DMARC fails, and that is enforced.", shown)
    found = record(*ZONE, *ENVELOPE, POST)["decision"]
    equal((found["disposition"], found["rule"]["name"], found["lifted"]), ("reject", "off", False))
    equal(found["reply"], "550 5.7.1 rejected per DMARC policy of author.example")


@tests.test("the rule in force lifts, and says what it rests on")
def _():
    shown = words(verify(*ZONE, *CONF, *ENVELOPE, POST))
    within("Deliver. DMARC alone would reject; lists.example (i=1, trusted) reports that dkim passed "
           "for author.example. The shadow rule first-spf would deliver.", shown)
    found = record(*ZONE, *CONF, *ENVELOPE, POST)["decision"]
    equal([(r["method"], r.get("property"), r["decisive"]) for r in found["rule"]["reads"]],
          [("dkim", None, True), ("dkim", "d", True)])
    equal(found["chain"], {"first-untrusted": 0, "handlers-before": 0, "client-is-sealer": True,
                           "client-by": "helo", "signatures-gone": []})


@tests.test("nothing of a broken chain is read")
def _():
    found = record(*ZONE, *CONF, *ENVELOPE, ALTERED)["decision"]
    equal((found["disposition"], found["rule"]["why"], found["rule"]["reads"]),
          ("reject", "the chain does not validate", []))
    equal("chain" in found, False)


@tests.test("one field for all methods, in their order, as the configuration names us")
def _():
    field = words(verify("--format", "ar", *ZONE, *CONF, *ENVELOPE, POST))
    equal(field.startswith("Authentication-Results: home.example; spf=fail "), True, field)
    methods = [word.partition("=")[0] for part in field.split("; ")[1:]
               for word in part.split(" ", 1)[:1]]
    equal(methods, ["spf", "spf", "dkim", "dkim", "dkim2", "arc", "dmarc"])
    within("dmarc=fail (no domain that passed is aligned) header.from=author.example "
           "policy.dmarc=reject", field)
    within("arc=pass header.oldest-pass=0 smtp.remote-ip=203.0.113.5",
           field.replace("oldest-pass=1", "oldest-pass=0"))


@tests.test("methods that are required")
def _():
    verify(*ZONE, *CONF, *ENVELOPE, "--require", "dkim,arc", POST)
    verify(*ZONE, *CONF, *ENVELOPE, "--require", "spf", POST, status=1)
    verify(*ZONE, *CONF, *ENVELOPE, "--require", "dmarc", POST, status=1)
    verify(*ZONE, "--require", "spf", POST, status=1)


@tests.test("hostile words of an SPF record reach the terminal escaped")
def _():
    with tempfile.TemporaryDirectory(prefix="waybill-verdict-") as home:
        zone = Path(home) / "zone"
        zone.write_text('x.example. IN TXT "v=spf1 \\027[2Ja:b \\155\\235 -all"\n')
        shown = verify("--dns", zone, "--ip", "192.0.2.1", "--mail-from", "a@x.example",
                       octets=PLAIN)
    equal("\x1b" in shown, False, "an escape sequence")
    within("spf=permerror", shown)


# --- the configuration --------------------------------------------------------------------------


@tests.test("a configuration that is wrong is no verdict")
def _():
    with tempfile.TemporaryDirectory(prefix="waybill-verdict-") as home:
        conf = Path(home) / "conf"
        conf.write_text("overide = first-dkim\n")
        verify("--config", conf, *ZONE, POST, status=78,
               said=f"waybill: {conf}:1: 'overide': unknown key: did you mean override?\n")
        verify("--config", f"{conf}x", *ZONE, POST, status=66,
               said=f"waybill: {conf}x: no such file: check the name\n")


# --- DKIM2 --------------------------------------------------------------------------------------

CUSTODY, SALTED = EXAMPLES / "5-custody.eml", EXAMPLES / "6-custody-altered.eml"
HOME = ("--ip", "198.51.100.9", "--mail-from", "<bob@uni.example>", "--rcpt-to",
        "<bob@home.example>")


def configured(text, run):
    with tempfile.TemporaryDirectory(prefix="waybill-verdict-") as home:
        folder = Path(home)
        (folder / "trust").write_text("lists.example signer\n")
        (folder / "conf").write_text(text.replace("TRUST", f'"{folder}/trust"'))
        return run("--config", folder / "conf")


@tests.test("a proved chain of custody: each hop, what it changed, and back to whom")
def _():
    shown = words(verify(*ZONE, *HOME, "--require", "dkim2", CUSTODY))
    within("2026-11-20 10:02 signed dkim2 i=2 pass to <bob@uni.example> changed "
           "field added list-id, subject tag, footer of 4 lines 3 uni.example", shown)
    within("The chain of custody is proved back to author.example: every hop signed what it passed on, "
           "and every change is undone.", shown)


@tests.test("a broken one says what is wrong, and where")
def _():
    shown = words(verify(*ZONE, *HOME, "--require", "dkim2", SALTED, status=1))
    within("The chain of custody is not proved: FAIL: Message Instance m=2 body hash sha256 mismatch.",
           shown)


@tests.test("without an envelope nothing of it is proved")
def _():
    shown = words(verify(*ZONE, "--require", "dkim2", CUSTODY, status=1))
    within("The chain of custody is not judged: the envelope is not known (--mail-from, --rcpt-to).",
           shown)


@tests.test("another envelope, and what the older draft says of it")
def _():
    elsewhere = ("--mail-from", "<bob@uni.example>", "--rcpt-to", "<eve@home.example>")
    shown = words(verify(*ZONE, *elsewhere, CUSTODY))
    within("FAIL: DKIM2-Signature i=3 RCPT TO eve@home.example did not match. (By draft 06: "
           "permerror.)", shown)
    found = record(*ZONE, *elsewhere, "--draft", "06", CUSTODY)
    equal((found["profile"], found["dkim2"]["result"], found["dkim2"]["also"]["profile"],
           found["dkim2"]["also"]["result"]), ("06", "permerror", "09", "fail"))


@tests.test("a rule lifts on what is proved")
def _():
    rule = 'trust = TRUST\noverride = custody\nrule "custody" {\nreported = dkim2\n}\n'
    shown = configured(rule, lambda *conf: words(verify(*ZONE, *conf, *HOME, CUSTODY)))
    within("Deliver. DMARC alone would reject; but the message is as its author's domain "
           "author.example sent it, apart from changes by trusted hops.", shown)


@tests.test("DMARC takes the originator where the configuration says so, and not else")
def _():
    found = record(*ZONE, *HOME, CUSTODY)
    equal(found["dmarc"]["result"], "fail", "without being told to")
    found = configured("dkim2-aligns = yes\n", lambda *conf: record(*ZONE, *conf, *HOME, CUSTODY))
    equal(found["dmarc"]["result"], "pass")
    equal(found["dmarc"]["authors"][0]["aligned"],
          [{"method": "dkim2", "domain": "author.example"}])


@tests.test("a key that cannot be had is no failure")
def _():
    keys = [labels(f"{name}.example") for name in
            ("c2026._domainkey.author", "c1._domainkey.lists", "c1._domainkey.uni")]
    for code, result in (NXDOMAIN, "permerror"), (SERVFAIL, "temperror"):
        with DnsServer(dict.fromkeys(keys, rcode(code))) as server:
            found = record("--resolver", server.address, *HOME, CUSTODY)["dkim2"]
        equal(found["result"], result)


# --- the DNS as it comes ------------------------------------------------------------------------

SPF = {labels("author.example"): txt(b"v=spf1 include:one.example include:two.example -all"),
       labels("one.example"): txt(b"v=spf1 ip4:198.51.100.0/24 ?all"),
       labels("two.example"): txt(b"v=spf1 ip4:192.0.2.0/24 ?all"),
       labels("_dmarc.author.example"): txt(b"v=DMARC1; p=reject")}
FROM_AUTHOR = ("--ip", "192.0.2.1", "--helo", "mx.author.example", "--mail-from", "a@author.example")


def ask(zone, *arguments, **how):
    with DnsServer(zone) as server:
        return record("--resolver", server.address, *arguments, **how)


@tests.test("SPF and DMARC through the resolver, in two waves")
def _():
    found = ask(SPF, *FROM_AUTHOR, octets=PLAIN)
    equal((found["spf"]["mail-from"]["result"], found["dmarc"]["result"]), ("pass", "pass"))
    equal([step["term"] for step in found["spf"]["mail-from"]["path"]],
          ["include:two.example", "ip4:192.0.2.0/24"])
    equal(found["dns"]["waves"], 2)


def add_trouble(name, broken, spf, dmarc, disposition):
    def run():
        zone = dict(SPF, **{})
        zone[labels(broken[0])] = broken[1]
        found = ask(zone, "--timeout", "1", *FROM_AUTHOR, octets=PLAIN)
        equal((found["spf"]["mail-from"]["result"], found["dmarc"]["result"],
               found["decision"]["disposition"]), (spf, dmarc, disposition))
    tests.add(name, run)


add_trouble("an include that cannot be had is no failure", ("two.example", rcode(SERVFAIL)),
            "temperror", "temperror", "deliver")
add_trouble("silence is no failure", ("two.example", silence), "temperror", "temperror", "deliver")
add_trouble("an include that is not there is a permanent error", ("two.example", rcode(NXDOMAIN)),
            "permerror", "fail", "reject")
add_trouble("a policy that cannot be had is not applied",
            ("_dmarc.author.example", rcode(SERVFAIL)), "pass", "temperror", "deliver")
add_trouble("no policy", ("_dmarc.author.example", rcode(NXDOMAIN)), "pass", "none", "deliver")


@tests.test("a store that nobody has is asked nothing: an unknown reputation is neutral")
def _():
    with tempfile.TemporaryDirectory(prefix="waybill-verdict-") as home:
        conf = Path(home) / "conf"
        conf.write_text('override = known\nrule "known" {\nreported = dkim\nreputation = 10\n}\n')
        with DnsServer({}) as server:
            found = record("--resolver", server.address, "--config", conf, *ENVELOPE, POST)
    asked = [q for q in found["dns"]["questions"] if q["kind"] == "reputation"]
    equal({(q["name"], q["detail"], q["status"]) for q in asked},
          {(name, "sealer", "nodata") for name in ("lists.example", "uni.example",
                                                   "gateway.example")})


sys.exit(tests.run())
