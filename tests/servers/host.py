"""A host of its own in the network: Postfix on port 25, a shell to type commands at, and waybilld
beside it, whose sockets are where the manual has them."""

import os
import shlex
import shutil
import subprocess

from daemon import Daemon

from . import postfix
from .network import INTERNET, RESOLVER, Namespace
from .roots import GROUPS
from .site import Server, replace, wait_until

SERVICES = [
    ('smtp', 'inet', 'n', '-', '-', 'smtpd'),
    postfix.PICKUP,
    *postfix.SERVICES,
]
MAIN = {
    'compatibility_level': '3.6',
    'mynetworks': f'127.0.0.0/8 {INTERNET}',
    'inet_interfaces': 'all',
    'alias_maps': 'hash:/etc/aliases',
    'transport_maps': 'texthash:/etc/postfix/transport',
    'local_recipient_maps': 'proxy:unix:passwd.byname $alias_maps $transport_maps',
    'recipient_delimiter': '+',
    'smtpd_relay_restrictions': 'permit_mynetworks, reject_unauth_destination',
    'milter_default_action': 'tempfail',
}
OF_EACH_INSTANCE = {
    'inet_protocols': 'ipv4',
    'in_flow_delay': '0',
    'queue_run_delay': '1s',
    # Not less: a message that is tried again while its delivery agent still holds it is put aside
    # for good ("skipped, still being delivered"), and a second from now counts as now.
    'minimal_backoff_time': '4s',
    'maximal_backoff_time': '4s',
}
OTHERS = 'local unix - n n - - local\nlmtp unix - - n - - lmtp\n'
DOVECOT = """\
postmaster_address = postmaster@%s
mail_location = maildir:~/Maildir
userdb {
  driver = passwd
}
protocol lda {
  mail_plugins = sieve
}
"""
SHARE = 'usr/share/postfix'
PROTOTYPES = {'main.cf.proto': 'main.cf.dist', 'master.cf.proto': 'master.cf.dist',
              'makedefs.out': 'makedefs.out', 'dynamicmaps.cf': 'dynamicmaps.cf'}
FIRST_USER = 60000
SECONDS = 60


class Waybilld(Daemon):
    """Runs in the network of a host. Where FOLDER is that of its files, SOCKETS is that of the
    sockets in the host's root."""

    def __init__(self, host, program, config, files=None, options=()):
        self.within, self.sockets = host.within, host.root / 'run/waybill'
        self.sockets.mkdir(exist_ok=True)
        super().__init__(program, config.replace('SOCKETS', str(self.sockets)), files, options)

    def command(self, *more):
        return [*self.within, *super().command(*more)]

    def start(self):
        super().start()
        for socket in self.sockets.iterdir():  # as if postfix were in the group of its user
            shutil.chown(socket, None, GROUPS['postfix'])


