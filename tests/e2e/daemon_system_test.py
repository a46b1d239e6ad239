# SPDX-License-Identifier: Apache-2.0
"""What the daemon does with rights, devices and disks: needs root, and makes only namespaces of its own."""
import base64
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys

import daemon_harness
from daemon_harness import TOP, DaemonTest, is_alive, line, rule, run, wait_until

sys.path.insert(0, os.path.join(TOP, "tests/golden/protocols"))
from capture_writer import Capture as CaptureWriter  # noqa: E402

CAP_NET_ADMIN, CAP_NET_RAW = 12, 13


def status_of(process):
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return dict(item.rstrip("\n").split(":\t", 1) for item in file if ":\t" in item)


def memory_of(process):
    """Each readable mapping's bytes."""
    with open(f"/proc/{process}/maps", encoding="utf-8") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for mapping in maps:
            begin, end = (int(part, 16) for part in mapping.split(" ", 1)[0].split("-"))
            # Sanitizers reserve terabytes of address space; what we look for is small and near.
            if " r" not in mapping or end - begin > 1 << 28 or "[v" in mapping:
                continue
            try:
                memory.seek(begin)
                yield memory.read(end - begin)
            except OSError:
                continue


def capabilities(status, name):
    bits = int(status[name].strip(), 16)
    return {bit for bit in range(64) if bits >> bit & 1}


class Privileges(DaemonTest):
    def setUp(self):
        self.need_root()

    def daemon_of_nobody(self, **options):
        daemon = self.daemon(user="nobody", **options)
        nobody = pwd.getpwnam("nobody")
        for folder, _, files in os.walk(daemon.folder):
            for path in [folder, *(os.path.join(folder, name) for name in files)]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        return daemon, nobody

    def test_root_is_given_up_and_the_inspector_has_nothing(self):
        daemon, nobody = self.daemon_of_nobody()
        daemon.start()
        for process in (daemon.process.pid, daemon.inspector):
            status = status_of(process)
            self.assertEqual(set(status["Uid"].split()), {str(nobody.pw_uid)})
            self.assertEqual(set(status["Gid"].split()), {str(nobody.pw_gid)})
            self.assertNotIn("0", status["Groups"].split())
            self.assertEqual(status["NoNewPrivs"].strip(), "1")
            for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                self.assertEqual(capabilities(status, name), set(), (process, name))
        self.assertEqual(os.stat(os.path.join(daemon.ledger, "keys/log.key")).st_mode & 0o777, 0o600)
        self.assertEqual(daemon.stop(), 0)

    def test_what_root_writes_meanwhile_belongs_to_the_daemons_user(self):
        daemon, nobody = self.daemon_of_nobody()
        daemon.start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        self.assertEqual(daemon.stop(), 0)
        daemon.ask("keys", "officer", "add", "Petugas jaga", "--key", daemon.path("officer.key"), "--head",
                   daemon.path("state/head"))
        for place in (daemon.ledger, daemon.path("state/head")):
            for folder, _, files in os.walk(place):
                for name in files:
                    self.assertEqual(os.stat(os.path.join(folder, name)).st_uid, nobody.pw_uid, name)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        daemon.verify()

    def test_only_what_opening_devices_takes_is_kept(self):
        daemon, nobody = self.daemon_of_nobody()
        daemon.start("--set", "capture+=lo")
        status = status_of(daemon.process.pid)
        self.assertEqual(set(status["Uid"].split()), {str(nobody.pw_uid)})
        kept = capabilities(status, "CapPrm")
        self.assertIn(CAP_NET_RAW, kept)
        self.assertLessEqual(kept, {CAP_NET_RAW, CAP_NET_ADMIN})
        status = status_of(daemon.inspector)
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(capabilities(status, name), set(), name)
        # A new inspector can open the device again.
        old = daemon.inspector
        os.kill(old, signal.SIGKILL)
        wait_until("another inspector", lambda: len([gap for gap in daemon.records("gap")
                                                     if gap["what"] == "inspector"]) == 1)
        self.assertEqual(capabilities(status_of(daemon.inspector), "CapEff"), set())
        self.assertEqual(daemon.stop(), 0)

    def test_the_inspector_has_no_byte_of_the_key_and_no_file_of_the_ledger(self):
        daemon, _ = self.daemon_of_nobody()
        daemon.start()
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        with open(os.path.join(daemon.ledger, "keys/log.key"), encoding="ascii") as file:
            body = "".join(file.read().split("\n")[1:-2])
        seed = base64.b64decode(body)[-32:]
        self.assertTrue(any(seed in part for part in memory_of(daemon.process.pid)), "the search itself must work")
        for part in memory_of(daemon.inspector):
            self.assertNotIn(seed, part)
            self.assertNotIn(body.encode(), part)
        folder = f"/proc/{daemon.inspector}/fd"
        for name in os.listdir(folder):
            self.assertNotIn(daemon.ledger, os.readlink(os.path.join(folder, name)))
        self.assertEqual(daemon.stop(), 0)


