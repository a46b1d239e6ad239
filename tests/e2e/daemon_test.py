# SPDX-License-Identifier: Apache-2.0
"""The daemon as a whole: configuration, logs, stopping, reloading, its two processes, its sockets."""
import json
import os
import signal
import socket
import subprocess
import threading
import time

import daemon_harness
from daemon_harness import DaemonTest, address, is_alive, line, rule, run, wait_until


class Configuration(DaemonTest):
    def check(self, daemon, *arguments):
        return run("persandiand", "-T", "-c", daemon.config, *arguments)

    def test_all_mistakes_are_told_at_once_with_their_place(self):
        daemon = self.daemon(config="heartbeet: 3\nlimits: {incident-windw: 5m}\nlog-level: loud\n")
        with open(daemon.config, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for arguments in (["-T"], []):
            done = run("persandiand", "-c", daemon.config, *arguments)
            self.assertEqual(done.returncode, 78)
            for text, column, near in (("heartbeet: 3", 1, ""), ("limits: {incident-windw: 5m}", 10, "incident-window"),
                                       ("log-level: loud", 12, "debug")):
                place = f"{daemon.config}:{lines.index(text) + 1}:{column}: "
                self.assertIn(place, done.stderr)
                self.assertIn(near, done.stderr.split(place)[1].split("\n")[0])
        self.assertFalse(os.path.exists(daemon.ledger), "a bad configuration must not make a ledger")

    def test_a_good_one_is_said_to_be_good(self):
        done = self.check(self.daemon())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("good; 1 rules loaded, 0 refused", done.stdout)

    def test_a_bad_rule_stops_the_start_unless_told_to_skip(self):
        daemon = self.daemon(rules={"good.yml": rule(), "bad.yml": rule(number=2).replace("condition: keywords",
                                                                                         "condition: keywurds")})
        done = self.check(daemon)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"bad\.yml:\d+:\d+: ")
        self.assertIn("rules.on-error", done.stderr)
        daemon.start("--set", "rules.on-error=skip")
        self.assertEqual((daemon.records("config")[0]["rules"], daemon.records("config")[0]["refused"]), (1, 1))
        self.assertEqual(daemon.stop(), 0)

    def test_a_missing_folder_of_rules_is_named(self):
        done = self.check(self.daemon(), "--set", "rules.paths=/nowhere/rules")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nowhere/rules", done.stderr)

    def test_a_missing_configuration_is_named(self):
        done = run("persandiand", "-T", "-c", "/nowhere/persandian.yaml")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nowhere/persandian.yaml", done.stderr)


class Logs(DaemonTest):
    def test_a_line_becomes_an_incident(self):
        daemon = self.daemon()
        daemon.append(line(99))  # before the start: not asked for
        daemon.start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        self.assertEqual(daemon.seen(), {address(1): 1})
        self.assertEqual(daemon.stop(), 0)

    def test_a_line_right_after_ready_survives_a_crash(self):
        for exists in (True, False):
            for _ in range(3):
                daemon = self.daemon(config="log-level: warning\n")
                daemon.append(line(99))  # before the start: not asked for
                if not exists:
                    os.unlink(daemon.log)
                daemon.start()
                daemon.append(line(1))
                daemon.kill()
                daemon.append(line(2))
                daemon.start()
                daemon.wait_for_lines([1, 2])
                self.assertEqual(daemon.stop(), 0)
                self.assertLessEqual(set(daemon.seen()), {address(1), address(2)})

    def test_rotation_loses_and_repeats_nothing(self):
        daemon = self.daemon().start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        daemon.append(line(2))
        os.rename(daemon.log, daemon.log + ".1")
        daemon.append(line(3), daemon.log + ".1")  # its writer has not noticed yet
        daemon.append(line(4))
        daemon.wait_for_lines(range(1, 5))
        with open(daemon.log, "w", encoding="utf-8"):
            pass  # copied and truncated: what was written just before may be lost, and that is counted
        wait_until("the loss", lambda: daemon.records("heartbeat")[-1]["coverage"]["lines_lost"] == 1)
        daemon.append(line(5))
        daemon.wait_for_lines(range(1, 6))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(n): 1 for n in range(1, 6)})

    def test_a_restart_goes_on_where_it_was(self):
        daemon = self.daemon()
        for turn in range(3):
            daemon.start()
            daemon.append(line(2 * turn))
            daemon.wait_for_lines([2 * turn])
            self.assertEqual(daemon.stop(), 0)
            daemon.append(line(2 * turn + 1))  # while nobody looks
        daemon.start()
        daemon.wait_for_lines(range(6))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(n): 1 for n in range(6)})
        gaps = [gap for gap in daemon.records("gap") if gap["what"] == "writer"]
        self.assertEqual(len(gaps), 3)
        daemon.verify()


