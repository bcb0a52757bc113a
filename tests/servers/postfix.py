"""Postfix in a root of its own, with the files where Debian has them."""

import os
import shutil
import subprocess

from .roots import GROUPS, USERS
from .site import Server, replace, wait_until

MASTER = '/usr/lib/postfix/sbin/master'
QUEUE = 'var/spool/postfix'
POSTFIX, POSTDROP = USERS['postfix'], GROUPS['postdrop']

# master.cf: service, type, private, wakeup, most processes, program.
SERVICES = [
    ('cleanup', 'unix', 'n', '-', '0', 'cleanup'),
    ('qmgr', 'unix', 'n', '300', '1', 'qmgr'),
    ('rewrite', 'unix', '-', '-', '-', 'trivial-rewrite'),
    ('bounce', 'unix', '-', '-', '0', 'bounce'),
    ('defer', 'unix', '-', '-', '0', 'bounce'),
    ('trace', 'unix', '-', '-', '0', 'bounce'),
    ('verify', 'unix', '-', '-', '1', 'verify'),
    ('flush', 'unix', 'n', '1000?', '0', 'flush'),
    ('proxymap', 'unix', '-', '-', '-', 'proxymap'),
    ('smtp', 'unix', '-', '-', '-', 'smtp'),
    ('relay', 'unix', '-', '-', '-', 'smtp'),
    ('error', 'unix', '-', '-', '-', 'error'),
    ('retry', 'unix', '-', '-', '-', 'error'),
    ('discard', 'unix', '-', '-', '-', 'discard'),
    ('anvil', 'unix', '-', '-', '1', 'anvil'),
    ('scache', 'unix', '-', '-', '1', 'scache'),
]
PICKUP = ('pickup', 'unix', 'n', '60', '1', 'pickup')  # without it nothing can be flushed
FOLDERS = {  # of the queue: name -> owner, group, mode
    **{name: (POSTFIX, 0, 0o700) for name in (
        'active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private',
        'saved', 'trace')},
    'maildrop': (POSTFIX, POSTDROP, 0o1730), 'public': (POSTFIX, POSTDROP, 0o2710),
    'pid': (0, 0, 0o755),
}
MAIN = {
    'compatibility_level': '3.6',
    'myhostname': 'mx.example.org',
    'mydestination': '',
    'mynetworks': '127.0.0.0/8',
    'inet_interfaces': '127.0.0.1',  # listeners have their own address
    'inet_protocols': 'ipv4',
    'relay_domains': 'example.org',
    'alias_maps': '',
    'smtpd_relay_restrictions':
        'permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination',
    'smtpd_sasl_auth_enable': 'yes',  # whom XCLIENT calls authenticated is taken to be so
    'smtpd_authorized_xclient_hosts': '127.0.0.0/8',
    'smtp_dns_support_level': 'disabled',
    'message_size_limit': '30000000',
    'in_flow_delay': '0',
}


def milters_of(site, where):
    """How main.cf spells the socket of a mail filter, or of several."""
    if isinstance(where, tuple):
        return ','.join(milters_of(site, each) for each in where)
    return f'inet:{site.address}:{where}' if isinstance(where, int) else f'unix:{where}'


def lay_out(root):
    """The folders that a script of the package would make."""
    for folder in 'etc/postfix', 'var/lib/postfix':
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.chown(root / 'var/lib/postfix', POSTFIX, POSTFIX)
    for folder, (owner, group, mode) in FOLDERS.items():
        (root / QUEUE / folder).mkdir(parents=True, exist_ok=True)
        os.chown(root / QUEUE / folder, owner, group)
        (root / QUEUE / folder).chmod(mode)


def lines_of_main(settings):
    return ''.join(f'{key} = {value}\n' for key, value in settings.items())


def lines_of_master(services):
    return [f'{name} {kind} {private} - n {wakeup} {most} {program}\n'
            for name, kind, private, wakeup, most, program in services]


def messages(queue, *folders):
    """The queue ids of messages in these folders of a queue."""
    return sorted(file.name for folder in folders for file in (queue / folder).rglob('*')
                  if file.is_file())


def is_empty(queue):
    """Whether no message waits in a queue."""
    return not messages(queue, 'incoming', 'active', 'deferred', 'hold')


class Postfix(Server):
    """`listeners`: the name of an smtpd, which its filter is told as that of the daemon -> the port
    of the filter on the site's address, or the path of its socket in the root, or a tuple of both,
    or nothing. Where they listen is in `ports`. `settings` are added to MAIN. All mail leaves to
    `sink`; without one it is thrown away."""

    def __init__(self, site, sink, listeners, settings=None, name='postfix'):
        super().__init__(site, name, site.root('postfix', name))
        self.ports = {listener: site.port() for listener in listeners}
        lay_out(self.root)
        replace(self.root / 'etc/hosts', site.hosts())
        replace(self.root / 'etc/postfix/sasl/smtpd.conf', 'mech_list: PLAIN\n')
        self.configure(sink, listeners, settings or {})

    def configure(self, sink, listeners, settings):
        """Writes main.cf and master.cf."""
        next_hop = f'smtp:[{self.site.address}]:{sink.port}' if sink else 'discard:'
        main = {**MAIN, 'default_transport': next_hop, 'relay_transport': next_hop, **settings}
        replace(self.root / 'etc/postfix/main.cf', lines_of_main(main))
        lines = lines_of_master([*SERVICES, PICKUP])
        for listener, where in listeners.items():
            lines.append(f'{self.site.address}:{self.ports[listener]} inet n - n - - smtpd\n'
                         f'  -o milter_macro_daemon_name={listener}\n')
            if where:
                lines.append(f'  -o smtpd_milters={milters_of(self.site, where)}\n')
        replace(self.root / 'etc/postfix/master.cf', ''.join(lines))

    def start(self):
        super().start(MASTER, '-c', '/etc/postfix')
        for port in self.ports.values():
            self.wait_for_port(port)
        return self

    def is_empty(self):
        """Whether no message waits to be delivered."""
        return is_empty(self.root / QUEUE)

    def wait_until_empty(self):
        wait_until(self.is_empty, 'an empty queue', self)

    def held(self):
        """The queue ids of messages on hold: what a filter quarantined."""
        return messages(self.root / QUEUE, 'hold')

    def deferred(self):
        """The queue ids of messages that are tried again later."""
        return messages(self.root / QUEUE, 'deferred')

    def is_idle(self):
        """Whether no message is under way."""
        return not messages(self.root / QUEUE, 'incoming', 'active')

    def release(self):
        """Lets what is on hold go, at once."""
        self.run('postsuper', '-H', 'ALL')
        self.flush()

    def flush(self):
        """Tries everything again that waits."""
        self.run('postqueue', '-f')

    def run(self, *command):
        """A command of Postfix; gives what it printed."""
        return subprocess.run(['chroot', self.root, *command], check=True, capture_output=True,
                              text=True).stdout
