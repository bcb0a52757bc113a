"""unbound in a root of its own, which knows a zone of the test's and nothing else."""

from .site import Server, replace

UNBOUND = '/usr/sbin/unbound'
CONF = 'etc/unbound/unbound.conf'
OPTIONS = """\
server:
  interface: {address}@{port}
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  use-syslog: yes
  chroot: ""
  username: ""
  pidfile: ""
  directory: "/etc/unbound"
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: "." static
"""
DNS_PORT = 53
STRING_OCTETS = 255  # RFC 1035, section 3.3


def local_data(name, kind, value):
    """A record as the file has it; texts in strings that are not too long."""
    if kind == 'TXT':
        parts = [value[i:i + STRING_OCTETS] for i in range(0, len(value), STRING_OCTETS)]
        value = ' '.join(f'"{part}"' for part in parts)
    return f"  local-data: '{name}. 300 IN {kind} {value}'\n"


class Unbound(Server):
    """`zone`: name -> list of (type, value). Names that are not in it do not exist. `at` is an
    address where port 53 is free."""

    def __init__(self, site, zone, name='unbound', port=None, at=None):
        super().__init__(site, name, site.root('unbound', name))
        self.address = at or site.address
        self.port = port or (DNS_PORT if at else site.port())
        self.where = f'{self.address}@{self.port}'
        replace(self.root / CONF, OPTIONS.format(address=self.address, port=self.port) + ''.join(
            local_data(owner, kind, value) for owner, records in zone.items()
            for kind, value in records))

    def start(self):
        super().start(UNBOUND, '-d', '-c', f'/{CONF}')
        self.wait_for_port(self.port)
        return self