class Stopping(DaemonTest):
    def test_sigterm_drains_and_seals(self):
        daemon = self.daemon().start()
        daemon.append("".join(line(n) for n in range(300)))
        daemon.wait_for_lines(range(300))
        daemon.append(line(0))  # most likely unread when the signal comes
        self.assertEqual(daemon.stop(), 0)
        records = daemon.records()
        self.assertEqual(records[-1]["kind"], "close")
        self.assertEqual({incident["state"] for incident in daemon.incidents()}, {"final"})
        daemon.verify()

    def test_sigint_is_as_sigterm(self):
        daemon = self.daemon().start()
        daemon.signal(signal.SIGINT)
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual(daemon.records()[-1]["kind"], "close")

    def test_a_signal_before_it_is_ready_is_heeded(self):
        daemon = self.daemon().start(ready=False)
        wait_until("the control socket", lambda: os.path.exists(daemon.socket))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.records()[-1]["kind"], "close")
        daemon.verify()


class Inspector(DaemonTest):
    def gaps(self, daemon):
        return [gap for gap in daemon.records("gap") if gap["what"] == "inspector"]

    def test_killed_it_is_started_again_and_a_gap_says_so(self):
        daemon = self.daemon().start()
        for turn in range(3):
            daemon.append(line(2 * turn))
            daemon.wait_for_lines([2 * turn])
            old = daemon.inspector
            os.kill(old, signal.SIGKILL)
            daemon.append(line(2 * turn + 1))  # while it is away
            wait_until("another inspector", lambda: daemon.inspector not in (None, old))
            wait_until("the gap", lambda: len(self.gaps(daemon)) == turn + 1)
        daemon.wait_for_lines(range(6))
        wait_until("what earlier inspectors read still counts",
                   lambda: daemon.records("heartbeat")[-1]["coverage"]["lines_read"] >= 3)
        self.assertEqual(daemon.stop(), 0)
        gaps = self.gaps(daemon)
        self.assertEqual(len(gaps), 3)
        for gap in gaps:
            self.assertLess(gap["from"], gap["to"])
            self.assertIn("signal 9", gap["reason"])
        lines = [record["coverage"]["lines_read"] for record in daemon.records("heartbeat")]
        self.assertEqual(lines, sorted(lines), "counters never go back")
        daemon.verify()

    def test_hung_it_is_killed_and_started_again(self):
        daemon = self.daemon(config="limits: {inspector-silence: 5s}\n").start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        old = daemon.inspector
        os.kill(old, signal.SIGSTOP)
        daemon.append(line(2))
        wait_until("another inspector", lambda: daemon.inspector not in (None, old))
        self.assertFalse(is_alive(old))
        daemon.wait_for_lines([1, 2])
        self.assertEqual(daemon.stop(), 0)
        # A busy machine may keep an inspector from answering more often than once.
        reasons = [gap["reason"] for gap in self.gaps(daemon)]
        self.assertTrue(reasons and all("did not answer" in reason for reason in reasons), reasons)

    def test_a_hung_one_does_not_hold_up_stopping_or_reloading(self):
        daemon = self.daemon(config="limits: {inspector-silence: 5s}\n").start()
        # More than a socket holds: the recorder must not wait for the reader.
        for number in range(2, 600):
            daemon.write(f"rules/r{number}.yml", rule("word" + "x" * 1000 + str(number), number))
        os.kill(daemon.inspector, signal.SIGSTOP)
        daemon.reload()
        self.assertEqual(daemon.records("config")[-1]["rules"], 599)
        os.kill(daemon.inspector, signal.SIGSTOP)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.records()[-1]["kind"], "close")

    def test_idle_it_uses_hardly_any_processor(self):
        daemon = self.daemon().start()

        def ticks(process):
            with open(f"/proc/{process}/stat", encoding="latin-1") as file:
                fields = file.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])

        both = (daemon.process.pid, daemon.inspector)
        before = sum(map(ticks, both))
        beats = len(daemon.records("heartbeat"))
        wait_until("four heartbeats", lambda: len(daemon.records("heartbeat")) >= beats + 4)
        self.assertLess(sum(map(ticks, both)) - before, 0.15 * 4 * os.sysconf("SC_CLK_TCK"))
        self.assertEqual(daemon.stop(), 0)


