"""The mail filters that the benchmark puts side by side, each in a Debian root of its own, all
asking the same DNS server; ours beside them. All log a line a message."""

from pathlib import Path

from processes import TESTS, tree_of
from daemon import Daemon
from servers.site import Server, replace, wait_until

AUTHSERV = "mx.example.org"
DOMAIN, SELECTOR = "author.example", "bench"
KEY = TESTS / "differential" / "rsa.pem"
ELSEWHERE = "198.51.100.0/24"  # no client is there: all are strangers
WORKERS = 2


class Peer(Server):
    """A filter of Debian's, which listens at a socket of its root. `proof` is what it logs of a
    message for which it did what it is here for."""
    kind, command, configuration, proof = None, [], {}, ""

    def __init__(self, site, name, dns):
        super().__init__(site, name, site.root(self.kind, name))
        self.socket = self.root / "run/filter.sock"
        replace(self.root / "etc/resolv.conf", f"nameserver {dns.site.address}\n")
        replace(self.root / "etc/none", ELSEWHERE + "\n")
        for file, text in self.configuration.items():
            replace(self.root / file, text % {"address": dns.site.address})
        replace(self.root / "etc/key.pem", KEY.read_text())
        (self.root / "etc/key.pem").chmod(0o600)

    def start(self):
        super().start(*self.command)
        wait_until(self.socket.exists, f"the socket of {self.name}", self)
        self.socket.chmod(0o666)
        return self

    def close(self):
        """The site ends it."""

    def processes(self):
        return tree_of(self.pid)


OPENDKIM = f"""\
Background no
Syslog yes
SyslogSuccess yes
UMask 000
Socket local:/run/filter.sock
AuthservID {AUTHSERV}
Nameservers %(address)s
"""


class OpendkimVerifier(Peer):
    kind, proof = "opendkim", "DKIM verification successful"
    command = ["/usr/sbin/opendkim", "-f", "-x", "/etc/opendkim.conf"]
    configuration = {"etc/opendkim.conf":
                     f"{OPENDKIM}Mode v\nInternalHosts /etc/none\nAlwaysAddARHeader yes\n"}


class OpendkimSigner(OpendkimVerifier):
    proof = "DKIM-Signature field added"
    configuration = {"etc/opendkim.conf": f"{OPENDKIM}Mode s\nInternalHosts 127.0.0.0/8\n"
                     "Canonicalization relaxed/relaxed\nRequireSafeKeys no\n"
                     f"Domain {DOMAIN}\nSelector {SELECTOR}\nKeyFile /etc/key.pem\n"}


class Opendmarc(Peer):
    kind, proof = "opendmarc", f"{DOMAIN} pass"
    command = ["/usr/sbin/opendmarc", "-f", "-c", "/etc/opendmarc.conf"]
    configuration = {"etc/opendmarc.conf": f"""\
Background false
Syslog true
UMask 0000
Socket local:/run/filter.sock
AuthservID {AUTHSERV}
TrustedAuthservIDs {AUTHSERV}
IgnoreHosts /etc/none
SPFIgnoreResults true
SPFSelfValidate true
"""}


class Rspamd(Peer):
    kind, proof = "rspamd", "DMARC_POLICY_ALLOW"
    command = ["/usr/bin/rspamd", "-f", "-i", "-c", "/etc/bench.conf"]
    configuration = {"run/tld.dat": "example\n", "etc/bench.conf": f"""\
actions {{ reject = 15; }}
group "policies" {{ symbols {{ "R_SPF_ALLOW" {{ weight = 0; }} }} }}
lang_detection {{ languages = "${{SHAREDIR}}/languages"; }}
options {{
  filters = "dkim,spf";
  pidfile = "/run/rspamd.pid";
  cache_file = "/run/symbols.cache";
  control_socket = "/run/control.sock mode=0600";
  hs_cache_dir = "/run/";
  url_tld = "/run/tld.dat";
  disable_hyperscan = true;
  tempdir = "/tmp";
  local_addrs = "{ELSEWHERE}";
  dns {{ nameserver = ["%(address)s:53"]; timeout = 1s; }}
  history_rows = 1;
}}
logging {{ type = "console"; level = "info"; }}
worker "rspamd_proxy" {{
  bind_socket = "/run/filter.sock mode=0666";
  milter = yes;
  timeout = 60s;
  count = {WORKERS};
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
modules {{ path = "${{PLUGINSDIR}}"; }}
dkim {{ check_local = true; }}
spf {{ check_local = true; }}
arc {{ check_local = true; }}
dmarc {{ check_local = true; }}
milter_headers {{ use = ["authentication-results"]; }}
"""}


CONFIGURATION = f"""\
authserv-id = {AUTHSERV}
resolver = "{{resolver}}"
workers = {WORKERS}
keys = keys
listener "{{name}}" {{{{
    socket = "{{socket}}"
    {{role}}
}}}}
"""
RECEIVER = f'preset = receiver\n    own = {{ "{ELSEWHERE}" }}'
ORIGINATOR = 'preset = originator\n    own = { "127.0.0.0/8" }'


class Waybilld(Daemon):
    """Ours, with one listener. `where`: a path, or "inet:PORT@ADDRESS"."""

    def __init__(self, program, where, dns, role=RECEIVER, proof="dmarc=pass", options=()):
        self.name, self.proof, self.socket = "waybilld", proof, where
        socket = where if str(where).startswith("inet:") else f"unix:{where}"
        super().__init__(program, CONFIGURATION.format(resolver=dns.where, name=self.name,
                                                       role=role, socket=socket),
                         {"keys": f"{DOMAIN} {SELECTOR} key.pem\n", "key.pem": KEY.read_text()},
                         options)
        if not str(where).startswith("inet:"):
            Path(where).chmod(0o666)

    def processes(self):
        return tree_of(self.process.pid)
