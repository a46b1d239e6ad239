# SPDX-License-Identifier: Apache-2.0
"""Runs persandiand in a folder of its own, and looks at it as its users do: through its commands, its signed log and
the service manager's socket. Nothing sleeps for a fixed time: wait_until() polls for what must come."""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("PERSANDIAN_BIN", os.path.join(TOP, "build", "dev", "bin"))
# Generous: sanitizers and a busy machine. What must be fast is measured where it matters.
PATIENCE_S = 120

RULE = """title: {title}
id: {id}
status: test
logsource:
  product: linux
  service: sshd
detection:
  keywords:
    - {text}
  condition: keywords
level: {level}
"""


def rule(text="Failed password", number=1, level="medium"):
    return RULE.format(title="Lines with " + text, id=f"{number:08d}-1111-4111-8111-111111111111", text=text, level=level)


def line(number, text="Failed password"):
    """A line of its own address, so that each line is an incident of its own."""
    return f"2026-11-16T10:02:40.000000+08:00 srv sshd[3116]: {text} for budi from {address(number)} port 42106 ssh2\n"


def address(number):
    return f"2001:db8::{number + 1:x}"


def wait_until(what, condition, timeout=PATIENCE_S):
    """Polls until condition() is true, and returns its value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for: {what}")
        time.sleep(0.02)


def children_of(parent):
    """Process ids of the children, as /proc tells."""
    out = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] not in "ZX":
            out.append(int(name))
    return out


def is_alive(process):
    try:
        with open(f"/proc/{process}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def run(*arguments, check=None, env=None, timeout=PATIENCE_S):
    """Runs one of our programs; `check`: the exit status it must have."""
    done = subprocess.run([os.path.join(BIN, arguments[0]), *map(str, arguments[1:])], capture_output=True, text=True,
                          env={**os.environ, "NO_COLOR": "1", "LANG": "C.UTF-8", **(env or {})}, timeout=timeout)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{arguments}: exit status {done.returncode}, not {check}\n{done.stdout}{done.stderr}")
    return done


class ServiceManager:
    """The socket that systemd would give; remembers what it was told. A thread reads: who tells must not wait."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.told = []
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            message = self.socket.recv(65536)
            if not message:
                return
            self.told += message.decode().split("\n")

    def count(self, word):
        return list(self.told).count(word)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)
        self.thread.join()
        self.socket.close()


