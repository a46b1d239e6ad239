# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment, and a ledger that was put back: nothing acknowledged and no log line is lost, and what
happened is said."""
import os
import shutil
import signal
import threading
import time

import daemon_harness
from daemon_harness import DaemonTest, address, is_alive, line, rule, run, wait_until


def same(number, text="Failed password"):
    """Lines of one address, each with a second of its own."""
    return line(0, text).replace("10:02:40", f"10:{number // 60:02d}:{number % 60:02d}")


class Crashes(DaemonTest):
    ROUNDS = 15

    def test_kill_nine_at_any_moment_loses_nothing_acknowledged(self):
        daemon = self.daemon(config="log-level: warning\n")
        go_on = threading.Event()
        go_on.set()
        written = [0]

        allowed = [0]  # so that a slow machine has no more to do than a fast one

        def feed():
            while go_on.is_set():
                if written[0] < allowed[0]:
                    daemon.append(line(written[0]))
                    written[0] += 1
                time.sleep(0.01)

        shown = {}
        feeder = threading.Thread(target=feed)
        self.addCleanup(lambda: feeder.is_alive() and feeder.join())
        self.addCleanup(go_on.clear)
        for turn in range(self.ROUNDS):
            allowed[0] += 150
            daemon.start()
            if turn == 0:
                feeder.start()
            until = time.monotonic() + int.from_bytes(os.urandom(2), "big") / 65536
            while True:
                shown.update({incident["id"]: incident["record"] for incident in daemon.incidents()})
                if time.monotonic() >= until:
                    break
            inspector = daemon.inspector
            if turn % 3 == 2 and inspector:
                os.kill(inspector, signal.SIGKILL)  # the recorder shortly after, or while it starts another one
                time.sleep(int.from_bytes(os.urandom(2), "big") / 65536)
                inspector = daemon.inspector
            daemon.kill()
            wait_until("the end of the inspector", lambda: not (inspector and is_alive(inspector)))
            daemon.verify(crashed=True)
            self.assertLessEqual(set(shown), {incident["id"] for incident in daemon.incidents()})
            self.assertGreaterEqual(len(daemon.records("recovery")), turn)
        go_on.clear()
        feeder.join()
        daemon.start()
        self.assertGreaterEqual(len(daemon.records("recovery")), self.ROUNDS)
        daemon.wait_for_lines(range(written[0]))  # read twice, perhaps; lost, never
        self.assertEqual(daemon.stop(), 0)
        self.assertLessEqual(set(shown), {incident["id"] for incident in daemon.incidents()})
        self.assertNotIn("NOT BE CONTINUED", daemon.said(), "a crash was taken for a rollback")
        daemon.verify()

    def test_lines_that_an_open_incident_counted_are_counted_after_a_crash(self):
        daemon = self.daemon(config="log-level: warning\n").start()
        daemon.append("".join(same(number) for number in range(8)))
        daemon.wait_for_lines([0])
        read = wait_until("eight lines read", lambda: daemon.status()["lines"] >= 8 and daemon.status())
        self.assertEqual(read["incident_records"], 1, "seven of them are counted in memory only")
        time.sleep(1)  # a stored cursor would be stored by now
        daemon.kill()
        daemon.start()
        wait_until("the eight lines again", lambda: daemon.status()["lines"] >= 8)
        self.assertEqual(daemon.stop(), 0)
        self.assertGreaterEqual(daemon.seen()[address(0)], 8)
        self.assertIn("may stand in two incidents", daemon.records("gap")[0]["reason"])
        daemon.verify()


class Rollback(DaemonTest):
    """The ledger's folder changes while the daemon does not run."""

    def after_incidents(self, numbers):
        daemon = self.daemon()
        daemon.start()
        for number in numbers:
            daemon.append(line(number))
            daemon.wait_for_lines([number])
        return daemon

    def remembered(self, daemon):
        folder = daemon.path("state/head")
        names = [name for name in os.listdir(folder) if not name.endswith(".tmp")]  # being written
        self.assertEqual(names, ["example.go.id%2F51%2Fs1"])
        return os.path.join(folder, names[0])

    def size_remembered(self, daemon):
        with open(self.remembered(daemon), encoding="utf-8") as file:
            return int(file.read().split("\n")[1])

    def expect_a_new_generation(self, daemon, *words):
        daemon.start()
        self.assertIn("COULD NOT BE CONTINUED", daemon.said())
        status = daemon.status()
        for word in words:
            self.assertIn(word, status["ledger_not_continued"])
        self.assertTrue(status["origin"].endswith("/00000002"))
        self.assertIn("LEDGER NOT CONTINUED", run("persandian", "status", "--socket", daemon.socket, check=0).stdout)
        records = daemon.records()
        self.assertEqual([record["kind"] for record in records[:2]], ["genesis", "gap"])
        self.assertEqual(records[1]["lost"]["records"], status["records_missing"])
        self.assertGreater(status["records_missing"], 0)
        daemon.append(line(50))
        daemon.wait_for_lines([50])
        self.assertEqual(daemon.stop(), 0)
        return records

    def test_a_folder_that_was_put_back_is_noticed(self):
        daemon = self.after_incidents([1])
        self.assertEqual(daemon.stop(), 0)
        shutil.copytree(daemon.ledger, daemon.path("backup"))
        daemon.start()
        daemon.append(line(2))
        daemon.wait_for_lines([2])
        lost = {incident["id"] for incident in daemon.incidents()}
        self.assertEqual(daemon.stop(), 0)
        shutil.copy(self.remembered(daemon), daemon.path("saved"))
        shutil.rmtree(daemon.ledger)
        shutil.copytree(daemon.path("backup"), daemon.ledger)
        self.expect_a_new_generation(daemon, "rollback: a checkpoint of size")
        found = run("persandian-verify", daemon.ledger, "--key", os.path.join(daemon.ledger, "log.pub.pem"))
        self.assertEqual(found.returncode, 0, "both generations are sound, and the second one states the loss")
        found = run("persandian-verify", daemon.ledger, "--key", os.path.join(daemon.ledger, "log.pub.pem"), "--head",
                    daemon.path("saved"))
        self.assertEqual(found.returncode, 1, "with the remembered head as evidence it is proven")
        self.assertFalse(lost & {incident["id"] for incident in daemon.incidents()}, "a number was given again")
        # From here on it is a ledger as any other.
        daemon.start()
        self.assertNotIn("ledger_not_continued", daemon.status())
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(daemon.ask("log", "head", "--raw").startswith("example.go.id/51/s1/00000002\n"))

    def test_what_officers_write_meanwhile_does_not_continue_it(self):
        daemon = self.after_incidents([1])
        self.assertEqual(daemon.stop(), 0)
        incident = daemon.incidents()[0]["id"]
        officer = ("--head", daemon.path("state/head"), "--officer", daemon.path("officer.key"))
        daemon.ask("keys", "officer", "add", "Petugas jaga", "--key", daemon.path("officer.key"), *officer[:2])
        shutil.copytree(daemon.ledger, daemon.path("backup"))
        daemon.ask("incidents", "acknowledge", incident, *officer)
        known = self.size_remembered(daemon)
        shutil.rmtree(daemon.ledger)
        shutil.copytree(daemon.path("backup"), daemon.ledger)
        refused = run("persandian", "incidents", "comment", incident, "--text", "hidden", "-l", daemon.ledger, *officer)
        self.assertEqual(refused.returncode, 65, refused.stderr)
        self.assertIn(f"rollback: a checkpoint of size {known} is known", refused.stderr)
        self.assertEqual(self.size_remembered(daemon), known)
        self.expect_a_new_generation(daemon, "rollback: a checkpoint of size")

    def test_only_the_newest_slot_damaged_is_noticed(self):
        daemon = self.after_incidents([1, 2])
        self.assertEqual(daemon.stop(), 0)
        slots = [os.path.join(daemon.ledger, "log/00000001", name) for name in ("commit.a", "commit.b")]

        def sequence(path):
            with open(path, "rb") as file:
                return int.from_bytes(file.read(16)[8:], "big")

        with open(max(slots, key=sequence), "r+b") as file:
            file.seek(100)
            byte = file.read(1)
            file.seek(100)
            file.write(bytes([byte[0] ^ 1]))
        self.expect_a_new_generation(daemon, "rollback: a checkpoint of size")

    def test_a_folder_that_is_gone_is_noticed(self):
        daemon = self.after_incidents([1])
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(daemon.ledger)
        self.expect_a_new_generation(daemon, "the ledger is gone")

    def test_a_crash_and_a_stop_are_no_rollback(self):
        daemon = self.after_incidents([1])
        for turn in range(4):
            size = daemon.status()["ledger_size"]
            if turn % 2:
                wait_until("the head is remembered", lambda: self.size_remembered(daemon) >= size)
                self.assertGreaterEqual(daemon.status()["remembered_size"], size)
            else:
                daemon.append(line(10 + turn))
            daemon.kill()
            self.assertLessEqual(self.size_remembered(daemon), self.signed_size(daemon))
            daemon.start()
            daemon.append(line(20 + turn))
            daemon.wait_for_lines([20 + turn])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.size_remembered(daemon), self.signed_size(daemon))
        self.assertNotIn("CONTINUED", daemon.said())
        self.assertTrue(daemon.ask("log", "head", "--raw").startswith("example.go.id/51/s1/00000001"))
        done = run("persandian-verify", daemon.ledger, "--key", os.path.join(daemon.ledger, "log.pub.pem"), "--head",
                   self.remembered(daemon))
        self.assertEqual(done.returncode, 0, done.stdout)

    def signed_size(self, daemon):
        return int(daemon.ask("log", "head", "--raw").split("\n")[1])

    def test_one_that_makes_no_sense_is_put_aside_loudly(self):
        daemon = self.after_incidents([1])
        self.assertEqual(daemon.stop(), 0)
        with open(self.remembered(daemon), "w", encoding="utf-8") as file:
            file.write("rubbish\n")
        daemon.start()
        self.assertIn("not signed with this ledger's key", daemon.said())
        self.assertIn("example.go.id%2F51%2Fs1.unusable", os.listdir(daemon.path("state/head")))
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(daemon.ask("log", "head", "--raw").startswith("example.go.id/51/s1/00000001"))

    def test_replay_keeps_none(self):
        daemon = self.daemon()
        daemon.append(line(1))
        run("persandian", "replay", "--log", f"auto:{daemon.log}", "-S", daemon.path("rules"), "-l", daemon.path("case"),
            check=0)
        self.assertTrue(os.path.isdir(daemon.path("case/log/00000001")))
        self.assertNotIn("head", [os.path.basename(folder) for folder, _, _ in os.walk(daemon.path("case"))])


