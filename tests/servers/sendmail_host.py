"""A host with Sendmail."""

import os
import socket

from .host import Host
from .roots import GROUPS, USERS
from .sendmail import MC, QUEUE, SENDMAIL
from .site import replace, wait_until

# Debian's sendmail.mc, for the world and not for loopback alone, without what holds a client up.
MAIN = """\
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
define(`confTO_IDENT', `0')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`use_cw_file')dnl
FEATURE(`nocanonify')dnl
FEATURE(`smrsh')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl
"""
MAILERS = "MAILER(`local')dnl\nMAILER(`smtp')dnl\n"
# What every daemon of the host needs: its name, and work however loaded the machine is.
SITE = """\
define(`confDOMAIN_NAME', `{}')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confREFUSE_LA', `10000')dnl
"""
PID_OF_CUSTODY = 'run/sendmail/mta/custody.pid'
COMMANDS = 'usr/sbin/sendmail', 'usr/bin/newaliases'
LINKS = {'var/run': '../run', 'etc/mail/aliases': '../aliases'}
FOLDERS = 'var/lib/sendmail/host_status', 'run/sendmail/mta'


class SendmailHost(Host):
    """As its package leaves it; `custody` is the command that starts the second daemon, once that
    was stopped."""

    kind, user, runs_programs_as = 'sendmail-host', 'root', 'mail'
    refusal = '451 4.3.2 Please try again later'  # while waybilld is away

    def __init__(self, site, domain, number):
        super().__init__(site, domain, number)
        self.furnish()
        self.configure('')
        self.make('sendmail')
        self.run('newaliases')

    def furnish(self):
        """What scripts of the package would have made."""
        for name, target in {**LINKS, **{name: SENDMAIL for name in COMMANDS}}.items():
            (self.root / name).symlink_to(target)
        for folder in (*FOLDERS, QUEUE):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        os.chown(self.root / QUEUE, USERS['smmta'], GROUPS['smmsp'])
        (self.root / QUEUE).chmod(0o2750)
        replace(self.root / 'etc/mail/local-host-names', f'{self.domain}\n')
        self.append('etc/hosts', f'{self.address} {self.name_of_host} {socket.gethostname()}\n')
        replace(self.root / 'etc/nsswitch.conf',
                'passwd: files\ngroup: files\nhosts: files dns\n')

    def configure(self, lines, behind=''):
        """Writes sendmail.mc with lines before its mailers, and others at its end."""
        self.write(MC, MAIN + lines + MAILERS + behind)

    def write(self, file, lines):
        """Lines of m4, and those of the site."""
        replace(self.root / file, lines + SITE.format(self.name_of_host))

    def make(self, name):
        """NAME.cf of NAME.mc."""
        self.run(f'm4 /etc/mail/{name}.mc > /etc/mail/{name}.cf')

    def without_filter(self, action):
        """What becomes of mail while waybilld is away, from now on: accept, or tempfail."""
        flag = {'accept': 'F=, ', 'tempfail': 'F=T, '}[action]
        starts = self.starts()
        for name in 'sendmail', 'custody':
            self.run(f'sed -i "s/F=T\\?, /{flag}/" /etc/mail/{name}.mc')
            self.make(name)
            self.run(f'kill -HUP $(head -1 /run/sendmail/mta/{name}.pid)')
        wait_until(lambda: self.starts() == starts + 2, 'daemons that start again', self)

    def hold_back(self):
        """The first daemon hands nothing over, for there is no second."""
        pid, self.custody = self.run(f'cat /{PID_OF_CUSTODY}').splitlines()
        self.run(f'kill {pid}')
        wait_until(lambda: not (self.root / PID_OF_CUSTODY).exists(), 'the end of a daemon', self)

    def hand_over(self):
        self.run(self.custody)

    def start(self):
        super().start(SENDMAIL, '-bD', '-q1s')
        self.wait_for_port(25)
        return self

    def starts(self):
        """How often a daemon has started."""
        return self.log().count(' starting daemon ')

    def has_deferred(self):
        """Whether the first daemon could not hand a message over."""
        return '(Deferred: ' in self.run('sendmail -bp')
