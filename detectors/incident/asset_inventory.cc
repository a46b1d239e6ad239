// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>

#include "detectors/base/ascii.h"
#include "detectors/incident/incident_stage.h"

namespace persandian::incident {
namespace {

// "Example.go.id.:8080" → "example.go.id"
std::string plain_host(std::string_view written) {
    const std::size_t colon = written.find(':');
    if (colon != std::string_view::npos && colon == written.rfind(':'))
        written = written.substr(0, colon);
    while (!written.empty() && written.back() == '.') written.remove_suffix(1);
    return ascii_lower(written);
}

// Length of the match, 0 for none. ".x.go.id" is the apex and everything below.
std::size_t host_match(const std::string& pattern, const std::string& host) {
    if (host.empty() || pattern.empty()) return 0;
    if (pattern.front() != '.') return pattern == host ? pattern.size() + 1 : 0;
    if (host == std::string_view(pattern).substr(1)) return pattern.size();
    const bool below = host.size() > pattern.size() &&
                       host.compare(host.size() - pattern.size(), pattern.size(), pattern) == 0;
    return below ? pattern.size() : 0;
}

// Length of the match, 0 for none. A path matches what lies below it; a name only itself.
std::size_t source_match(const std::string& pattern, std::string_view source) {
    if (pattern.empty() || source.substr(0, pattern.size()) != pattern) return 0;
    const bool whole =
        source.size() == pattern.size() || pattern.back() == '/' || source[pattern.size()] == '/';
    return whole ? pattern.size() : 0;
}

// The agency whose `match` is largest; the earlier one when two are equal.
template <typename Match>
const Agency* best(const std::vector<Agency>& agencies, Match match) {
    const Agency* found = nullptr;
    std::size_t best_score = 0;
    for (const Agency& agency : agencies) {
        const std::size_t score = match(agency);
        if (score <= best_score) continue;
        best_score = score;
        found = &agency;
    }
    return found;
}

const Agency* by_host(const std::vector<Agency>& agencies, const std::string& host) {
    return best(agencies, [&](const Agency& agency) {
        std::size_t score = 0;
        for (const std::string& pattern : agency.hosts)
            score = std::max(score, host_match(ascii_lower(pattern), host));
        return score;
    });
}

const Agency* by_address(const std::vector<Agency>& agencies, std::string_view text) {
    const std::optional<IpAddress> address = IpAddress::parse(text);
    if (!address) return nullptr;
    return best(agencies, [&](const Agency& agency) {
        std::size_t score = 0;
        for (const IpNetwork& network : agency.networks)
            if (network.contains(*address))
                score = std::max<std::size_t>(score, network.prefix_bits + 1);
        return score;
    });
}

const Agency* by_log_source(const std::vector<Agency>& agencies, const Finding& finding) {
    return best(agencies, [&](const Agency& agency) {
        std::size_t score = 0;
        for (const std::string& pattern : agency.log_sources) {
            score = std::max(score, source_match(pattern, finding.value_of("log.source")));
            if (ascii_lower(pattern) == ascii_lower(finding.value_of("host")))
                score = std::max(score, pattern.size());
        }
        return score;
    });
}

}  // namespace

const Agency* AssetInventory::find(const Finding& finding) const {
    static constexpr std::array<std::string_view, 4> host_fields = {"http.hostname", "tls.sni",
                                                                    "url.domain", "host"};
    for (const std::string_view field : host_fields)
        if (const Agency* agency = by_host(agencies, plain_host(finding.value_of(field))))
            return agency;
    // Whoever asks a name is the one it is about, not the resolver that all of them ask.
    const bool asks = finding.event_type == "dns";
    for (const std::string_view field : {asks ? "src_ip" : "dest_ip", asks ? "dest_ip" : "src_ip"})
        if (const Agency* agency = by_address(agencies, finding.value_of(field))) return agency;
    return by_log_source(agencies, finding);
}

}  // namespace persandian::incident
