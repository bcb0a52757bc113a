#!/usr/bin/python3
"""keeper.py ROOT LOG COMMAND...: runs a server that does not outlive its test.

The command runs in the folder ROOT as its root (`/`: where it is). What it prints goes to LOG, and
what it tells syslog, whose socket in the root is the keeper's. The first line of output is its
process id. When standard input ends, because the test closes it or is
dead, the server gets SIGTERM and then SIGKILL; whatever it started and left behind is killed with
it, as orphans come to the keeper, which is their subreaper. Only its own descendants are touched.
The status is the server's.
"""

import ctypes
import os
import re
import select
import signal
import socket
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE_MS = 10000


def prctl(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')


def open_syslog(root):
    """What the server sends to /dev/log; without a root, nothing."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if root != '/':
        os.chdir(root)  # the path of a socket must be short
        Path('dev/log').unlink(missing_ok=True)
        log.bind('dev/log')
        os.chmod('dev/log', 0o666)
    return log


def write_line(log, datagram):
    os.write(log, re.sub(rb'^<\d+>', b'', datagram).rstrip(b'\0\n') + b'\n')


def start(root, log, command):
    """The process id of the server."""
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(log, 1)
        os.dup2(1, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if root != '/':
            os.chroot(root)
            os.chdir('/')
        os.execv(command[0], command)
    except OSError as error:
        os.write(2, f'{command[0]}: {error}\n'.encode())
    os._exit(127)


def children():
    """Parent -> children, of all processes."""
    found = {}
    for stat in Path('/proc').glob('[0-9]*/stat'):
        try:
            text = stat.read_text(errors='replace')
        except OSError:
            continue
        parent = int(text.rpartition(')')[2].split()[1])
        found.setdefault(parent, []).append(int(stat.parent.name))
    return found


def descendants():
    known, found, todo = children(), [], [os.getpid()]
    while todo:
        todo += (more := known.get(todo.pop(), []))
        found += more
    return found


def end_all():
    """Kills until nothing is left."""
    while True:
        for pid in descendants():
            os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def watch(server, syslog, log):
    """Until the server ends (true) or the test wants it to."""
    any_of = select.poll()
    for fd in server, syslog.fileno(), 0:
        any_of.register(fd, select.POLLIN)
    while True:
        ready = {fd for fd, _ in any_of.poll()}
        if syslog.fileno() in ready:
            write_line(log, syslog.recv(65536))
        elif ready:
            return server in ready


def drain(syslog, log):
    """The last words."""
    syslog.setblocking(False)
    try:
        while line := syslog.recv(65536):
            write_line(log, line)
    except BlockingIOError:
        pass


def stop(server, pid):
    os.kill(pid, signal.SIGTERM)
    its_end = select.poll()
    its_end.register(server, select.POLLIN)
    if not its_end.poll(GRACE_MS):
        os.kill(pid, signal.SIGKILL)


def main():
    root, log, *command = sys.argv[1:]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    syslog = open_syslog(root)
    pid = start(root, log, command)
    server = os.pidfd_open(pid)
    print(pid, flush=True)
    if not watch(server, syslog, log):
        stop(server, pid)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    end_all()
    drain(syslog, log)
    return status if status >= 0 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