class Host(Server):
    """The host of a domain, in a root of that kind. `settings` are added to MAIN."""

    def __init__(self, site, domain, number, settings=None, kind='host'):
        super().__init__(site, domain, site.root(kind, domain))
        self.domain, self.net = domain, Namespace(number)
        self.address, self.within = self.net.address, self.net.within
        self.name_of_host, self.users = f'mx.{domain}', 0
        postfix.lay_out(self.root)
        self.furnish()
        self.of_each_instance = postfix.lines_of_main(
            {**OF_EACH_INSTANCE, 'myhostname': self.name_of_host})
        self.append('etc/postfix/main.cf', self.of_each_instance + postfix.lines_of_main({
            **MAIN, 'mydomain': domain, 'mydestination': f'{domain}, localhost',
            **(settings or {})}))
        self.append('etc/postfix/master.cf', ''.join(postfix.lines_of_master(SERVICES)) + OTHERS)
        self.run('newaliases')

    def furnish(self):
        """What scripts of the package would have made."""
        for name, of in PROTOTYPES.items():
            shutil.copy(self.root / SHARE / of, self.root / 'etc/postfix' / name)
        replace(self.root / 'etc/hosts', '127.0.0.1 localhost\n')
        for file in 'etc/aliases', 'etc/postfix/transport':
            replace(self.root / file, '')
        replace(self.root / 'etc/resolv.conf', f'nameserver {RESOLVER}\n')
        replace(self.root / 'etc/services', 'smtp 25/tcp\ndomain 53/tcp\ndomain 53/udp\n')
        (self.root / 'usr/bin/awk').symlink_to('mawk')

    # --- what a postmaster does ------------------------------------------------------------------

    def run(self, command, standard_input=''):
        """A line for the shell of root; gives what it printed."""
        run = subprocess.run([*self.within, 'chroot', self.root, '/bin/sh', '-c', command],
                             input=standard_input, text=True, capture_output=True, timeout=SECONDS,
                             env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}, check=False)
        assert run.returncode == 0, f'{command}: {run.returncode}: {run.stdout}{run.stderr}'
        return run.stdout

    def append(self, file, text):
        path = self.root / file
        replace(path, (path.read_text() if path.exists() else '') + text)

    def configure(self, lines, instance='postfix'):
        """Writes lines of main.cf into that of an instance."""
        words = ' '.join(shlex.quote(line) for line in lines.splitlines())
        self.run(f'postconf -c /etc/{instance} -e {words}')

    def add_alias(self, name, value):
        self.append('etc/aliases', f'{name}: {value}\n')
        self.run('newaliases')

    def serve_srs(self, forward, back):
        """postsrsd, as its package starts it."""
        self.append('etc/postsrsd.secret', f'a secret of {self.domain}\n')
        self.run(f'postsrsd -D -f{forward} -r{back} -d{self.domain} -s/etc/postsrsd.secret -unobody')

    def add_user(self, name, file, text):
        """A user of the host, whose mail goes where that file of the user's says."""
        self.users += 1
        number, home = FIRST_USER + self.users, self.root / 'home' / name
        self.append('etc/passwd', f'{name}:x:{number}:{number}::/home/{name}:/bin/sh\n')
        replace(home / file, f'{text}\n')
        for path in home, home / file:
            os.chown(path, number, number)

    def serve_sieve(self, more=''):
        """Dovecot delivers the mail of users, who may have a .dovecot.sieve; `more` is configuration
        of it."""
        replace(self.root / 'etc/dovecot/dovecot.conf', DOVECOT % self.domain + more)
        self.configure('mailbox_command = /usr/lib/dovecot/dovecot-lda')

    def make_mlmmj(self, name, subscribers, **control):
        """A list with a tag in the subject and a footer; `control` are more of its files."""
        folder = self.root / 'var/spool/mlmmj' / name
        self.run(f'mkdir -p /var/spool/mlmmj; mlmmj-make-ml -L {name}',
                 f'{self.domain}\npostmaster@{self.domain}\nen\n')
        files = {'prefix': f'[{name}]', 'footer': f'-- \nTo leave {name}: write to us', **control}
        for file, text in files.items():
            replace(folder / 'control' / file, f'{text}\n')
        replace(folder / 'subscribers.d/all', ''.join(f'{s}\n' for s in sorted(subscribers)))
        self.run(f'chown -R nobody /var/spool/mlmmj/{name}')
        self.add_alias(name, f'"|/usr/bin/mlmmj-receive -F -L /var/spool/mlmmj/{name}/"')

    # --- its life --------------------------------------------------------------------------------

    def start(self, port=25):
        super().start(postfix.MASTER, '-c', '/etc/postfix')
        self.wait_for_port(port)
        return self

    def is_empty(self):
        """Whether no message waits in an instance."""
        return all(postfix.is_empty(queue) for queue in (self.root / 'var/spool').glob('postfix*'))

    def wait_until_empty(self):
        wait_until(self.is_empty, f'empty queues of {self.domain}', self)

    def stop(self):
        status = super().stop()
        self.net.close()
        return status