class Windows(DaemonTest):
    """Correlations go on across a reload, a restart and a crash."""
    CORRELATION = """title: Many failures
id: 00000009-1111-4111-8111-111111111111
correlation:
  type: event_count
  rules: ["00000001-1111-4111-8111-111111111111"]
  group-by: [src_ip]
  timespan: 10m
  condition: {gte: 10}
  generate: %s
level: high
"""

    def watching(self, generate):
        daemon = self.daemon(rules={"line.yml": rule(), "many.yml": self.CORRELATION % generate}).start()
        daemon.append("".join(same(number) for number in range(6)))
        wait_until("six lines read", lambda: daemon.status()["findings"] >= 6)
        return daemon

    def found(self, daemon):
        return [incident for incident in daemon.incidents() if incident["rule"]["title"] == "Many failures"]

    def test_a_reload_does_not_blind_them(self):
        daemon = self.watching("false")
        daemon.write("rules/other.yml", rule("Accepted password", 2))
        daemon.reload()
        daemon.append("".join(same(number) for number in range(6, 9)))
        wait_until("nine lines read", lambda: daemon.status()["findings"] >= 9)
        self.assertEqual(self.found(daemon), [])
        daemon.append(same(9))
        wait_until("the correlation", lambda: self.found(daemon))
        self.assertEqual(daemon.stop(), 0)

    def test_a_restart_does_not_blind_them_and_repeats_nothing(self):
        daemon = self.watching("true")
        self.assertEqual(daemon.stop(), 0)
        daemon.append("".join(same(number) for number in range(6, 9)))
        daemon.start()
        wait_until("nine lines read", lambda: daemon.status()["findings"] >= 9)
        self.assertEqual(self.found(daemon), [])
        daemon.append(same(9))
        wait_until("the correlation", lambda: self.found(daemon))
        self.assertEqual(daemon.stop(), 0)
        alone = [incident["count"] for incident in daemon.incidents() if incident not in self.found(daemon)]
        self.assertEqual(sum(alone), 10, "each line counts once")
        self.assertEqual(len(self.found(daemon)), 1)

    def test_a_crash_does_not_blind_them(self):
        # Without incidents of their own, and with: then the place in the log waits for their count.
        for generate in ("false", "true"):
            self.crash(self.watching(generate))

    def crash(self, daemon):
        time.sleep(1)  # the place in the log would be stored by now
        daemon.kill()
        daemon.append("".join(same(number) for number in range(6, 10)))
        daemon.start()
        wait_until("the correlation", lambda: self.found(daemon))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(self.found(daemon)), 1)



if __name__ == "__main__":
    daemon_harness.main(["Crashes", "Rollback", "Windows"])