class Daemon:
    """One persandiand with its folder. start() and stop() as often as wanted."""

    def __init__(self, rules=None, config="", logs=("auth.log",), user="", log_options=""):
        self.folder = tempfile.mkdtemp(prefix="psd-")
        os.chmod(self.folder, 0o755)
        self.ledger = self.path("ledger")
        self.log = self.path(logs[0]) if logs else None
        self.stderr_path = self.path("stderr")
        os.mkdir(self.path("rules"))
        for name, text in (rules if rules is not None else {"line.yml": rule()}).items():
            self.write("rules/" + name, text)
        for name in logs:
            self.write(name, "")
        items = "".join(f"  - {{path: {self.path(name)}, format: auto{log_options}}}\n" for name in logs)
        self.config = self.write("persandian.yaml", f"""version: 1
sensor: {{name: s1, domain: example.go.id, province: "51"}}
{"logs:" if logs else "logs: []"}
{items}rules: {{paths: [{self.path("rules")}]}}
ledger: {{directory: {self.ledger}, heartbeat: 1s}}
state-directory: {self.path("state")}
runtime-directory: {self.path("run")}
user: "{user}"
{config}""")
        self.socket = self.path("run/control.sock")
        self.manager = ServiceManager(self.path("notify"))
        self.process = None
        self.started = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """Replaces a file in one step, as a careful administrator does."""
        with open(self.path(name + ".new"), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path(name + ".new"), self.path(name))
        return self.path(name)

    def append(self, text, log=None):
        with open(log or self.log, "a", encoding="utf-8") as file:
            file.write(text)

    def start(self, *arguments, ready=True, env=None, before=()):
        """`before`: a command that starts ours, such as ip netns exec."""
        readies = self.manager.count("READY=1")
        environment = {**os.environ, "NOTIFY_SOCKET": self.manager.path, **(env or {})}
        environment.setdefault("PERSANDIAN_RULES", os.path.join(TOP, "rules"))
        # The leak checker wants to trace the process, which the processes rightly refuse.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        environment.pop("JOURNAL_STREAM", None)
        with open(self.stderr_path, "a", encoding="utf-8") as stderr:
            self.process = subprocess.Popen([*before, os.path.join(BIN, "persandiand"), "-c", self.config, *arguments],
                                            stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, env=environment)
        self.started.append(self.process)
        if ready:
            wait_until("READY=1", lambda: self.manager.count("READY=1") > readies or self.ended())
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.said()}")
        return self

    def ended(self):
        return self.process.poll() is not None

    def said(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(timeout=PATIENCE_S)

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def inspector(self):
        found = children_of(self.process.pid)
        return found[0] if found else None

    def reload(self):
        """SIGHUP, and waits for the answer."""
        before = self.manager.count("READY=1")
        self.signal(signal.SIGHUP)
        wait_until("READY=1 after SIGHUP", lambda: self.manager.count("READY=1") > before)

    def ask(self, *arguments, check=0, env=None):
        """A persandian command about this ledger."""
        return run("persandian", *arguments, "-l", self.ledger, check=check, env=env).stdout

    def ask_running(self, *arguments, check=0):
        return self.ask(*arguments, "--socket", self.socket, check=check)

    def records(self, kind=None):
        text = self.ask("log", "show", "--json", *(["--kind", kind] if kind else []))
        return [json.loads(item) for item in text.splitlines()]

    def status(self):
        """What the running daemon says of itself."""
        return json.loads(run("persandian", "status", "--json", "--socket", self.socket, check=0).stdout)

    def incidents(self):
        return json.loads(self.ask("incidents", "list", "--json", "--limit", "100000"))["incidents"]

    def seen(self):
        """How often each address was found: {address: count}."""
        out = {}
        for incident in self.incidents():
            for entity in incident["entity"]:
                out[entity["value"]] = out.get(entity["value"], 0) + incident["count"]
        return out

    def wait_for_lines(self, numbers, patience=PATIENCE_S):
        """As long as more lines keep being found, a slow machine is only slow; what stays away is lost."""
        wanted = {address(number): number for number in numbers}
        missing, since = len(wanted) + 1, time.monotonic()
        while missing:
            seen = self.seen()
            left = sorted(number for value, number in wanted.items() if value not in seen)
            if len(left) < missing:
                missing, since = len(left), time.monotonic()
            elif time.monotonic() - since > patience:
                raise AssertionError(f"{len(left)} of {len(wanted)} lines were not found, and none came for {patience} s; "
                                     f"the first: {left[:10]}, the last: {left[-1]}")
            else:
                time.sleep(0.02)

    def verify(self, crashed=False):
        """`crashed`: nobody has tidied up yet, so unsigned bytes may stand behind the signed ones: "could not check
        all" is fine, "tampered" never."""
        done = run("persandian-verify", self.ledger, "--key", os.path.join(self.ledger, "log.pub.pem"))
        if done.returncode != 0 and not (crashed and done.returncode == 2 and "UNSIGNED TAIL" in done.stdout):
            raise AssertionError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    def clean_up(self):
        for process in self.started:
            if process.poll() is None:
                for child in children_of(process.pid):
                    os.kill(child, signal.SIGKILL)
                process.kill()
                process.wait()
        self.manager.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class DaemonTest(unittest.TestCase):
    def daemon(self, **options):
        daemon = Daemon(**options)
        self.addCleanup(daemon.clean_up)
        self.addCleanup(self.show_log, daemon)
        return daemon

    def show_log(self, daemon):
        outcome = self._outcome.result if self._outcome else None
        if outcome and any(test is self for test, _ in outcome.failures + outcome.errors):
            print("what the daemon said:\n" + daemon.said()[-4000:], file=sys.stderr)

    def need_root(self):
        if os.geteuid() != 0:
            self.skipTest("skipped: needs root")

    def need_program(self, name):
        if shutil.which(name) is None:
            self.skipTest(f"skipped: {name} is not installed")


def main(names):
    """Command line of the test files: [--bin FOLDER] [Class[.test]]…"""
    global BIN  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=BIN)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    BIN = options.bin
    unittest.main(module="__main__", argv=[sys.argv[0], "-v", *(options.names or names)])
