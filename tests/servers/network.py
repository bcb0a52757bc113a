"""A network of the test's own: hosts in network namespaces, on one link with the test.

The test runs itself again in namespaces of its own, of processes too: whatever is started there,
by commands of a manual or by a server that puts itself in the background, ends with it, and nothing
of it is seen on the machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PREFIX = '192.0.2'
LINK = 24
INTERNET = f'{PREFIX}.1'  # where the test is: its client and its far end
RESOLVER = f'{PREFIX}.53'
BRIDGE = 'internet'
BRIDGE_MAC = '02:00:00:00:00:01'  # its own: one it has of its links changes with them
UNSHARE = ['unshare', '--net', '--pid', '--fork', '--kill-child', '--mount', '--mount-proc']


def missing_right():
    """What this process lacks for a network of its own, in words."""
    for command in 'unshare', 'nsenter', 'ip':
        if not shutil.which(command):
            return f'{command} is missing'
    tried = subprocess.run([*UNSHARE, 'ip', 'link', 'add', BRIDGE, 'type', 'bridge'],
                           capture_output=True, text=True, check=False)
    said = (tried.stderr.strip().splitlines() or [''])[-1]
    return f'hosts in namespaces need rights that are not there: {said}' if tried.returncode else None


def enter():
    """Goes on in a network without hosts; the first process there is this program, again."""
    if os.getpid() != 1:
        sys.stdout.flush()
        os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv])
    ip('link', 'set', 'lo', 'up')
    ip('link', 'add', BRIDGE, 'address', BRIDGE_MAC, 'type', 'bridge')
    ip('link', 'set', BRIDGE, 'up')
    for address in INTERNET, RESOLVER:
        ip('address', 'add', f'{address}/{LINK}', 'dev', BRIDGE)


def ip(*arguments):
    subprocess.run(['ip', *arguments], check=True)


class Namespace:
    """The network of one host, which ends with the test; `within` is what a command begins with to
    run there."""

    def __init__(self, number):
        self.address = f'{PREFIX}.{number}'
        self.holder = subprocess.Popen(['unshare', '--net', 'sh', '-c', 'echo; exec sleep infinity'],
                                       stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.within = ['nsenter', f'--net={Path("/proc", str(self.holder.pid), "ns/net")}']
        link = f'host{number}'
        ip('link', 'add', link, 'master', BRIDGE, 'up', 'type', 'veth', 'peer', 'name', 'eth0',
           'netns', str(self.holder.pid))
        for words in (['link', 'set', 'lo', 'up'], ['link', 'set', 'eth0', 'up'],
                      ['address', 'add', f'{self.address}/{LINK}', 'dev', 'eth0']):
            subprocess.run([*self.within, 'ip', *words], check=True)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