class Reload(DaemonTest):
    def test_a_new_rule_is_in_force(self):
        daemon = self.daemon().start()
        old = daemon.records("config")
        daemon.append(line(1, "Accepted password"))
        daemon.append(line(2))
        daemon.wait_for_lines([2])
        daemon.write("rules/second.yml", rule("Accepted password", 2))
        daemon.reload()
        configs = daemon.records("config")
        self.assertEqual((len(old), len(configs), configs[-1]["rules"]), (1, 2, 2))
        self.assertNotEqual(configs[0]["ruleset"], configs[1]["ruleset"])
        daemon.append(line(3, "Accepted password"))
        daemon.wait_for_lines([3])
        newest = daemon.records("incident")[-1]
        self.assertEqual(newest["ruleset"], configs[1]["ruleset"])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(2): 1, address(3): 1})
        told = list(daemon.manager.told)
        self.assertLess(told.index("RELOADING=1"), len(told) - told[::-1].index("READY=1"))

    def test_a_broken_rule_changes_nothing(self):
        daemon = self.daemon().start()
        daemon.write("rules/broken.yml", rule(number=2).replace("condition: keywords", "condition: keywurds"))
        daemon.reload()
        self.assertRegex(daemon.said(), r"reload refused.*rules/broken\.yml:\d+:\d+: ")
        self.assertEqual(len(daemon.records("config")), 1)
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        os.unlink(daemon.path("rules/broken.yml"))
        daemon.append("unknown: 1\n", daemon.config)
        daemon.reload()
        self.assertRegex(daemon.said(), r"reload refused.*persandian\.yaml:\d+:\d+: ")
        self.assertEqual(len(daemon.records("config")), 1)
        self.assertEqual(daemon.stop(), 0)

    def test_lines_that_arrive_meanwhile_match_exactly_once(self):
        daemon = self.daemon().start()
        done = threading.Event()
        count = 600

        def feed():
            for number in range(count):
                daemon.append(line(number))
                time.sleep(0.002)
            done.set()

        feeder = threading.Thread(target=feed)
        feeder.start()
        turns = 0
        while not done.is_set() and turns < 40:
            turns += 1
            daemon.write("rules/other.yml", rule(f"turn {turns}", 2))
            daemon.reload()
        feeder.join()
        daemon.wait_for_lines(range(count))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(n): 1 for n in range(count)})
        self.assertEqual(len(daemon.records("config")), turns + 1)

    def test_two_signals_at_once_end_with_the_newest_rules(self):
        daemon = self.daemon().start()
        for turn in range(2, 8):
            daemon.write(f"rules/r{turn}.yml", rule(f"turn {turn}", turn))
            daemon.signal(signal.SIGHUP)
        wait_until("seven rules", lambda: daemon.records("config")[-1]["rules"] == 7)
        self.assertEqual(daemon.stop(), 0)

    def test_other_sources_lose_and_repeat_nothing(self):
        daemon = self.daemon(config="log-level: warning\n").start()
        daemon.write("second.log", "")
        with open(daemon.config, encoding="utf-8") as file:
            text = file.read()
        both = text.replace("logs:\n", f"logs:\n  - {{path: {daemon.path('second.log')}, format: auto}}\n")
        number = 0
        for turn in range(6):
            daemon.write("persandian.yaml", text if turn % 2 else both)
            daemon.append("".join(line(number + n) for n in range(20)))
            number += 20
            daemon.reload()
            daemon.append(line(number))
            number += 1
        daemon.wait_for_lines(range(number))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(n): 1 for n in range(number)})

    def test_without_an_inspector_the_next_one_gets_them(self):
        daemon = self.daemon().start()
        old = daemon.inspector
        os.kill(old, signal.SIGKILL)
        daemon.write("rules/second.yml", rule("Accepted password", 2))
        daemon.reload()
        wait_until("another inspector", lambda: daemon.inspector not in (None, old))
        wait_until("two rules", lambda: daemon.records("config")[-1]["rules"] == 2)
        daemon.append(line(1, "Accepted password"))
        daemon.wait_for_lines([1])
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("other rules", daemon.said())
        self.assertEqual(len(daemon.records("config")), 2)


