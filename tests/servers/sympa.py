"""Sympa on a host that has it in its root: what is for a list comes from Postfix by aliases, and goes
back to it by sendmail."""

from .site import replace

CONF = 'etc/sympa/sympa/sympa.conf'
CONFIGURATION = """\
domain {domain}
listmaster postmaster@{domain}
lang en
db_type SQLite
db_name /var/lib/sympa/sympa.sqlite
sendmail_aliases /etc/mail/sympa/aliases
aliases_program postalias
sleep 1
"""
TEMPLATE = 'etc/sympa/create_list_templates/{name}/config.tt2'
LIST = """\
<?xml version="1.0"?>
<list>
  <listname>{name}</listname>
  <type>{name}</type>
  <subject>{name}</subject>
  <topics>computing</topics>
  <owner multiple="1"><email>postmaster@{domain}</email></owner>
</list>
"""
FOLDERS = '/etc/mail/sympa /run/sympa /var/lib/sympa /var/spool/sympa'
DAEMONS = 'sympa_msg.pl', 'bulk.pl'


class Sympa:
    """Lists are made before the start."""

    def __init__(self, host):
        self.host = host
        replace(host.root / CONF, CONFIGURATION.format(domain=host.domain))
        host.run('touch /etc/mail/sympa/aliases; mkdir -p /run/sympa;'
                 f'chown -R sympa:sympa {FOLDERS}; postalias /etc/mail/sympa/aliases')
        host.configure('alias_maps = hash:/etc/aliases, hash:/etc/mail/sympa/aliases')
        self.run('sympa check')

    def run(self, command, standard_input=''):
        """As the user that the package has for it."""
        self.host.run(f'chroot --userspec=sympa:sympa / {command}', standard_input)

    def make_list(self, name, subscribers, **settings):
        """A list to which everybody may post, with a tag and a footer; `settings` are more of its
        config."""
        root, domain = self.host.root, self.host.domain
        settings = {'subject': name, 'send': 'public', 'custom_subject': name, **settings}
        replace(root / TEMPLATE.format(name=name),
                '\n'.join(f'{key} {value}\n' for key, value in settings.items()))
        replace(root / 'tmp/list.xml', LIST.format(name=name, domain=domain))
        self.run('sympa create --input_file=/tmp/list.xml')
        replace(root / 'var/lib/sympa/list_data' / name / 'message_footer',
                f'-- \nTo leave {name}: write to us\n')
        self.run(f'sympa add --quiet {name}@{domain}', '\n'.join(subscribers))

    def start(self):
        for daemon in DAEMONS:
            self.run(f'/usr/lib/sympa/bin/{daemon}')
