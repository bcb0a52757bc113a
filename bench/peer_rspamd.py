"""peer_rspamd.py FOLDER DIRECTORY SECONDS: rspamd on the typical message that bench_waybill made.

A line for the case: name, operations a second of its worker's processor time, a tab between.

It is a server, and none is installed: Debian's packages are unpacked into FOLDER, one worker with
the modules for SPF, DKIM, ARC and DMARC listens on loopback, asks a DNS server of ours, and ends
with this program.
"""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASE = "check-typical"
STARTS_WITHIN = 30  # seconds
WANTED = {"R_SPF_ALLOW", "R_DKIM_ALLOW", "R_DKIM_REJECT", "ARC_ALLOW", "DMARC_POLICY_REJECT"}

# The scanner says what it found, whatever the score; a history of no rows it does not survive.
CONFIGURATION = """
actions { reject = 15; }
group "policies" { symbols { "R_SPF_ALLOW" { weight = 0; } } }
lang_detection { languages = "${SHAREDIR}/languages"; }
options {
  filters = "dkim,spf";
  pidfile = "$RUNDIR/rspamd.pid";
  cache_file = "$RUNDIR/symbols.cache";
  control_socket = "$RUNDIR/rspamd.sock mode=0600";
  hs_cache_dir = "$RUNDIR/";
  url_tld = "$RUNDIR/tld.dat";
  disable_hyperscan = true;
  tempdir = "$RUNDIR";
  dns { nameserver = ["127.0.0.1:%(dns)s"]; timeout = 1s; }
  history_rows = 1;
}
logging { type = "file"; filename = "$RUNDIR/log"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:%(port)s"; count = 1; }
modules { path = "${PLUGINSDIR}"; }
dkim {}
spf {}
arc {}
dmarc {}
"""


class Absent(Exception):
    """It cannot be made to run; why."""


def output_of(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    if done.returncode:
        raise Absent(f"{' '.join(command[:2])}: {' '.join(done.stderr.split())[-200:]}")
    return done.stdout


def unpack(folder):
    """The package and the libraries the host lacks."""
    root = folder / "root"
    if not (root / "usr/bin/rspamd").exists():
        folder.mkdir(parents=True, exist_ok=True)
        lines = output_of("apt-get", "--simulate", "--no-install-recommends", "install", "rspamd")
        names = [line.split()[1] for line in lines.splitlines() if line.startswith("Inst ")]
        libraries = [n for n in names if n.startswith("lib") and not n.startswith("libjs-")]
        output_of("apt-get", "download", "rspamd", *libraries, cwd=folder)
        for package in folder.glob("*.deb"):
            output_of("dpkg", "-x", package.name, "root", cwd=folder)
    return root


@contextlib.contextmanager
def running(*command, **how):
    with subprocess.Popen(list(map(str, command)), **how) as process:
        try:
            yield process
        finally:
            process.terminate()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rspamd(root, directory, port, dns):
    """The command and the environment that start it."""
    run, share = directory / "rspamd", root / "usr/share/rspamd"
    run.mkdir(exist_ok=True)
    (run / "tld.dat").write_text("example\n")
    (run / "conf").write_text(CONFIGURATION % {"port": port, "dns": dns})
    places = {"RUNDIR": run, "DBDIR": run, "LOGDIR": run, "CONFDIR": run, "LOCAL_CONFDIR": run,
              "SHAREDIR": share, "PLUGINSDIR": share / "plugins", "RULESDIR": share / "rules",
              "LUALIBDIR": share / "lualib", "WWWDIR": share / "www"}
    libraries = f"{root}/usr/lib/{os.uname().machine}-linux-gnu:{root}/usr/lib/rspamd"
    command = [root / "usr/bin/rspamd", "-f", "-i", "-c", run / "conf",
               *(f"--var={name}={place}" for name, place in places.items())]
    return command, {**os.environ, "LD_LIBRARY_PATH": libraries}


def worker_of(server):
    """Its process, once it is there: the port is open before."""
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
            if b"normal" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        time.sleep(0.05)
    raise Absent("it does not start")


def seconds_of(process):
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def check(connection, message, envelope):
    connection.request("POST", "/checkv2", message, envelope)
    found = json.loads(connection.getresponse().read())
    missing = WANTED - set(found["symbols"])
    if missing:
        raise Absent(f"its verdict lacks {', '.join(sorted(missing))}")


def rate(worker, port, directory, seconds):
    message = (directory / f"{CASE}.eml").read_bytes()
    said = json.loads((directory / "envelope.json").read_text())
    envelope = {"IP": said["ip"], "Helo": said["helo"], "From": said["mail-from"]}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(20):  # keys and records are at hand then
        check(connection, message, envelope)
    start, n, spent = seconds_of(worker), 0, 0.0
    while spent < seconds:
        check(connection, message, envelope)
        n, spent = n + 1, seconds_of(worker) - start
    return n / spent


def main(folder, directory, seconds):
    root, port = unpack(folder), free_port()
    forwarder = running(sys.executable, HERE / "dns_forwarder.py", directory / "zone.json", 0,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with forwarder as dns:
        address = dns.stdout.readline().strip()
        command, environment = rspamd(root, directory, port, address.partition("@")[2])
        with running(*command, env=environment, stderr=subprocess.DEVNULL) as server:
            worker = worker_of(server)
            print(f"{CASE}\t{rate(worker, port, directory, seconds):.2f}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), float(sys.argv[3]))
    except (Absent, OSError) as error:
        sys.exit(f"peer_rspamd: {error}")
