"""A host with Postfix."""

import shlex
import shutil

from . import postfix
from .host import Host
from .network import INTERNET
from .site import replace

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


class PostfixHost(Host):
    """In a root of that kind. `settings` are added to MAIN."""

    kind, user, runs_programs_as = 'host', 'postfix', 'nobody'
    refusal = '451 4.7.1 Service unavailable'  # while waybilld is away

    def __init__(self, site, domain, number, settings=None, kind=None):
        super().__init__(site, domain, number, kind)
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
        replace(self.root / 'etc/postfix/transport', '')
        (self.root / 'usr/bin/awk').symlink_to('mawk')

    def configure(self, lines, instance='postfix'):
        """Writes lines of main.cf into that of an instance."""
        words = ' '.join(shlex.quote(line) for line in lines.splitlines())
        self.run(f'postconf -c /etc/{instance} -e {words}')

    def serve_srs(self, forward, back):
        """postsrsd, as its package starts it."""
        self.append('etc/postsrsd.secret', f'a secret of {self.domain}\n')
        self.run(f'postsrsd -D -f{forward} -r{back} -d{self.domain} -s/etc/postsrsd.secret -unobody')

    def serve_sieve(self, more=''):
        """Dovecot delivers the mail of users, who may have a .dovecot.sieve; `more` is configuration
        of it."""
        replace(self.root / 'etc/dovecot/dovecot.conf', DOVECOT % self.domain + more)
        self.configure('mailbox_command = /usr/lib/dovecot/dovecot-lda')

    def without_filter(self, action):
        """What becomes of mail while waybilld is away, from now on: accept, or tempfail."""
        for instance in 'postfix', 'postfix-custody':
            self.configure(f'milter_default_action = {action}', instance)
        self.run('postfix reload')

    def hold_back(self):
        """The first instance hands nothing over."""
        self.configure('defer_transports = custody')
        self.run('postfix reload')

    def hand_over(self):
        self.configure('defer_transports =')
        self.run('postfix reload; postqueue -f')

    def start(self, port=25):
        super().start(postfix.MASTER, '-c', '/etc/postfix')
        self.wait_for_port(port)
        return self

    def is_empty(self):
        """Whether no message waits in an instance."""
        return all(postfix.is_empty(queue) for queue in (self.root / 'var/spool').glob('postfix*'))

    def has_deferred(self):
        """Whether the first instance could not hand a message over."""
        return any((self.root / postfix.QUEUE / 'deferred').rglob('?????*'))
