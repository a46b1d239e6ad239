// SPDX-License-Identifier: Apache-2.0
//
// What `persandian doctor` looks at. Each check only reads.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/config.h"

namespace persandian::cli {

/// What one check found. `text` and `remedy` may hold text from outside: escape it when showing.
struct Diagnosis {
    enum class Verdict { good, warning, bad };
    Verdict verdict = Verdict::good;
    std::string about;   ///< "log files"
    std::string text;    ///< what was found
    std::string remedy;  ///< what to do; empty when good
};

void check_rules(const config::Config& config, std::vector<Diagnosis>& out);
/// Head, leaf hashes and the last record; not every record, which is persandian-verify's work.
void check_ledger(const config::Config& config, std::vector<Diagnosis>& out);
void check_key(const config::Config& config, std::vector<Diagnosis>& out);
void check_log_files(const config::Config& config, std::vector<Diagnosis>& out);
void check_interfaces(const config::Config& config, std::vector<Diagnosis>& out);
void check_clock(std::vector<Diagnosis>& out);
void check_disk(const config::Config& config, std::vector<Diagnosis>& out);
void check_daemon(const config::Config& config, std::vector<Diagnosis>& out);

}  // namespace persandian::cli
