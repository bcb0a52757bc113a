"""peer_dkimpy.py DIRECTORY SECONDS: dkimpy on the messages that bench_waybill made.

One line a case it can do: name, operations a second, a tab between.
"""

import base64
import sys
import time
from pathlib import Path

import dkim

directory, seconds = Path(sys.argv[1]), float(sys.argv[2])

AUTHSERV = b"mx.receiver.example"
DOMAIN = b"author.example"
ARC_RESULTS = b"Authentication-Results: " + AUTHSERV + b"; arc=pass\r\n"


def record(name, timeout=5):
    selector = bytes(name).split(b".")[0].decode()
    return (directory / f"{selector}.txt").read_bytes()


def private_key(name):
    pem = (directory / f"{name}.pem").read_bytes()
    if name == "rsa":
        return pem
    # The last 32 octets of an Ed25519 key in PKCS #8 are the key itself (RFC 8410 section 7).
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    return base64.b64encode(der[-32:])


def operation(deed, key, sets, message):
    """What is measured, and whether its result is as it should be."""
    secret = private_key(key)
    algorithm = {"rsa": b"rsa-sha256", "ed25519": b"ed25519-sha256"}[key]

    def verify():
        return dkim.verify(message, dnsfunc=record)

    def sign():
        return dkim.sign(message, key.encode(), DOMAIN, secret, signature_algorithm=algorithm,
                         canonicalize=(b"relaxed", b"relaxed"))

    def validate():
        return dkim.arc_verify(message, dnsfunc=record)[0] == dkim.CV_Pass

    def seal():
        arriving = message
        if sets:
            if not validate():
                return False
            arriving = ARC_RESULTS + message
        return dkim.arc_sign(arriving, key.encode(), DOMAIN, secret, AUTHSERV)

    return {"verify": verify, "sign": sign, "validate": validate, "seal": seal}.get(deed)


def rate(run):
    if not run or not run():
        return 0
    start = time.process_time()
    n, spent = 0, 0.0
    while spent < seconds:
        if not run():
            return 0
        n += 1
        spent = time.process_time() - start
    return n / spent


for line in (directory / "cases.tsv").read_text().splitlines():
    name, deed, key, sets = line.split("\t")
    message = (directory / f"{name}.eml").read_bytes()
    ops = rate(operation(deed, key, int(sets), message))
    if ops:
        print(f"{name}\t{ops:.2f}", flush=True)
