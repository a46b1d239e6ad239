// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "detectors/sigma/modifiers/utf8.h"
#include "detectors/suppression/entry_reader.h"
#include "detectors/suppression/suppression.h"

namespace persandian::suppression {
namespace {

using ReadItem = Entry (*)(const yaml::Node&, const ReadContext&);

void read_list(const yaml::Node& root, std::string_view key, ReadItem read,
               const ReadContext& context, std::vector<Entry>& out) {
    const yaml::Node* const list = root.find(key);
    if (list == nullptr || list->is_null()) return;
    if (!list->is_sequence()) {
        context.problems.push_back(
            {context.path, list->mark,
             fmt::format("'{}' must be a list ('- …' per entry), not {}", key, kind_name(*list))});
        return;
    }
    for (const yaml::Node& item : list->items) {
        if (out.size() == context.limits.max_entries) {
            context.problems.push_back(
                {context.path, item.mark,
                 fmt::format("more than {} entries (max_entries)", context.limits.max_entries)});
            return;
        }
        out.push_back(read(item, context));
    }
}

void read_root(const yaml::Node& root, const ReadContext& context, std::vector<Entry>& out) {
    if (root.is_null()) return;
    if (!root.is_map()) {
        context.problems.push_back(
            {context.path, root.mark,
             fmt::format("a suppression file must be a map with the keys 'suppressions' and "
                         "'throttles', not {}",
                         kind_name(root))});
        return;
    }
    complain_of_unknown_keys(root, "a suppression file", {"suppressions", "throttles"},
                             context.path, context.problems);
    read_list(root, "suppressions", read_suppression, context, out);
    read_list(root, "throttles", read_throttle, context, out);
}

}  // namespace

std::string Problem::to_string() const {
    return fmt::format("{}:{}:{}: {}", path, mark.line, mark.column, reason);
}

bool FieldTest::fits(const std::string& value) const {
    if (!networks.empty()) {
        const std::optional<IpAddress> address = IpAddress::parse(value);
        if (!address) return false;
        for (const IpNetwork& network : networks)
            if (network.contains(*address)) return true;
        return false;
    }
    const std::string folded = sigma::folded(value);
    for (const sigma::Pattern& pattern : patterns)
        if (pattern.matches(folded)) return true;
    return false;
}

ParseResult parse(std::span<const SourceFile> files, int zone_offset_minutes,
                  const Limits& limits) {
    ParseResult out;
    for (const SourceFile& file : files) {
        const yaml::ParseOutcome parsed =
            yaml::parse(file.text, {.max_bytes = limits.max_file_bytes});
        if (parsed.problem) {
            out.problems.push_back({file.path, parsed.problem->mark, parsed.problem->reason});
            continue;
        }
        if (parsed.documents.size() > 1)
            out.problems.push_back(
                {file.path, parsed.documents[1].root.mark,
                 "a suppression file is one YAML document; '---' starts a second"});
        if (parsed.documents.empty()) continue;
        const std::size_t before = out.suppressions.entries.size();
        read_root(
            parsed.documents[0].root,
            {file.path, out.suppressions.files.size(), zone_offset_minutes, limits, out.problems},
            out.suppressions.entries);
        if (out.suppressions.entries.size() > before)
            out.suppressions.files.push_back({sha256(as_bytes(file.text)), file.text});
    }
    return out;
}

}  // namespace persandian::suppression