class Suppressions(DaemonTest):
    """suppressions.d beside the configuration."""

    ENTRY = """suppressions:
  - rule: {rule}
    fields: {{src_ip: ['{address}']}}
    reason: a scanner of our own
    author: Budi
    from: {first}
    until: {last}
"""

    def entry(self, number, first="2026-11-01", last="2026-11-30", name=None):
        return self.ENTRY.format(rule=name or f"{1:08d}-1111-4111-8111-111111111111", address=address(number),
                                 first=first, last=last)

    def quiet(self, daemon, name, text):
        os.makedirs(daemon.path("suppressions.d"), exist_ok=True)
        daemon.write("suppressions.d/" + name, text)

    def listed(self, daemon):
        done = run("persandian", "rules", "suppressions", "--socket", daemon.socket, "--json", check=0)
        return json.loads(done.stdout)["suppressions"]

    def test_hidden_is_counted_signed_and_listed(self):
        daemon = self.daemon()
        self.quiet(daemon, "a.yml", self.entry(1))
        self.quiet(daemon, "old.yml", self.entry(2, "2020-01-01", "2020-01-31"))
        daemon.start()
        self.assertIn("old.yml:2 has expired", daemon.said())
        for number in (1, 1, 2):
            daemon.append(line(number))
        daemon.wait_for_lines([2])
        wait_until("two hidden", lambda: self.listed(daemon)[0]["hidden"] == 2)
        self.assertEqual([row["hidden"] for row in self.listed(daemon)], [2, 0])
        self.assertEqual(self.listed(daemon)[1]["after_expiry"], 1)
        told = json.loads(run("persandian", "status", "--socket", daemon.socket, "--json", check=0).stdout)
        self.assertEqual(told["findings_suppressed"], 2)
        self.assertGreaterEqual(told["suppressions_expired"], 1)
        self.assertIn("EXPIRED", run("persandian", "rules", "suppressions", "--socket", daemon.socket, check=0).stdout)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(2): 1})
        configs = daemon.records("config")
        self.assertEqual([[one["hidden"] for one in config["suppressions"]] for config in configs], [[0, 0], [2, 0]])
        self.assertEqual(daemon.records("heartbeat")[-1]["coverage"]["suppressed"], 2)
        daemon.verify()

    def test_bad_ones_stop_the_start_and_change_nothing_at_a_reload(self):
        daemon = self.daemon()
        self.quiet(daemon, "a.yml", self.entry(1).replace("until", "untill"))
        done = run("persandiand", "-T", "-c", daemon.config, check=78)
        self.assertIn("a.yml:7:5: unknown key 'untill' in a suppression; did you mean 'until'?", done.stderr)
        self.quiet(daemon, "a.yml", self.entry(1))
        daemon.start()
        self.quiet(daemon, "b.yml", "suppressions: [1]\n")
        daemon.reload()
        self.assertRegex(daemon.said(), r"reload refused.*b\.yml:1:16: ")
        self.assertEqual(len(self.listed(daemon)), 1)
        self.quiet(daemon, "b.yml", self.entry(2, name="zzz"))
        daemon.reload()
        self.assertRegex(daemon.said(), r"b\.yml:2:11: no rule has the id or name 'zzz'")
        daemon.append(line(1) + line(2))
        daemon.wait_for_lines([2])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.seen(), {address(2): 1})


