"""SPF by tests/conformance/spf_ask.c, one process for all sessions."""
import json
import subprocess


def record(name, kind, status, data=()):
    """An answer as waybill/answers.h has it in JSON."""
    entry = {'name': name, 'type': kind, 'status': status}
    return {**entry, 'data': list(data)} if status == 'answered' else entry


class Spf:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, answers, **session):
        """ip, helo, mail_from, receiver, now; answers, and "nxdomain" for all other names."""
        zone = json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': answers})
        self.process.stdin.write(json.dumps({'zone': zone, **session}).encode() + b'\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'spf_ask ended with status {self.process.wait()}')
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
