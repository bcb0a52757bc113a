"""A host of its own in the network: an MTA on port 25, a shell to type commands at, and waybilld
beside it, whose sockets are where the manual has them."""

import os
import shutil
import subprocess

from daemon import Daemon

from .network import RESOLVER, Namespace
from .roots import GROUPS
from .site import Server, replace

FIRST_USER = 60000
SECONDS = 60


class Waybilld(Daemon):
    """Runs in the network of a host. Where FOLDER is that of its files, SOCKETS is that of the
    sockets in the host's root."""

    def __init__(self, host, program, config, files=None, options=()):
        self.within, self.sockets = host.within, host.root / 'run/waybill'
        self.mta_user = host.user
        self.sockets.mkdir(exist_ok=True)
        super().__init__(program, config.replace('SOCKETS', str(self.sockets)), files, options)

    def command(self, *more):
        return [*self.within, *super().command(*more)]

    def start(self):
        super().start()
        for socket in self.sockets.iterdir():  # as if the MTA were in the group of its user
            shutil.chown(socket, None, GROUPS[self.mta_user])


class Host(Server):
    """The host of a domain, before it has an MTA: with that come a kind of root, the user as whom it
    connects to filters, and the one as whom it runs programs."""

    kind = user = runs_programs_as = None

    def __init__(self, site, domain, number, kind=None):
        super().__init__(site, domain, site.root(kind or self.kind, domain))
        self.domain, self.net = domain, Namespace(number)
        self.address, self.within = self.net.address, self.net.within
        self.name_of_host, self.users = f'mx.{domain}', 0
        replace(self.root / 'etc/hosts', '127.0.0.1 localhost\n')
        replace(self.root / 'etc/aliases', '')
        replace(self.root / 'etc/resolv.conf', f'nameserver {RESOLVER}\n')
        replace(self.root / 'etc/services', 'smtp 25/tcp\ndomain 53/tcp\ndomain 53/udp\n')

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

    def add_alias(self, name, value):
        self.append('etc/aliases', f'{name}: {value}\n')
        self.run('newaliases')

    def add_user(self, name, file, text):
        """A user of the host, whose mail goes where that file of the user's says."""
        self.users += 1
        number, home = FIRST_USER + self.users, self.root / 'home' / name
        self.append('etc/passwd', f'{name}:x:{number}:{number}::/home/{name}:/bin/sh\n')
        replace(home / file, f'{text}\n')
        for path in home, home / file:
            os.chown(path, number, number)

    def make_mlmmj(self, name, subscribers, **control):
        """A list with a tag in the subject and a footer; `control` are more of its files."""
        folder = self.root / 'var/spool/mlmmj' / name
        self.run(f'mkdir -p /var/spool/mlmmj; mlmmj-make-ml -L {name}',
                 f'{self.domain}\npostmaster@{self.domain}\nen\n')
        files = {'prefix': f'[{name}]', 'footer': f'-- \nTo leave {name}: write to us', **control}
        for file, text in files.items():
            replace(folder / 'control' / file, f'{text}\n')
        replace(folder / 'subscribers.d/all', ''.join(f'{s}\n' for s in sorted(subscribers)))
        self.run(f'chown -R {self.runs_programs_as} /var/spool/mlmmj/{name}')
        self.add_alias(name, f'"|/usr/bin/mlmmj-receive -F -L /var/spool/mlmmj/{name}/"')

    # --- its life --------------------------------------------------------------------------------

    def stop(self):
        status = super().stop()
        self.net.close()
        return status