class Control(DaemonTest):
    def test_officers_decide_while_the_daemon_runs(self):
        daemon = self.daemon().start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        key = daemon.path("officer.key")
        daemon.ask_running("keys", "officer", "add", "Petugas jaga", "--key", key)
        incident = daemon.incidents()[0]["id"]
        daemon.ask_running("incidents", "acknowledge", incident, "--officer", key)
        daemon.ask_running("incidents", "close", incident, "--officer", key, "--verdict", "true_positive", "--reason",
                           "seen")
        self.assertEqual(daemon.incidents()[0]["status"], "closed")
        self.assertEqual([record["kind"] for record in daemon.records()
                          if record["kind"] in ("key", "decision")], ["key", "decision", "decision"])
        self.assertEqual(daemon.stop(), 0)
        daemon.verify()

    def test_garbage_does_not_disturb(self):
        daemon = self.daemon().start()
        for noise in (b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 70000, b"\0\0\0\2\1\x20",
                      b"\0\0\0\6\1\x20\xff\xff\xff\xff", os.urandom(5000)):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.connect(daemon.socket)
                try:
                    client.sendall(noise)
                except OSError:
                    pass  # refused already
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(daemon.records("incident")), 2)

    def test_fifty_clients_at_once_are_answered(self):
        daemon = self.daemon().start()
        command = [os.path.join(daemon_harness.BIN, "persandian"), "status", "--socket", daemon.socket]
        clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(50)]
        for client in clients:
            said, _ = client.communicate(timeout=daemon_harness.PATIENCE_S)
            self.assertEqual(client.returncode, 0, said)
        self.assertEqual(daemon.stop(), 0)

    def test_silent_clients_do_not_keep_others_out(self):
        daemon = self.daemon().start()
        silent = []
        for _ in range(16):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.addCleanup(client.close)
            client.connect(daemon.socket)
            silent.append(client)
        run("persandian", "status", "--socket", daemon.socket, check=0)
        self.assertEqual(daemon.stop(), 0)


