// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/detection.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tools/signatures/buffers.h"
#include "tools/signatures/keywords.h"
#include "tools/signatures/yaml_text.h"

namespace persandian::signatures {
namespace {

std::string service_of(const std::vector<Buffer>& buffers, std::string_view protocol) {
    std::set<std::string> found;
    for (const Buffer& buffer : buffers) {
        if (buffer.field == "payload") {
            found.insert("payload");
        } else {
            found.insert(buffer.field.substr(0, buffer.field.find('.')));
        }
    }
    if (found.empty()) return protocol == "icmp" ? "" : "flow";
    return found.size() == 1 ? *found.begin() : std::string();
}

/// Selections and condition of one signature.
class DetectionWriter {
  public:
    DetectionWriter(const Signature& signature, const Networks& home)
        : signature_(signature), home_(home), side_(side_of(signature)) {}

    Detection write() {
        const Tests tests = tests_of(signature_, side_);
        reason_ = tests.reason;
        service_ = service_of(tests.buffers, signature_.protocol);
        if (reason_.empty()) refuse_services(tests.buffers);
        for (const Buffer& buffer : tests.buffers) select("content", selection_of(buffer, reason_));
        if (service_ == "payload") of_payload();
        if (service_ == "dns") all_.emplace_back("dns.type: request");
        ends();
        if (!all_.empty()) select("event", {fmt::format("{}", fmt::join(all_, ", "))});
        if (condition_.empty() && reason_.empty()) reason_ = "nothing to test";
        text_ += fmt::format("  condition: {}\n", fmt::join(condition_, " and "));
        return {text_, service_, reason_};
    }

  private:
    void refuse_services(const std::vector<Buffer>& buffers) {
        const bool raw = std::any_of(buffers.begin(), buffers.end(), [](const Buffer& buffer) {
            return buffer.field == "payload";
        });
        const std::string& protocol = signature_.protocol;
        if (service_.empty() && protocol == "icmp") {
            reason_ = "icmp without content";
        } else if (service_.empty()) {
            reason_ = raw ? "raw payload beside buffers of a protocol" : "buffers of two protocols";
        } else if (raw && (protocol == "tls" || protocol == "ssh" || protocol == "icmp")) {
            reason_ = fmt::format("raw payload of {}", protocol);
        }
        const bool other = protocol == "smtp" || protocol == "ftp" || protocol == "ftp-data" ||
                           protocol == "smb" || protocol == "udp";
        if (reason_.empty() && service_ == "http" && other)
            reason_ = fmt::format("buffers of HTTP in {}", protocol);
        if (reason_.empty() && service_ == "flow" && signature_.has("flags"))
            reason_ = "flags without content";
    }

    void of_payload() {
        const std::string& protocol = signature_.protocol;
        if (side_ != FlowSide::unknown)
            all_.push_back(fmt::format("direction: {}",
                                       side_ == FlowSide::to_server ? "to_server" : "to_client"));
        if (protocol == "udp") all_.emplace_back("proto: UDP");
        if (protocol != "udp" && protocol != "ip" && protocol != "any" && protocol != "dns")
            all_.emplace_back("proto: TCP");
        if (protocol == "http" || protocol == "dns")
            all_.push_back(fmt::format("app_proto: {}", protocol));
        const std::string_view ports = ports_of_protocol(protocol);
        if (ports.empty()) return;
        if (side_ != FlowSide::to_client)
            server_ports_.push_back(fmt::format("dest_port: [{}]", ports));
        if (side_ != FlowSide::to_server)
            server_ports_.push_back(fmt::format("src_port: [{}]", ports));
        select("server_ports", server_ports_);
    }

    /// Events of transactions have the client as source, whoever sent the bytes.
    void ends() {
        const bool swapped =
            side_ == FlowSide::to_client && service_ != "payload" && service_ != "flow";
        const bool either =
            signature_.arrow == "<>" || (service_ == "flow" && side_ == FlowSide::unknown);
        std::vector<std::string> ways = {way(swapped)};
        if (either) ways.push_back(way(!swapped));
        if (std::find(ways.begin(), ways.end(), "") != ways.end()) ways.clear();
        select("ends", ways);
        const bool content_decides = service_ != "payload" && service_ != "flow";
        ports(signature_.source_port, swapped ? "dest_port" : "src_port", content_decides, either);
        ports(signature_.destination_port, swapped ? "src_port" : "dest_port", content_decides,
              either);
    }

    std::string way(bool swapped) {
        std::vector<std::string> out =
            address_tests(signature_.source, swapped ? "dest_ip" : "src_ip", home_, reason_);
        for (std::string& test :
             address_tests(signature_.destination, swapped ? "src_ip" : "dest_ip", home_, reason_))
            out.push_back(std::move(test));
        return fmt::format("{}", fmt::join(out, ", "));
    }

    void ports(std::string_view written, std::string_view field, bool content_decides,
               bool either) {
        if (written == "any" || (content_decides && written.find('$') != std::string_view::npos))
            return;
        PortTests tests = port_tests(written, field, reason_);
        if (either) {  // the other way round as well
            const PortTests other =
                port_tests(written, field == "src_port" ? "dest_port" : "src_port", reason_);
            tests.any_of.insert(tests.any_of.end(), other.any_of.begin(), other.any_of.end());
        }
        select("ports", tests.any_of);
        if (tests.none_of.empty()) return;
        select("other_ports", tests.none_of);
        condition_.back() = "not " + condition_.back();
    }

    /// A selection: one of the maps must hold.
    void select(std::string_view kind, const std::vector<std::string>& maps) {
        if (maps.empty()) return;
        const std::string name = fmt::format("{}_{}", kind, ++numbers_[std::string(kind)]);
        if (maps.size() == 1) {
            text_ += fmt::format("  {}: {{{}}}\n", name, maps.front());
        } else {
            text_ += fmt::format("  {}:\n", name);
            for (const std::string& map : maps) text_ += fmt::format("    - {{{}}}\n", map);
        }
        condition_.push_back(name);
    }

    const Signature& signature_;
    const Networks& home_;
    FlowSide side_;
    std::string service_;
    std::vector<std::string> all_;  ///< lines of one map
    std::vector<std::string> server_ports_;
    std::map<std::string, int> numbers_;
    std::string text_;
    std::vector<std::string> condition_;
    Reason reason_;
};

}  // namespace

Detection detection_of(const Signature& signature, const Networks& home) {
    return DetectionWriter(signature, home).write();
}

}  // namespace persandian::signatures
