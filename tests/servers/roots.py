"""The Debian 12 roots in which the tests' servers run: `build/servers/NAME`, made once from the
machine's own archive, without a mount, a script of a package or an installation."""

import fcntl
import os
import shutil
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

from support.debian import Packages

# A host that a postmaster can type at: what Postfix's scripts call is in it, too.
HOST = ['postfix', 'mlmmj', 'postsrsd', 'dovecot-sieve', 'coreutils', 'dash', 'diffutils',
        'findutils', 'grep', 'hostname', 'mawk', 'sed']
PACKAGES = {
    'postfix': ['postfix', 'libsasl2-modules'],
    # A root apart: the packages conflict.
    'sendmail': ['sendmail-bin', 'sendmail-cf', 'libsasl2-modules', 'sasl2-bin'],
    'unbound': ['unbound'],
    'redis': ['redis-server'],
    # Filters that the benchmark puts beside ours.
    'opendkim': ['opendkim'],
    'opendmarc': ['opendmarc'],
    'rspamd': ['rspamd'],
    'host': HOST,
    'sendmail-host': ['sendmail-bin', 'sendmail-cf', 'mlmmj', 'srs', 'coreutils', 'dash', 'sed'],
    'mailman3': ['mailman3', 'dash', 'coreutils'],
    'sympa': [*HOST, 'sympa'],
}
# Of other roots no language is kept.
SPEAK = {'mailman3': 'python', 'sympa': 'perl', 'sendmail-host': 'perl'}
READ = {*PACKAGES, 'dovecot', 'libthai', 'mlmmj'}  # folders of /usr/share

# What scripts of the packages would make. The numbers belong to nobody on a Debian host.
USERS = {'root': 0, 'daemon': 1, 'mail': 8, 'nobody': 65534,
         'postfix': 64911, 'smmta': 64913, 'smmsp': 64914, 'unbound': 64915, 'sympa': 64916}
GROUPS = {'root': 0, 'daemon': 1, 'mail': 8, 'nogroup': 65534, 'postfix': 64911, 'postdrop': 64912,
          'smmta': 64913, 'smmsp': 64914, 'unbound': 64915, 'sympa': 64916}
SET_GROUP_ID = {'usr/sbin/postdrop': 'postdrop'}  # so that users of the host can send mail
DEVICES = {'null': (1, 3), 'zero': (1, 5), 'random': (1, 8), 'urandom': (1, 9)}
FILES = {
    'etc/passwd': ''.join(f'{name}:x:{id}:{GROUPS.get(name, 65534)}::/:/usr/sbin/nologin\n'
                          for name, id in USERS.items()),
    'etc/group': ''.join(f'{name}:x:{id}:\n' for name, id in GROUPS.items()),
    'etc/nsswitch.conf': ''.join(f'{what}: files\n' for what in
                                 ('passwd', 'group', 'hosts', 'services', 'protocols')),
    'etc/resolv.conf': '',
}

# Bits of CapEff, capabilities(7).
RIGHTS = {0: 'CAP_CHOWN', 1: 'CAP_DAC_OVERRIDE', 6: 'CAP_SETGID', 7: 'CAP_SETUID',
          18: 'CAP_SYS_CHROOT', 27: 'CAP_MKNOD'}


def missing_right():
    """What this process lacks to run servers in a root, in words."""
    lines = Path('/proc/self/status').read_text().splitlines()
    held = next(int(line.split()[1], 16) for line in lines if line.startswith('CapEff:'))
    missing = [name for bit, name in RIGHTS.items() if not held >> bit & 1]
    if missing:
        return f'servers in a root of their own need {", ".join(missing)}'
    lacking = [name for name in ('apt-get', 'dpkg') if not shutil.which(name)]
    return f'{lacking[0]} is missing' if lacking else None


@contextmanager
def locked(folder):
    """Tests run side by side; one makes what all use."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def thin(root, name):
    """Drops what no server reads: a root is copied for every test, file by file."""
    unread = [folder for folder in (root / 'usr/share').iterdir() if folder.name not in READ]
    for pattern in '*/perl*', 'python*', '*/gconv', 'systemd':
        unread += (root / 'usr/lib').glob(pattern)
    for folder in unread:
        if not folder.name.startswith(SPEAK.get(name, '/')):
            shutil.rmtree(folder, ignore_errors=True)


def furnish(root):
    """Devices, users and files without which a server does not start."""
    for folder, mode in {'dev': 0o755, 'tmp': 0o1777, 'run': 0o755, 'etc': 0o755}.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).chmod(mode)
    for name, numbers in DEVICES.items():
        os.mknod(root / 'dev' / name, stat.S_IFCHR | 0o666, os.makedev(*numbers))
        (root / 'dev' / name).chmod(0o666)
    for name, text in FILES.items():
        (root / name).write_text(text)
    for name, group in SET_GROUP_ID.items():
        if (root / name).exists():
            shutil.chown(root / name, None, GROUPS[group])
            (root / name).chmod(0o2755)
    (root / 'dev' / 'null').write_bytes(b'')  # forbidden on a file system without devices


def make(folder, name):
    """The root of one server's packages; OSError says why there is none."""
    root, stamp = folder / name, folder / f'{name}.stamp'
    wanted = repr((PACKAGES[name], SET_GROUP_ID, DEVICES, FILES))
    with locked(folder):
        if stamp.exists() and stamp.read_text() == wanted:
            return root
        stamp.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        try:
            packages = Packages(folder / 'apt', 'bookworm')
            packages.fetch_whole(PACKAGES[name])
            packages.unpack(root)
            thin(root, name)
            furnish(root)
            if SPEAK.get(name) == 'python':  # else each start would compile it anew
                subprocess.run(['chroot', root, '/usr/bin/python3', '-m', 'compileall', '-q',
                                '/usr/lib/python3', '/usr/lib/python3.11'], check=False)
        except subprocess.SubprocessError as error:
            raise OSError(str(error)) from error
        stamp.write_text(wanted)
        return root