class Tools(DaemonTest):
    def test_status_tells_people_and_programs(self):
        daemon = self.daemon().start()
        daemon.append(line(1) + "not a line of any format\n")
        daemon.wait_for_lines([1])

        def status():
            return json.loads(run("persandian", "status", "--socket", daemon.socket, "--json", check=0).stdout)

        wait_until("two lines", lambda: status()["lines"] == 2)
        told = status()
        self.assertEqual((told["state"], told["rules"], told["findings"], told["lines_unparsed"]), ("watching", 1, 1, 1))
        self.assertEqual((told["process"], told["inspector"]), (daemon.process.pid, daemon.inspector))
        self.assertEqual(told["ruleset"], daemon.records("config")[0]["ruleset"])
        self.assertRegex(run("persandian", "status", "--socket", daemon.socket, check=0).stdout,
                         r"(?m)^state +watching\n(.|\n)*^log lines +2$")
        self.assertEqual(daemon.stop(), 0)
        done = run("persandian", "status", "--socket", daemon.socket, check=69)
        self.assertIn("is persandiand running", done.stderr)

    def examine(self, daemon, *arguments, check):
        done = run("persandian", "doctor", "-c", daemon.config, "--json", *arguments, check=check)
        return {(item["check"], item["verdict"]): item for item in json.loads(done.stdout)}

    def test_the_doctor_finds_nothing_in_a_sound_installation(self):
        daemon = self.daemon().start()
        found = self.examine(daemon, check=0)
        for name in ("configuration", "rules", "log file", "ledger", "signing key", "daemon"):
            self.assertIn((name, "ok"), found)
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("→", run("persandian", "doctor", "-c", daemon.config, check=1).stdout)  # it does not run

    def test_the_doctor_names_what_is_wrong_and_the_remedy(self):
        daemon = self.daemon().start()
        self.assertEqual(daemon.stop(), 0)
        os.chmod(os.path.join(daemon.ledger, "keys/log.key"), 0o644)
        os.unlink(daemon.log)
        daemon.write("rules/broken.yml", rule(number=2).replace("condition: keywords", "condition: keywurds"))
        with open(os.path.join(daemon.ledger, "log/00000001/commit.a"), "r+b") as slot:
            slot.write(b"?" * 16384)
        with open(os.path.join(daemon.ledger, "log/00000001/commit.b"), "r+b") as slot:
            slot.write(b"?" * 16384)
        found = self.examine(daemon, "--set", "capture+=no-such-device0", check=1)
        for name in ("rules", "ledger", "signing key", "interface", "daemon"):
            self.assertIn((name, "bad"), found)
            self.assertTrue(found[name, "bad"]["remedy"])
        self.assertIn(("log file", "warning"), found)
        self.assertIn("chmod 0600", found["signing key", "bad"]["remedy"])
        self.assertRegex(found["rules", "bad"]["text"], r"broken\.yml:\d+:\d+")
        found = self.examine(daemon, "--set", "no-such-key=1", check=1)
        self.assertIn(("configuration", "bad"), found)


class Service(DaemonTest):
    def test_the_service_manager_hears_what_it_wants_to_hear(self):
        daemon = self.daemon()
        # The shell's own id is that of the daemon, which the watchdog's variable must name.
        daemon.start(ready=False, before=("/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh"),
                     env={"WATCHDOG_USEC": "2000000"})
        wait_until("READY=1", lambda: daemon.manager.count("READY=1"))
        self.assertIsNotNone(daemon.inspector)
        self.assertIn("ready: 1 rules", daemon.said())
        wait_until("three watchdogs", lambda: daemon.manager.count("WATCHDOG=1") >= 3)
        daemon.reload()
        self.assertEqual(daemon.stop(), 0)
        told = list(daemon.manager.told)
        self.assertTrue(any(item.startswith("STATUS=watching") for item in told), told)
        states = [item for item in told if item in ("READY=1", "RELOADING=1", "STOPPING=1")]
        self.assertEqual(states, ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
        after = told[told.index("RELOADING=1") + 1]
        self.assertTrue(after.startswith("MONOTONIC_USEC="), after)

    def test_not_ready_without_an_inspector(self):
        daemon = self.daemon().start("--set", "capture+=no-such-device0", ready=False)
        wait_until("two attempts", lambda: daemon.said().count("inspector is gone") >= 2)
        self.assertEqual(daemon.manager.count("READY=1"), 0)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.records()[-1]["kind"], "close")

    def test_no_watchdog_unless_asked(self):
        daemon = self.daemon().start()
        wait_until("a heartbeat", lambda: daemon.records("heartbeat"))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.manager.count("WATCHDOG=1"), 0)


if __name__ == "__main__":
    daemon_harness.main(["Configuration", "Logs", "Stopping", "Inspector", "Reload", "Suppressions", "Control", "Tools", "Service"])
