// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/assets.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "detectors/base/ip_address.h"
#include "detectors/base/yaml.h"

namespace persandian::config {
namespace {

// Who was named as owner of what, so that nothing has two.
using Owners = std::map<std::string, std::string>;

void claim(Owners& owners, const std::string& what, const std::string& code, const yaml::Mark& mark,
           ProblemList& problems) {
    const auto [place, is_new] = owners.try_emplace(what, code);
    if (!is_new)
        problems.add(mark, fmt::format("'{}' belongs to agency {} already", what, place->second));
}

// Reads a list of texts item by item, each with its own position.
template <typename Read>
void each_text(StrictReader& map, const yaml::Node& agency, std::string_view key,
               ProblemList& problems, Read read) {
    std::vector<std::string> texts;
    map.texts(key, texts);  // reports what is not a list of texts
    const yaml::Node* const list = agency.find(key);
    if (list == nullptr) return;
    const auto read_one = [&](const yaml::Node& item) {
        if (!item.is_scalar()) return;
        if (item.text.empty()) return problems.add(item.mark, fmt::format("'{}' is empty", key));
        read(item.text, item.mark);
    };
    if (list->is_scalar()) read_one(*list);
    for (const yaml::Node& item : list->items) read_one(item);
}

std::string network_problem(const std::string& text) {
    const std::string plain = text.substr(0, text.find('/'));
    if (IpAddress::parse(plain) && text.find('/') != std::string::npos)
        return fmt::format(
            "'{}' is not a network: the prefix is out of range or bits behind it are set", text);
    return fmt::format("'{}' is not a network; write 192.0.2.0/24 or 2001:db8::/32", text);
}

void read_zone(StrictReader& map, const yaml::Node& node, incident::Agency& agency) {
    map.zone("zone", agency.zone_offset_minutes);
    const yaml::Node* const written = node.find("zone");
    agency.zone_name = written == nullptr || !written->is_scalar() ? "WITA" : written->text;
    agency.zone = agency.zone_name == "WIB"    ? "Asia/Jakarta"
                  : agency.zone_name == "WITA" ? "Asia/Makassar"
                  : agency.zone_name == "WIT"  ? "Asia/Jayapura"
                  : agency.zone_name == "UTC"  ? "Etc/UTC"
                                               : agency.zone_name;
}

class Reader {
  public:
    explicit Reader(ProblemList& problems) : problems_(problems) {}

    incident::Agency agency(const yaml::Node& node) {
        incident::Agency out;
        StrictReader map(node, "an agency", problems_);
        map.text("code", out.code, Need::required);
        map.text("name", out.name, Need::required);
        if (!out.code.empty()) claim(codes_, out.code, out.name, node.mark, problems_);
        read_zone(map, node, out);
        map.text("contact", out.contact);
        each_text(map, node, "networks", problems_,
                  [&](const std::string& text, const yaml::Mark& mark) {
                      const std::optional<IpNetwork> network = IpNetwork::parse(text);
                      if (!network) return problems_.add(mark, network_problem(text));
                      claim(networks_, network->to_string(), out.code, mark, problems_);
                      out.networks.push_back(*network);
                  });
        each_text(map, node, "hosts", problems_,
                  [&](const std::string& text, const yaml::Mark& mark) {
                      if (text.find_first_of("/: \t*") != std::string::npos)
                          return problems_.add(
                              mark, fmt::format("'{}' is not a host name; for all sub-domains "
                                                "write .example.go.id",
                                                text));
                      claim(hosts_, text, out.code, mark, problems_);
                      out.hosts.push_back(text);
                  });
        each_text(map, node, "log-sources", problems_,
                  [&](const std::string& text, const yaml::Mark& mark) {
                      claim(sources_, text, out.code, mark, problems_);
                      out.log_sources.push_back(text);
                  });
        map.finish();
        return out;
    }

  private:
    ProblemList& problems_;
    Owners codes_, networks_, hosts_, sources_;
};

}  // namespace

incident::AssetInventory parse_assets(const std::filesystem::path& path, const std::string& text) {
    ProblemList problems{path.string(), {}};
    const yaml::ParseOutcome outcome = yaml::parse(text);
    if (outcome.problem) problems.add(outcome.problem->mark, outcome.problem->reason);
    if (outcome.documents.size() > 1)
        problems.add(outcome.documents[1].root.mark,
                     "an inventory is one YAML document; '---' starts a second");
    incident::AssetInventory inventory;
    if (!outcome.documents.empty()) {
        StrictReader map(outcome.documents[0].root, "the inventory", problems);
        Reader reader(problems);
        map.each("agencies", [&](const yaml::Node& node) {
            inventory.agencies.push_back(reader.agency(node));
        });
        map.finish();
    }
    if (!problems.problems.empty()) throw ConfigError(std::move(problems.problems));
    return inventory;
}

}  // namespace persandian::config
