"""Mailman 3 beside a host, in a root of its own and the network of the host: it takes mail by LMTP
and sends it by SMTP."""

import subprocess
from pathlib import Path

from .site import Server, replace, wait_until

MASTER = '/usr/lib/mailman3/bin/master'
MAILMAN = ['/usr/bin/python3', '/usr/lib/mailman3/bin/mailman', '--run-as-root']
LMTP = 8024
CONF = 'etc/mailman3/mailman.cfg'
CONFIGURATION = """\
[mailman]
site_owner: postmaster@{domain}
layout: debian

[paths.debian]
var_dir: /var/lib/mailman3
bin_dir: /usr/lib/mailman3/bin
log_dir: /var/log/mailman3
lock_dir: /var/lib/mailman3/locks
pid_file: /run/mailman3/master.pid

[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:////var/lib/mailman3/data/mailman.db

[mta]
incoming: mailman.mta.null.NullMTA
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
smtp_host: 127.0.0.1
"""
ANYBODY = """\
from mailman.interfaces.action import Action
m.default_nonmember_action = Action.accept
m.send_welcome_message = False
commit()
"""
SECONDS = 120


class Mailman(Server):
    """A list with Mailman's own tag and footer is made by `make_list`, before the start."""

    def __init__(self, host):
        super().__init__(host.site, f'mailman.{host.domain}',
                         host.site.root('mailman3', f'mailman.{host.domain}'))
        self.host, self.within = host, host.within
        for folder in 'run/mailman3', 'var/lib/mailman3', 'var/log/mailman3':
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        replace(self.root / 'etc/hosts', '127.0.0.1 localhost\n')
        replace(self.root / CONF, CONFIGURATION.format(domain=host.domain, lmtp=LMTP))

    def run(self, *words, standard_input=''):
        run = subprocess.run([*self.within, 'chroot', self.root, *MAILMAN, *words], text=True,
                             input=standard_input, capture_output=True, timeout=SECONDS, check=False)
        assert run.returncode == 0, f'mailman {words}: {run.stdout}{run.stderr}'

    def make_list(self, name, subscribers):
        """Postfix gives it what is for the list; everybody may post."""
        address = f'{name}@{self.host.domain}'
        self.run('create', address)
        self.run('shell', '-l', address, standard_input=ANYBODY)
        self.run('addmembers', '-', address, standard_input='\n'.join(subscribers) + '\n')
        self.host.append('etc/postfix/transport', f'{address} lmtp:[127.0.0.1]:{LMTP}\n')

    def start(self):
        super().start(MASTER, '-C', f'/{CONF}')
        wait_until(self.listens, 'the LMTP of Mailman', self, SECONDS)
        return self

    def listens(self):
        return f':{LMTP:04X} 00000000:0000 0A' in Path(f'/proc/{self.pid}/net/tcp').read_text()
