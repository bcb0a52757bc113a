"""A site of a test's own: an address on loopback and one of a client, and servers each in a root of
its own.

The roots of a site are copies by hard link of those that `roots` made, so each server finds its
files where Debian puts them and shares none with another test. Files of a copy are replaced, never
written to."""

import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import roots

KEEPER = Path(__file__).resolve().parent / 'keeper.py'
PATIENCE = 60  # seconds a server has to do what is waited for
SHOWN_LINES = 40


class Site:
    """`folder` and all servers are gone when the block ends; after a failure their logs are shown.
    Sites left by killed tests are removed by the next."""

    def __init__(self, build):
        self.servers_folder = Path(build).resolve() / 'servers'
        self.servers = []

    def __enter__(self):
        sites = self.servers_folder / 'sites'
        with roots.locked(sites):
            remove_abandoned(sites)
            self.folder = Path(tempfile.mkdtemp(dir=sites, prefix=''))
            self.folder.chmod(0o755)
            self.lock = os.open(self.folder, os.O_RDONLY)
            fcntl.flock(self.lock, fcntl.LOCK_EX)
        net = '127.{}.{}'.format(random.randint(1, 254), random.randint(1, 254))
        self.address, self.client = f'{net}.1', f'{net}.33'
        return self

    def __exit__(self, kind, *_):
        for server in reversed(self.servers):
            server.stop()
        if kind:
            self.tell()
        shutil.rmtree(self.folder)
        os.close(self.lock)

    def tell(self):
        """Shows the logs, as comments in TAP."""
        for server in self.servers:
            show(server.name, server.log())

    def root(self, kind, name):
        """A root for a server of the kind."""
        root = self.folder / name
        subprocess.run(['cp', '-al', roots.make(self.servers_folder, kind), root], check=True)
        return root

    def hosts(self):
        """/etc/hosts of a server."""
        return f'{self.address} mx.example.org\n{self.client} client.example\n'

    def port(self):
        """A free port of the site's address, where nobody else looks for one."""
        with socket.socket() as probe:
            probe.bind((self.address, 0))
            return probe.getsockname()[1]


def remove_abandoned(sites):
    for folder in sites.iterdir():
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def show(title, text):
    for line in text.splitlines()[-SHOWN_LINES:]:
        print(f'# {title}: {line}')
    sys.stdout.flush()


def replace(file, text):
    """Writes a file of a root, of which other roots may have the same inode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text)
    os.utime(file, (1, 1))  # Postfix reads a file again while it is fresh; 0 is no time to Sympa


def wait_until(condition, what, server=None):
    """Gives what the condition gives as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f'waited {PATIENCE} s for {what}'
        assert server is None or server.running(), f'{server.name} ended; waited for {what}'
        time.sleep(0.01)
    return found


class Server:
    """A program under a keeper."""

    within = ()  # what its command begins with, to run in a network of its own

    def __init__(self, site, name, root=None):
        self.site, self.name, self.root, self.address = site, name, root, site.address
        self.log_file = site.folder / f'{name}.log'
        self.keeper = None
        site.servers.append(self)

    def start(self, *command):
        assert not self.running(), f'{self.name} runs already'
        self.keeper = subprocess.Popen(
            [*self.within, sys.executable, '-I', KEEPER, self.root or '/', self.log_file, *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True)  # who kills the test's process group spares the keeper
        self.pid = int(self.keeper.stdout.readline())

    def running(self):
        return self.keeper is not None and self.keeper.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """Ends at once, as by a power cut of its own."""
        self.signal(signal.SIGKILL)
        return self.ended()

    def ended(self):
        """The status of the server, which is waited for."""
        self.keeper.stdout.close()
        return self.keeper.wait(PATIENCE)

    def stop(self):
        """SIGTERM, then what is left is killed."""
        if self.keeper:
            self.keeper.stdin.close()
            return self.ended()
        return 0

    def log(self):
        """What it printed and told syslog."""
        return self.log_file.read_text(errors='replace') if self.log_file.exists() else ''

    def wait_for_port(self, port):
        """Until somebody accepts connections there."""
        def answers():
            with socket.socket() as probe:
                return probe.connect_ex((self.address, port)) == 0
        wait_until(answers, f'an answer on port {port}', self)
