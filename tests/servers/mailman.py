"""Mailman 3 beside a host, in a root of its own and the network of the host: it takes mail by LMTP
and sends it by SMTP."""

import subprocess
from pathlib import Path

from .network import RESOLVER
from .site import Server, replace, wait_until

MASTER = '/usr/lib/mailman3/bin/master'
SHELL = ['/usr/bin/python3', '/usr/lib/mailman3/bin/mailman', '--run-as-root', 'shell']
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
# Each runner is a process that imports all of Mailman. A post passes lmtp and those that are busy;
# once a second, as often as they look for it, would be most of what a test waits for.
BUSY = 'in', 'out', 'pipeline'
IDLE = 'archive', 'bounces', 'command', 'digest', 'nntp', 'rest', 'retry', 'task', 'virgin'
SLEEPS, RESTS = '\n[runner.{}]\nsleep_time: 0.1s\n', '\n[runner.{}]\nstart: no\n'
NAMES = """\
from mailman.app.lifecycle import create_list
from mailman.app.moderator import handle_message
from mailman.interfaces.action import Action
from mailman.interfaces.domain import IDomainManager
from mailman.interfaces.listmanager import IListManager
from mailman.interfaces.mailinglist import DMARCMitigateAction, Personalization
from mailman.interfaces.requests import IListRequests
from mailman.interfaces.usermanager import IUserManager
from zope.component import getUtility
users = getUtility(IUserManager)
"""
DOMAIN = "domain = getUtility(IDomainManager).add('{domain}')\n"
LIST = """\
m = create_list('{address}')
m.default_nonmember_action = Action.accept
m.send_welcome_message = m.admin_immed_notify = m.respond_to_post_requests = False
found = [users.get_address(user) or users.create_address(user) for user in {subscribers}]
members = [m.subscribe(address) for address in found]
{settings}
"""
ACCEPT = """\
m = getUtility(IListManager).get('{address}')
done = [handle_message(m, held.id, Action.accept) for held in IListRequests(m).held_requests]
"""
SECONDS = 120


class Mailman(Server):
    """Runs with the lists that were made before."""

    def __init__(self, host):
        super().__init__(host.site, f'mailman.{host.domain}',
                         host.site.root('mailman3', f'mailman.{host.domain}'))
        self.host, self.within = host, host.within
        for folder in 'run/mailman3', 'var/lib/mailman3', 'var/log/mailman3':
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        replace(self.root / 'etc/hosts', '127.0.0.1 localhost\n')
        replace(self.root / 'etc/resolv.conf', f'nameserver {RESOLVER}\n')
        self.configure()

    def configure(self, idle=()):
        """These runners rest as well."""
        busy = [SLEEPS.format(name) for name in BUSY if name not in idle]
        rest = [RESTS.format(name) for name in (*IDLE, *idle)]
        replace(self.root / CONF, CONFIGURATION.format(domain=self.host.domain, lmtp=LMTP) +
                ''.join(busy + rest))

    def shell(self, lines):
        """Lines for the shell of Mailman, which goes on after an error."""
        run = subprocess.run([*self.within, 'chroot', self.root, *SHELL], text=True,
                             input=f'{NAMES}{lines}commit()\n', capture_output=True,
                             timeout=SECONDS, check=False)
        said = run.stdout + run.stderr
        assert run.returncode == 0 and 'File "<console>"' not in said, f'mailman shell: {said}'

    def address_of(self, name):
        return f'{name}@{self.host.domain}'

    def make_lists(self, lists):
        """Name -> subscribers, and what is set in the shell. Lists with Mailman's own tag and
        footer, to which everybody may post; Postfix gives them what is theirs."""
        self.shell(DOMAIN.format(domain=self.host.domain) + ''.join(
            LIST.format(address=self.address_of(name), subscribers=subscribers, settings=settings)
            for name, (subscribers, settings) in lists.items()))
        for name in lists:
            self.host.append('etc/postfix/transport',
                             f'{self.address_of(name)} lmtp:[127.0.0.1]:{LMTP}\n')
        self.host.run('postfix reload')

    def write_footer(self, name, text):
        replace(self.root / f'var/lib/mailman3/templates/lists/{name}.{self.host.domain}/en' /
                'list:member:regular:footer.txt', text)

    def wait_until_held(self, name):
        log, held = self.root / 'var/log/mailman3/mailman.log', f'HOLD: {self.address_of(name)} '
        wait_until(lambda: held in log.read_text(), 'a held post', self)

    def wait_until_queued(self):
        """What is to be sent; for that the runner has to rest."""
        queue = self.root / 'var/lib/mailman3/queue/out'
        wait_until(lambda: list(queue.glob('*.pck')), 'a post in the queue', self)

    def accept_held(self, name):
        self.shell(ACCEPT.format(address=self.address_of(name)))

    def start(self):
        super().start(MASTER, '-C', f'/{CONF}')
        wait_until(self.listens, 'the LMTP of Mailman', self)
        return self

    def listens(self):
        return f':{LMTP:04X} 00000000:0000 0A' in Path(f'/proc/{self.pid}/net/tcp').read_text()