class Capture(DaemonTest):
    """Two network namespaces, a cable between them, the sample province sent through it."""

    def setUp(self):
        self.need_root()
        for name in ("ip", "tcpreplay"):
            self.need_program(name)
        self.near, self.far = f"psd-n{os.getpid()}", f"psd-f{os.getpid()}"
        for name in (self.near, self.far):
            if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode != 0:
                self.skipTest("skipped: network namespaces cannot be made here")
            self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=False)
        self.inside(self.near, "ip", "link", "add", "wire0", "mtu", "9000", "type", "veth", "peer", "name", "wire1",
                    "netns", self.far)
        for namespace, device in ((self.near, "wire0"), (self.far, "wire1")):
            # Our own neighbour discovery would be counted, too.
            self.inside(namespace, "sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{device}/disable_ipv6")
            self.inside(namespace, "ip", "link", "set", device, "mtu", "9000", "up")

    def inside(self, namespace, *command):
        return subprocess.run(["ip", "netns", "exec", namespace, *command], check=True, capture_output=True, text=True)

    def replay(self, *options):
        """Sends the sample capture; returns how many packets went."""
        told = self.inside(self.far, "tcpreplay", "-q", "-i", "wire1", *options,
                           os.path.join(TOP, "tools/samples/province.pcap")).stdout
        return int(re.search(r"Successful packets:\s+(\d+)", told).group(1))

    def counted(self, daemon):
        return wait_until("a heartbeat", lambda: daemon.records("heartbeat"))[-1]["coverage"]

    def test_packets_are_counted_and_become_incidents(self):
        daemon = self.daemon(logs=(), config="capture: [{interface: wire0, buffer: 64mb}]\n")
        daemon.start("--set", f"rules.paths={TOP}/rules", before=("ip", "netns", "exec", self.near))
        sent = self.replay("--pps", "2000")
        wait_until("all packets", lambda: self.counted(daemon)["packets_received"] == sent)
        coverage = self.counted(daemon)
        self.assertEqual((coverage["packets_dropped_kernel"], coverage["packets_dropped_interface"]), (0, 0))
        self.assertEqual(daemon.stop(), 0)
        titles = {incident["rule"]["title"] for incident in daemon.incidents()}
        self.assertGreaterEqual(len(titles), 5, titles)
        self.assertEqual([gap for gap in daemon.records("gap") if gap["what"] == "capture"], [])
        daemon.verify()

    def test_shards_share_the_traffic_and_find_the_same(self):
        found = []
        for shards in (1, 3):
            daemon = self.daemon(logs=(), config=f"capture: [{{interface: wire0, buffer: 64mb, shards: {shards}, cpus: [0, 1]}}]\n")
            daemon.start("--set", f"rules.paths={TOP}/rules", before=("ip", "netns", "exec", self.near))
            threads = len(os.listdir(f"/proc/{daemon.inspector}/task"))
            sent = self.replay("--pps", "2000")
            wait_until("all packets", lambda: self.counted(daemon)["packets_received"] == sent)
            self.assertEqual(self.counted(daemon)["packets_dropped_kernel"], 0)
            self.assertEqual(daemon.stop(), 0)
            daemon.verify()
            found.append((sorted((incident["rule"]["title"], incident["count"]) for incident in daemon.incidents()), threads))
        self.assertEqual(found[1][0], found[0][0])
        self.assertEqual(found[1][1] - found[0][1], 2, "threads")

    def test_too_much_traffic_is_shed_from_long_flows_and_said(self):
        daemon = self.daemon(logs=(), config="capture: [{interface: wire0, buffer: 1mb, shards: 2}]\n"
                                             "limits: {inspector-silence: 10m}\n")
        daemon.start(before=("ip", "netns", "exec", self.near))
        os.kill(daemon.inspector, signal.SIGSTOP)
        self.replay("--topspeed", "--loop", "10")
        os.kill(daemon.inspector, signal.SIGCONT)
        wait_until("drops", lambda: self.counted(daemon)["packets_dropped_kernel"] > 0)
        capture = CaptureWriter()
        capture.tcp(80, 40000, [(True, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n" + bytes(4_000_000))])
        path = os.path.join(daemon.folder, "long.pcap")
        capture.save(path)
        self.inside(self.far, "tcpreplay", "-q", "-i", "wire1", "--pps", "3000", path)
        wait_until("a flow cut short", lambda: self.counted(daemon)["flows_shed"] > 0)
        self.assertEqual(daemon.stop(), 0)
        gaps = [gap for gap in daemon.records("gap") if gap["what"] == "capture"]
        self.assertEqual(sum(gap["lost"].get("flows_shed", 0) for gap in gaps), 1)
        self.assertGreater(sum(gap["lost"].get("packets", 0) for gap in gaps), 0)

    def test_a_reload_under_traffic_loses_no_packet(self):
        daemon = self.daemon(logs=(), config="capture: [{interface: wire0, buffer: 64mb}]\n")
        daemon.start(before=("ip", "netns", "exec", self.near))
        inspector = daemon.inspector
        sender = subprocess.Popen(["ip", "netns", "exec", self.far, "tcpreplay", "-q", "-i", "wire1", "--pps", "1500",
                                   os.path.join(TOP, "tools/samples/province.pcap")], stdout=subprocess.PIPE, text=True)
        turns = 0
        while sender.poll() is None and turns < 50:
            turns += 1
            daemon.write("rules/other.yml", rule(f"turn {turns}", 2))
            daemon.reload()
        told, _ = sender.communicate(timeout=daemon_harness.PATIENCE_S)
        sent = int(re.search(r"Successful packets:\s+(\d+)", told).group(1))
        wait_until("all packets", lambda: self.counted(daemon)["packets_received"] == sent)
        self.assertEqual(self.counted(daemon)["packets_dropped_kernel"], 0)
        self.assertEqual(daemon.inspector, inspector, "the same process all the time")
        self.assertEqual(len(daemon.records("config")), turns + 1)
        self.assertEqual(daemon.stop(), 0)

    def test_drops_are_accounted(self):
        daemon = self.daemon(logs=(), config="capture: [{interface: wire0, buffer: 1mb}]\n"
                                             "limits: {inspector-silence: 10m}\n")
        daemon.start(before=("ip", "netns", "exec", self.near))
        os.kill(daemon.inspector, signal.SIGSTOP)
        sent = self.replay("--topspeed", "--loop", "10")
        os.kill(daemon.inspector, signal.SIGCONT)

        def all_accounted():
            coverage = self.counted(daemon)
            return coverage["packets_received"] + coverage["packets_dropped_kernel"] == sent and coverage

        coverage = wait_until("all packets, received or dropped", all_accounted)
        self.assertGreater(coverage["packets_dropped_kernel"], 0)
        self.assertEqual(daemon.stop(), 0)
        lost = sum(gap["lost"]["packets"] for gap in daemon.records("gap") if gap["what"] == "capture")
        self.assertEqual(lost, coverage["packets_dropped_kernel"])

    def test_sources_that_change_are_taken_by_another_inspector(self):
        daemon = self.daemon().start(before=("ip", "netns", "exec", self.near))
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        old = daemon.inspector
        daemon.append("capture: [wire0]\n", daemon.config)
        daemon.reload()
        self.assertNotEqual(daemon.inspector, old)
        self.assertFalse(is_alive(old))
        sent = self.replay("--pps", "5000", "--limit", "200")
        daemon.append(line(2))
        daemon.wait_for_lines([1, 2])
        wait_until("all packets", lambda: self.counted(daemon)["packets_received"] == sent)
        # And one that cannot be opened is refused: the sources before stay.
        daemon.append("# changed\n", daemon.config)
        with open(daemon.config, encoding="utf-8") as file:
            text = file.read()
        daemon.write("persandian.yaml", text.replace("[wire0]", "[wire0, nowhere0]"))
        daemon.reload()
        self.assertIn("reload refused", daemon.said())
        wait_until("an inspector", lambda: daemon.inspector)
        daemon.append(line(3))
        daemon.wait_for_lines([1, 2, 3])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(set(daemon.seen().values()), {1})


class FullDisk(DaemonTest):
    def test_it_is_fatal_and_clear_and_the_ledger_holds(self):
        self.need_root()
        daemon = self.daemon()
        os.mkdir(daemon.ledger)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "psd", daemon.ledger], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("skipped: a tmpfs cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", daemon.ledger], check=False)
        daemon.start()
        shown = set()
        number = 0
        while not daemon.ended():
            daemon.append("".join(line(number + n) for n in range(20)))
            number += 20
            if number < 200:
                shown |= {incident["id"] for incident in daemon.incidents()}
            self.assertLess(number, 100000)
            wait_until("lines or the end", lambda: daemon.ended() or daemon.records("incident"))
        self.assertEqual(daemon.wait(), 74)
        self.assertIn("the ledger cannot be written", daemon.said())
        daemon.verify(crashed=True)
        self.assertLessEqual(shown, {incident["id"] for incident in daemon.incidents()})
        # With room again it goes on, and says what happened.
        subprocess.run(["mount", "-o", "remount,size=64m", daemon.ledger], check=True)
        daemon.start()
        wait_until("the recovery", lambda: daemon.records("recovery"))
        self.assertEqual(daemon.stop(), 0)
        daemon.verify()


class OrdinaryUser(DaemonTest):
    def test_everything_but_devices_works_without_root(self):
        daemon = self.daemon(user="persandian")  # not asked for: who is not root stays who he is
        before, environment = (), {}
        if os.geteuid() == 0:
            self.need_program("setpriv")
            nobody = pwd.getpwnam("nobody")
            # A copy, because the checkout may lie where other users cannot go (/root).
            os.mkdir(daemon.path("bin"))
            for program in ("persandian", "persandiand", "persandian-verify"):
                shutil.copy2(os.path.join(daemon_harness.BIN, program), daemon.path("bin"))
            shutil.copytree(os.path.join(TOP, "rules"), daemon.path("vendor-rules"))
            self.addCleanup(setattr, daemon_harness, "BIN", daemon_harness.BIN)
            daemon_harness.BIN = daemon.path("bin")
            for folder, _, files in os.walk(daemon.folder):
                for path in [folder, *(os.path.join(folder, name) for name in files)]:
                    os.chown(path, nobody.pw_uid, nobody.pw_gid)
            before = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
            environment = {"PERSANDIAN_RULES": daemon.path("vendor-rules")}
        daemon.start(before=before, env=environment)
        daemon.append(line(1))
        daemon.wait_for_lines([1])
        self.assertEqual(daemon.stop(), 0)
        daemon.verify()


if __name__ == "__main__":
    daemon_harness.main(["Privileges", "Capture", "FullDisk", "OrdinaryUser"])
