"""DKIM2 by tests/conformance/dkim2_ask.c, one process for all messages."""
import json
import subprocess


class Dkim2:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, message, keys, draft, now, envelope=None):
        """What dkim2_ask tells. keys: name -> TXT record; envelope: (mail_from, [rcpt_to])."""
        answers = [{'name': name, 'type': 'TXT', 'status': 'answered', 'data': [text]}
                   for name, text in keys.items()]
        case = {'zone': json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': answers}),
                'message': message.decode('latin-1'), 'draft': draft, 'now': now}
        if envelope:
            case['mail_from'], case['rcpt_to'] = envelope
        self.process.stdin.write(json.dumps(case).encode() + b'\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'dkim2_ask ended with status {self.process.wait()}')
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
