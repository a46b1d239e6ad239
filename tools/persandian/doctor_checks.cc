// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/doctor_checks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <grp.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "daemon/ledger/errors.h"
#include "daemon/ledger/reader.h"
#include "daemon/runtime/control_server.h"
#include "daemon/runtime/loaded_rules.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::cli {
namespace {

namespace fs = std::filesystem;
using enum Diagnosis::Verdict;

constexpr std::uint64_t least_free_bytes = 100_MiB;
constexpr std::uint64_t comfortable_free_bytes = 1_GiB;

/// The user that the daemon becomes, with all groups; nullopt: nobody else than who asks.
struct DaemonUser {
    uid_t id = 0;
    std::vector<gid_t> groups;
};

std::optional<DaemonUser> daemon_user(const config::Config& config) {
    if (::geteuid() != 0 || config.user.empty()) return std::nullopt;
    const passwd* const entry = ::getpwnam(config.user.c_str());
    if (entry == nullptr) return std::nullopt;
    DaemonUser out{entry->pw_uid, std::vector<gid_t>(64)};
    int count = static_cast<int>(out.groups.size());
    if (::getgrouplist(config.user.c_str(), entry->pw_gid, out.groups.data(), &count) < 0)
        count = static_cast<int>(out.groups.size());
    out.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return out;
}

bool may_read(const fs::path& path, const struct stat& status,
              const std::optional<DaemonUser>& user) {
    if (!user) return ::access(path.c_str(), R_OK) == 0;
    if (user->id == 0) return true;
    if (status.st_uid == user->id) return (status.st_mode & S_IRUSR) != 0;
    if (std::find(user->groups.begin(), user->groups.end(), status.st_gid) != user->groups.end())
        return (status.st_mode & S_IRGRP) != 0;
    return (status.st_mode & S_IROTH) != 0;
}

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Offloads that join packets before we see them: "gro", "gro, lro", "".
std::string joining_offloads(const std::string& interface) {
    const runtime::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    std::string out;
    const auto ask = [&](std::uint32_t command, std::uint32_t flag, const char* name) {
        ethtool_value value{};
        value.cmd = command;
        ifreq request{};
        interface.copy(request.ifr_name, IFNAMSIZ - 1);
        request.ifr_data = reinterpret_cast<char*>(&value);
        if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0 || (value.data & flag) == 0) return;
        out += (out.empty() ? "" : ", ") + std::string(name);
    };
    ask(ETHTOOL_GGRO, 1, "gro");
    ask(ETHTOOL_GFLAGS, ETH_FLAG_LRO, "lro");
    return out;
}

/// The nearest folder that exists.
fs::path existing(fs::path path) {
    std::error_code error;
    while (!path.empty() && path != path.root_path() && !fs::exists(path, error))
        path = path.parent_path();
    return path.empty() ? fs::path("/") : path;
}

}  // namespace

void check_rules(const config::Config& config, std::vector<Diagnosis>& out) {
    try {
        const runtime::LoadedRules loaded = runtime::load_rules(config);
        const std::size_t count = loaded.rules->rules().size();
        if (!loaded.refused.empty()) {
            out.push_back({warning, "rules",
                           fmt::format("{} loaded, {} refused; the first: {}", count,
                                       loaded.refused.size(), loaded.refused[0].to_string()),
                           "mend the refused rules: persandian rules check"});
        } else if (count == 0) {
            out.push_back({bad, "rules", "none found", "set rules.paths, or install the rules"});
        } else {
            out.push_back({good, "rules", fmt::format("{} loaded", count), ""});
        }
    } catch (const std::exception& error) {
        out.push_back({bad, "rules", error.what(),
                       "mend or remove the rules named, or set rules.on-error: skip"});
    }
}

void check_ledger(const config::Config& config, std::vector<Diagnosis>& out) {
    const fs::path& folder = config.ledger.directory;
    std::error_code error;
    if (!fs::exists(folder / "log", error) && !error) {
        out.push_back(
            {good, "ledger", folder.string() + ": not there yet; the daemon makes it", ""});
        return;
    }
    try {
        const auto reader = ledger::LedgerReader::open(folder);
        const std::uint64_t size = reader->size();
        if (size == 0 || !reader->record(size - 1))
            throw ledger::LedgerError(ledger::LedgerFault::damaged,
                                      folder.string() + ": the last record cannot be read");
        out.push_back(
            {good, "ledger",
             fmt::format("{}: {} records, signature and hashes hold", folder.string(), size), ""});
    } catch (const ledger::LedgerError& failure) {
        const bool rights = failure.fault == ledger::LedgerFault::permission;
        out.push_back({rights ? warning : bad, "ledger", failure.what(),
                       rights ? "run this as root or as the daemon's user"
                              : "keep a copy of the folder, then: persandian-verify " +
                                    folder.string() + " --key log.pub.pem"});
    }
}

