"""Debian packages for a folder of a test's own: fetched from where this machine has its Debian 12
from, by a package list of the folder's own, checked with the keys of debian-archive-keyring, and
unpacked. Nothing is installed, no script of a package runs."""

import subprocess
from pathlib import Path

SOURCE = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n'
FOLDERS = ['state', 'lists/partial', 'cache/archives/partial']
SECONDS = 240


def archive():
    """Where this machine has its own Debian 12 from."""
    run = subprocess.run(['apt-get', 'indextargets', '--format', '$(SITE) $(RELEASE)'],
                         capture_output=True, text=True, check=True)
    sites = [line.split()[0] for line in run.stdout.splitlines() if line.endswith(' bookworm')]
    if not sites:
        raise OSError('apt knows no archive of Debian 12')
    return sites[0]


class Packages:
    """The packages of a release, in a folder: `archives` is where they come to lie."""

    def __init__(self, folder, release):
        self.folder = Path(folder).resolve()
        self.archives = self.folder / 'cache' / 'archives'
        for part in FOLDERS:
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / 'sources.list').write_text(SOURCE.format(archive(), release))
        (self.folder / 'status').touch()
        self.apt('update')

    def apt(self, *arguments):
        """Runs apt-get, for which nothing is installed. An OSError says what went wrong."""
        options = {'Dir::Etc::SourceList': self.folder / 'sources.list',
                   'Dir::Etc::SourceParts': '-', 'Dir::State': self.folder / 'state',
                   'Dir::State::Lists': self.folder / 'lists',
                   'Dir::State::status': self.folder / 'status',
                   'Dir::Cache': self.folder / 'cache', 'APT::Sandbox::User': '',
                   'APT::Install-Recommends': 0, 'Acquire::Retries': 3,
                   'Acquire::http::Timeout': 20}
        words = [word for name, value in options.items() for word in ('-o', f'{name}={value}')]
        run = subprocess.run(['apt-get', '-q', '-y', *words, *arguments], cwd=self.archives,
                             timeout=SECONDS, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise OSError((run.stderr.strip().splitlines() or ['apt-get failed'])[-1])

    def fetch(self, packages):
        """These packages alone."""
        self.apt('download', *packages)

    def fetch_whole(self, packages):
        """These packages and all that they depend on."""
        self.apt('install', '--download-only', *packages)

    def unpack(self, root):
        """Unpacks what was fetched into a root, then drops the archives."""
        for package in sorted(self.archives.glob('*.deb')):
            subprocess.run(['dpkg', '-x', package, root], check=True)
            package.unlink()
