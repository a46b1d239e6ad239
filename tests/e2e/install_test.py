# SPDX-License-Identifier: Apache-2.0
"""Installs into a staging folder: every file is there, the unit is sound, the installed daemon finds its rules."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

FILES = """
usr/bin/persandian
usr/bin/persandian-verify
usr/sbin/persandiand
usr/lib/systemd/system/persandiand.service
usr/lib/sysusers.d/persandian.conf
usr/lib/tmpfiles.d/persandian.conf
etc/persandian/persandian.yaml
usr/share/persandian/rules/logsources/linux.yml
usr/share/persandian/rules/remote-access/ssh-brute-force.yml
usr/share/doc/persandian/README.md
""".split()


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = tempfile.mkdtemp(prefix="psd-stage-")
        done = subprocess.run(["cmake", "--install", OPTIONS.build, "--prefix", "/usr"], check=False, text=True,
                              capture_output=True, env={**os.environ, "DESTDIR": cls.stage})
        assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.stage)

    def path(self, name):
        return os.path.join(self.stage, name)

    def test_every_file_is_there(self):
        missing = [name for name in FILES if not os.path.isfile(self.path(name))]
        self.assertEqual(missing, [], subprocess.run(["find", self.stage, "-type", "f", "-not", "-path", "*/rules/*"],
                                                     check=False, text=True, capture_output=True).stdout)
        for name in FILES:
            if "bin/" in name or name.endswith(".sh"):
                self.assertTrue(os.access(self.path(name), os.X_OK), name)

    def test_nothing_but_the_product_is_installed(self):
        for folder, _, files in os.walk(self.stage):
            for name in files:
                self.assertNotRegex(name, r"\.test\.yml$|CMakeLists|_test|\.pyc$|\.a$", folder)

    def test_the_installed_daemon_finds_its_rules_and_its_configuration_is_good(self):
        environment = {name: value for name, value in os.environ.items() if name != "PERSANDIAN_RULES"}
        done = subprocess.run([self.path("usr/sbin/persandiand"), "-T", "-c", self.path("etc/persandian/persandian.yaml")],
                              check=False, text=True, capture_output=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"good; [1-9]\d+ rules loaded, 0 refused")

    def test_the_unit_is_sound(self):
        tool = shutil.which("systemd-analyze")
        if tool is None:
            self.skipTest("skipped: systemd-analyze is not installed")
        with open(self.path("usr/lib/systemd/system/persandiand.service"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("@PERS", text)
        self.assertIn("ExecStart=/usr/sbin/persandiand", text)
        # The programs it names lie in the stage, not in /usr.
        unit = os.path.join(self.stage, "persandiand.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write(text.replace("/usr/sbin/persandiand", self.path("usr/sbin/persandiand")))
        done = subprocess.run([tool, "verify", "--man=no", unit], check=False, text=True, capture_output=True)
        os.unlink(unit)
        said = done.stdout + done.stderr
        if "Failed to initialize manager" in said:
            self.skipTest("skipped: systemd-analyze cannot work here")
        ours = [item for item in said.splitlines() if "persandian" in item]
        self.assertEqual(ours, [])


if __name__ == "__main__":
    PARSER = argparse.ArgumentParser()
    PARSER.add_argument("--build", required=True)
    OPTIONS = PARSER.parse_args()
    unittest.main(argv=[sys.argv[0], "-v"])