void check_key(const config::Config& config, std::vector<Diagnosis>& out) {
    const bool own = config.ledger.key.empty();
    const fs::path path = own ? config.ledger.directory / "keys" / "log.key" : config.ledger.key;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const int reason = errno;
        const std::string text = path.string() + ": " + std::strerror(reason);
        if (reason == EACCES) {
            out.push_back({warning, "signing key", text, "run this as root"});
        } else if (own) {
            out.push_back(
                {good, "signing key", text + "; the daemon makes it, or is given one", ""});
        } else {
            out.push_back({bad, "signing key", text, "make it with 'persandian keys init'"});
        }
        return;
    }
    const unsigned mode = status.st_mode & 07777U;
    const auto user = daemon_user(config);
    if ((mode & 077U) != 0) {
        out.push_back({bad, "signing key",
                       fmt::format("{} has mode {:04o}: others can read it", path.string(), mode),
                       "chmod 0600 " + path.string() +
                           "; if others may have read it, begin a new ledger with a new key"});
    } else if (user && status.st_uid != user->id && status.st_uid != 0) {
        out.push_back({bad, "signing key", path.string() + " belongs to another user",
                       "chown " + config.user + " " + path.string()});
    } else {
        out.push_back(
            {good, "signing key", fmt::format("{}, mode {:04o}", path.string(), mode), ""});
    }
}

void check_log_files(const config::Config& config, std::vector<Diagnosis>& out) {
    const auto user = daemon_user(config);
    for (const config::LogConfig& log : config.logs) {
        struct stat status {};
        const std::string path = log.path.string();
        if (::stat(path.c_str(), &status) != 0) {
            const bool absent = errno == ENOENT;
            out.push_back({absent ? warning : bad, "log file", path + ": " + std::strerror(errno),
                           absent ? "the daemon waits for it; is the path right?"
                                  : "let the daemon's user read it (group adm, often)"});
        } else if (!S_ISREG(status.st_mode)) {
            out.push_back({bad, "log file", path + ": not a file", "name a file"});
        } else if (!may_read(log.path, status, user)) {
            out.push_back({bad, "log file",
                           fmt::format("{}: user {} may not read it", path,
                                       user ? config.user : std::string("that asks")),
                           "usermod -aG adm " + config.user + ", or set its group"});
        } else {
            out.push_back({good, "log file", path, ""});
        }
    }
}

void check_interfaces(const config::Config& config, std::vector<Diagnosis>& out) {
    for (const config::CaptureConfig& capture : config.captures) {
        const std::string& name = capture.interface;
        if (name == "any") {
            out.push_back({good, "interface", "any", ""});
            continue;
        }
        const fs::path folder = fs::path("/sys/class/net") / fs::path(name).filename();
        std::error_code error;
        if (!fs::exists(folder, error)) {
            out.push_back({bad, "interface", name + ": no such interface", "choose one: ip link"});
            continue;
        }
        const std::string packets = first_line(folder / "statistics/rx_packets");
        const std::string state = first_line(folder / "operstate");
        const std::string joined = joining_offloads(name);
        if (state == "down") {
            out.push_back({bad, "interface", name + ": down", "ip link set " + name + " up"});
        } else if (packets == "0") {
            out.push_back({warning, "interface", name + ": up, but not one packet has come",
                           "is the mirror port set up, the cable in?"});
        } else if (!joined.empty()) {
            out.push_back({warning, "interface",
                           fmt::format("{}: {} packets; {} joins packets before they are seen",
                                       name, packets, joined),
                           "on a port that only listens: ethtool -K " + name + " gro off lro off"});
        } else {
            out.push_back({good, "interface", fmt::format("{}: {} packets", name, packets), ""});
        }
    }
}

void check_clock(std::vector<Diagnosis>& out) {
    timex clock{};
    const int state = ::adjtimex(&clock);
    if (state < 0) {
        out.push_back({warning, "clock",
                       std::string("the kernel does not say: ") + std::strerror(errno),
                       "timedatectl status"});
    } else if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0) {
        out.push_back({warning, "clock",
                       "not synchronised; the times of records cannot be relied on",
                       "timedatectl set-ntp true, or install chrony"});
    } else {
        out.push_back({good, "clock",
                       fmt::format("synchronised, at most {} ms off", clock.maxerror / 1000), ""});
    }
}

void check_disk(const config::Config& config, std::vector<Diagnosis>& out) {
    const fs::path folder = existing(config.ledger.directory);
    struct statvfs space {};
    if (::statvfs(folder.c_str(), &space) != 0) {
        out.push_back({warning, "disk", folder.string() + ": " + std::strerror(errno), "df -h"});
        return;
    }
    const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
    const std::string text = fmt::format("{}: {} MiB free", folder.string(), free / 1_MiB);
    const auto verdict = free < least_free_bytes         ? bad
                         : free < comfortable_free_bytes ? warning
                                                         : good;
    out.push_back(
        {verdict, "disk", text,
         verdict == good ? "" : "make room: a full disk ends the daemon (what is signed stays)"});
}

void check_daemon(const config::Config& config, std::vector<Diagnosis>& out) {
    try {
        const runtime::Reply reply =
            runtime::ask_recorder(config.runtime_directory / "control.sock", {"status", {}});
        const bool working =
            reply.text.starts_with("watching") || reply.text.starts_with("reloading");
        const bool continued = reply.text.find("LEDGER WAS NOT CONTINUED") == std::string::npos;
        const auto verdict = !continued ? bad : working ? good : warning;
        out.push_back({verdict, "daemon", reply.text,
                       verdict == good ? "" : "its log says why: journalctl -u persandiand"});
    } catch (const std::runtime_error& error) {
        out.push_back({bad, "daemon", error.what(),
                       "systemctl start persandiand; journalctl -u persandiand"});
    }
}

}  // namespace persandian::cli
