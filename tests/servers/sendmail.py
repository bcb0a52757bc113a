"""Sendmail in a root of its own, with the files where Debian has them."""

import os
import subprocess

from .site import Server, replace, wait_until

SENDMAIL = '/usr/libexec/sendmail/sendmail'
QUEUE = 'var/spool/mqueue'
MC = 'etc/mail/sendmail.mc'
CF = 'etc/mail/sendmail.cf'

# Debian's sendmail.mc without what asks the DNS or delivers here.
HEAD = """\
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`promiscuous_relay')dnl
undefine(`ALIAS_FILE')dnl
undefine(`STATUS_FILE')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
TRUST_AUTH_MECH(`PLAIN')dnl
"""
HOST = 'mx.example.org'
SASL = 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n'
DEFINES = {
    'confDOMAIN_NAME': HOST,
    'confAUTH_MECHANISMS': 'PLAIN',
    'confTO_IDENT': '0',
    'confPRIVACY_FLAGS': 'authwarnings',
    'confDONT_PROBE_INTERFACES': 'True',
    'confMAX_MESSAGE_SIZE': '30000000',
    'confMILTER_LOG_LEVEL': '9',
    'confMIN_QUEUE_AGE': '0',
}


def milter_of(site, where):
    """How sendmail.cf spells the socket of a mail filter."""
    return f'inet:{where}@{site.address}' if isinstance(where, int) else f'unix:{where}'


class Sendmail(Server):
    """Listeners and ports are those of Postfix. `defines` are added to DEFINES. All mail leaves to
    `sink`."""

    def __init__(self, site, sink, listeners, defines=None, name='sendmail'):
        super().__init__(site, name, site.root('sendmail', name))
        self.ports = {listener: site.port() for listener in listeners}
        for folder, mode in (QUEUE, 0o700), ('etc/mail', 0o755), ('var/run/sendmail/mta', 0o755):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            (self.root / folder).chmod(mode)
        replace(self.root / 'etc/hosts', site.hosts())
        replace(self.root / 'etc/mail/local-host-names', '')
        replace(self.root / 'etc/sasl2/Sendmail.conf', SASL)
        self.configure(sink, listeners, {**DEFINES, **(defines or {})})

    def configure(self, sink, listeners, defines):
        """Writes sendmail.mc, and has m4 make sendmail.cf of it."""
        address = self.site.address
        lines = [f'define(`{key}\', `{value}\')dnl\n' for key, value in {
            **defines, 'SMART_HOST': f'[{address}]',
            'RELAY_MAILER_ARGS': f'TCP $h {sink.port}'}.items()]
        for listener, where in listeners.items():
            options = [f'Name={listener}', 'Family=inet', f'Addr={address}',
                       f'Port={self.ports[listener]}']
            if where:
                options.append(f'InputMailFilters=filter-{listener}')
                lines.append(f'MAIL_FILTER(`filter-{listener}\', `S={milter_of(self.site, where)}, '
                             'F=T, T=C:10s;S:30s;R:60s;E:60s\')dnl\n')
            lines.append(f'DAEMON_OPTIONS(`{", ".join(options)}\')dnl\n')
        replace(self.root / MC, HEAD + ''.join(lines) + 'MAILER(`smtp\')dnl\n')
        made = subprocess.run(['chroot', self.root, 'm4', f'/{MC}'], capture_output=True, text=True,
                              check=True)
        replace(self.root / CF, made.stdout)

    def add_user(self, name, password):
        """Who may authenticate."""
        subprocess.run(['chroot', self.root, 'saslpasswd2', '-p', '-c', '-u', HOST, name],
                       input=password, text=True, check=True)

    def start(self):
        super().start(SENDMAIL, '-bD', '-q5s', '-C', f'/{CF}')
        for port in self.ports.values():
            self.wait_for_port(port)
        return self

    def is_empty(self):
        """Whether no message waits to be delivered."""
        return not os.listdir(self.root / QUEUE)

    def wait_until_empty(self):
        wait_until(self.is_empty, 'an empty queue', self)

    def held(self):
        """The files of messages that a filter quarantined."""
        return sorted(name for name in os.listdir(self.root / QUEUE) if name.startswith('hf'))

    def release(self):
        """Lets what is quarantined go, at once."""
        for options in ['-qQ', '-Q'], ['-q']:
            subprocess.run(['chroot', self.root, SENDMAIL, '-C', f'/{CF}', *options], check=True)
