"""A waybilld of the tests' own: its folder, its configuration, its start and its end."""

import ctypes
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def read_page(text):
    """The values of /metrics by their series."""
    assert text.endswith('\n')
    return {series: float(value) for series, value in
            (line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#'))}


def metrics_at(port):
    with urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=60) as page:
        return read_page(page.read().decode())


class Daemon:
    """`config` is the text of its waybill.conf, in which FOLDER stands for the folder of all its
    files. Files of `files` are written there before. `environment` is added to that of the test."""

    def __init__(self, program, config, files=None, options=(), start=True, environment=None):
        self.program = program
        self.temporary = tempfile.TemporaryDirectory(prefix='waybilld-')
        self.folder = Path(self.temporary.name)
        for name, text in (files or {}).items():
            self.write(name, text)
        self.configure(config)
        self.options = [str(o).replace('FOLDER', str(self.folder)) for o in options]
        self.environment = {name: value.replace('FOLDER', str(self.folder))
                            for name, value in (environment or {}).items()}
        self.process = None
        self.log_file = self.folder / 'log'
        if start:
            self.start()

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def configure(self, config):
        self.write('waybill.conf', config.replace('FOLDER', str(self.folder)))

    def command(self, *more):
        return [self.program, '--config', str(self.folder / 'waybill.conf'), *self.options, *more]

    def start(self):
        """Returns when it says that it is ready."""
        ready = self.folder / 'notify'
        ready.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(ready))
        env = dict(os.environ, NOTIFY_SOCKET=str(ready), **self.environment)
        env.pop('JOURNAL_STREAM', None)
        self.process = subprocess.Popen(self.command(), stderr=open(self.log_file, 'ab'), env=env,
                                        preexec_fn=die_with_parent)
        self.notify = listener
        self.expect('READY=1')

    def expect(self, state, seconds=20):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self.notify], [], [], 0.1)[0]:
                if state in self.notify.recv(4096).decode().split('\n'):
                    return
            if self.process.poll() is not None:
                raise AssertionError(f'waybilld ended with {self.process.returncode}: {self.log()}')
        raise AssertionError(f'no {state}: {self.log()}')

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        self.expect('READY=1')

    def stop(self, number=signal.SIGTERM, seconds=40):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(seconds)
        return self.process.returncode if self.process else None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        try:
            if self.process and self.process.poll() is None:
                self.kill()
            if self.process:
                self.notify.close()
        finally:
            self.temporary.cleanup()

    def log(self):
        return self.log_file.read_text(errors='replace') if self.log_file.exists() else ''

    def lines(self, containing=''):
        return [line for line in self.log().splitlines() if containing in line]

    def path(self, name):
        return str(self.folder / name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
