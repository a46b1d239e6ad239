// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/record.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "daemon/ledger/format.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {

bool is_caller_kind(std::string_view kind) {
    static constexpr std::array<std::string_view, 7> kinds = {
        "close", "config", "decision", "gap", "heartbeat", "incident", "key"};
    return std::ranges::find(kinds, kind) != kinds.end();
}

void RecordComposer::begin(const RecordContext& context) {
    log_member_ = ",\"log\":";
    append_json_string(log_member_, context.origin);
    log_member_ += ",\"seq\":";
    rest_ = fmt::format(
        ",\"boot\":\"{}\",\"ts\":\"{}\",\"mono\":{},\"clk\":{{\"src\":\"system\",\"err_ns\":{}}}",
        context.boot, format_rfc3339_ns(context.now), context.mono_ns, context.error_bound_ns);
}

Result<void> RecordComposer::append(std::string& out, std::uint64_t seq,
                                    const incident::RecordDraft& draft, std::size_t limit_bytes) {
    const std::size_t begin = out.size();
    out.append(entry_prefix_bytes, '\0');
    out += "{\"v\":1,\"kind\":\"";
    out += draft.kind;
    out += '"';
    out += log_member_;
    const fmt::format_int number(seq);
    out.append(number.data(), number.size());
    out += rest_;
    out += draft.members;
    out += '}';
    const std::size_t length = out.size() - begin - entry_prefix_bytes;
    Result<void> checked;
    if (!draft.members.empty() && draft.members.front() != ',')
        checked = Error{ErrorCode::malformed, "the members of a draft must begin with a comma"};
    else if (length > std::min(limit_bytes, max_record_bytes))
        checked = Error{ErrorCode::limit, "the record is longer than the limit"};
    else
        checked =
            checker_.check_object(std::string_view(out).substr(begin + entry_prefix_bytes, length));
    if (!checked) {
        out.resize(begin);
        return checked;
    }
    out[begin] = static_cast<char>(length >> 8U);
    out[begin + 1] = static_cast<char>(length & 0xFFU);
    return {};
}

void check_promises(const incident::RecordDraft& draft) {
    std::set<std::string_view> paths;
    for (const incident::Disclosure& disclosure : draft.disclosures) {
        PERSANDIAN_CHECK(is_commitment_path(disclosure.path));
        PERSANDIAN_CHECK(paths.insert(disclosure.path).second);
        PERSANDIAN_CHECK(incident::commitment_of(disclosure.path, disclosure.salt,
                                                 disclosure.value) == disclosure.commitment);
        PERSANDIAN_CHECK(draft.members.find(commitment_members(
                             disclosure.path, disclosure.commitment)) != std::string::npos);
    }
    for (const incident::EvidenceBlob& blob : draft.evidence) {
        PERSANDIAN_CHECK(sha256(as_bytes(blob.bytes)) == blob.sha256);
        PERSANDIAN_CHECK(draft.members.find(blob.sha256.hex()) != std::string::npos);
    }
}

bool is_commitment_path(std::string_view path) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.' || c == '/';
    };
    return !path.empty() && path.size() <= 255 && std::ranges::all_of(path, allowed);
}

std::string commitment_members(std::string_view path, const Digest& commitment) {
    return fmt::format("\"p\":\"{}\",\"c\":\"{}\"", path, commitment.hex());
}

}  // namespace persandian::ledger
