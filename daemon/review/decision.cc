// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/decision.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/review/record_json.h"
#include "detectors/base/encoding.h"

namespace persandian::review {
namespace {

constexpr std::string_view signature_mark = ",\"sig\":\"";
constexpr std::size_t max_text_bytes = 4000;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// ,"name":{"p":"name","c":"…"}
std::string committed(std::string_view name, const incident::Disclosure& disclosure) {
    return fmt::format(",\"{0}\":{{\"p\":\"{0}\",\"c\":\"{1}\"}}", name,
                       disclosure.commitment.hex());
}

/// The commitment to `value` in the record and the disclosure behind it.
void add_committed(incident::RecordDraft& draft, std::string_view name, std::string_view value,
                   RandomSource& random) {
    incident::Disclosure disclosure =
        incident::make_disclosure(std::string(name), std::string(value), random);
    draft.members += committed(name, disclosure);
    draft.disclosures.push_back(std::move(disclosure));
}

/// An officer record's members up to the name.
std::string officer_members(std::string_view action, const ledger::PublicKey& key) {
    return fmt::format(",\"action\":\"{}\",\"role\":\"officer\",\"key_id\":\"{}\",\"pub\":\"{}\"",
                       action, officer_key_id(key), base64_encode(key));
}

/// What the officer signs. `members` without the leading comma, up to the signature.
std::string signed_bytes(std::string_view origin, std::string_view members) {
    return fmt::format("persandian/decision/v1\n{}\n{}", origin, members);
}

const Officer* known_officer(const IncidentIndex& index, const std::string& key_id) {
    const auto found = index.officers().find(key_id);
    return found == index.officers().end() || found->second.revoked ? nullptr : &found->second;
}

}  // namespace

std::string officer_key_id(const ledger::PublicKey& key) {
    return sha256(key).hex().substr(0, 16);
}

incident::RecordDraft officer_record(std::string_view action, const ledger::PublicKey& key,
                                     std::string_view name, RandomSource& random) {
    incident::RecordDraft draft;
    draft.kind = "key";
    draft.members = officer_members(action, key);
    add_committed(draft, "name", name, random);
    return draft;
}

Result<void> check_officer_record(const IncidentIndex& index, const incident::RecordDraft& draft) {
    if (draft.kind != "key" || !draft.evidence.empty() || draft.disclosures.size() != 1 ||
        draft.members.empty())
        return Error{ErrorCode::malformed, "not an officer's key"};
    const Result<KeyRecord> parsed = parse_key('{' + draft.members.substr(1) + '}', {});
    if (!parsed) return parsed.error();
    const std::optional<std::string> raw = base64_decode(parsed->public_key_base64);
    ledger::PublicKey key{};
    if (!raw || raw->size() != key.size())
        return Error{ErrorCode::malformed, "the public key is not 32 bytes"};
    const ByteView bytes = as_bytes(*raw);
    std::copy(bytes.begin(), bytes.end(), key.begin());
    // The one way such a record is written; anything else in it would be somebody's own words.
    if (draft.members !=
        officer_members(parsed->action, key) + committed("name", draft.disclosures[0]))
        return Error{ErrorCode::malformed, "not an officer's key"};
    const Officer* const known = known_officer(index, parsed->key_id);
    if (parsed->action == "add" && known != nullptr)
        return Error{ErrorCode::conflict, "this officer is known already"};
    if (parsed->action == "revoke" && known == nullptr)
        return Error{ErrorCode::not_found, "there is no such officer"};
    if (parsed->action != "add" && parsed->action != "revoke")
        return Error{ErrorCode::unsupported, "unknown action on a key"};
    return {};
}

Result<std::string> status_after(const IncidentView* incident, const Decision& decision) {
    if (incident == nullptr) return Error{ErrorCode::not_found, "there is no such incident"};
    const bool closed = incident->status == "closed";
    if (decision.text.size() > max_text_bytes || decision.assignee.size() > max_text_bytes)
        return Error{ErrorCode::limit, "the text is longer than 4000 bytes"};
    if (decision.action == "comment") {
        if (decision.text.empty()) return Error{ErrorCode::malformed, "a comment needs a text"};
        return incident->status;
    }
    if (decision.action == "reopen") {
        if (!closed) return Error{ErrorCode::conflict, "only a closed incident can be reopened"};
        if (decision.text.empty()) return Error{ErrorCode::malformed, "reopening needs a reason"};
        return std::string("in_progress");
    }
    if (closed) return Error{ErrorCode::conflict, "the incident is closed; reopen it first"};
    if (decision.action == "acknowledge") return std::string("in_progress");
    if (decision.action == "assign") {
        if (decision.assignee.empty()) return Error{ErrorCode::malformed, "assigning needs a name"};
        return std::string("in_progress");
    }
    if (decision.action != "close")
        return Error{ErrorCode::unsupported, "unknown kind of decision"};
    if (!is_one_of(decision.verdict, {"true_positive", "false_positive", "benign", "duplicate",
                                      "test", "undetermined"}))
        return Error{ErrorCode::malformed,
                     "closing needs a verdict: true_positive, false_positive, benign, duplicate, "
                     "test or undetermined"};
    if (decision.text.empty()) return Error{ErrorCode::malformed, "closing needs a reason"};
    return std::string("closed");
}

Result<incident::RecordDraft> make_decision(const IncidentIndex& index, const Decision& decision,
                                            ledger::Signer& signer, RandomSource& random) {
    const IncidentView* const incident = index.find(decision.incident);
    const Result<std::string> status = status_after(incident, decision);
    if (!status) return status.error();
    const Officer* const officer = known_officer(index, officer_key_id(signer.public_key()));
    if (officer == nullptr)
        return Error{ErrorCode::permission,
                     "this key is not an officer's: persandian keys add-officer makes it known"};

    incident::RecordDraft draft;
    draft.kind = "decision";
    draft.members = fmt::format(",\"incident\":\"{}\",\"action\":\"{}\",\"status\":\"{}\"",
                                incident->id, decision.action, *status);
    if (decision.action == "close")
        draft.members += fmt::format(",\"verdict\":\"{}\"", decision.verdict);
    draft.members += fmt::format(",\"officer\":\"{}\"", officer->key_id);
    add_committed(draft, "name", officer->name.value_or(officer->key_id), random);
    if (decision.action == "assign") add_committed(draft, "assignee", decision.assignee, random);
    if (!decision.text.empty()) add_committed(draft, "text", decision.text, random);

    const std::string message =
        signed_bytes(index.origin(), std::string_view(draft.members).substr(1));
    const Result<ledger::Signature> signature = signer.sign(as_bytes(message));
    if (!signature) return signature.error();
    draft.members += fmt::format("{}{}\"", signature_mark, base64_encode(*signature));
    return draft;
}

Result<void> check_decision(const IncidentIndex& index, const incident::RecordDraft& draft) {
    if (draft.kind != "decision" || !draft.evidence.empty())
        return Error{ErrorCode::malformed, "not a decision"};
    const std::size_t mark = draft.members.rfind(signature_mark);
    if (draft.members.empty() || draft.members[0] != ',' || mark == std::string::npos)
        return Error{ErrorCode::malformed, "the decision carries no signature"};
    Values values;
    for (const incident::Disclosure& disclosure : draft.disclosures)
        values.emplace(disclosure.path, disclosure.value);
    const Result<DecisionRecord> parsed =
        parse_decision('{' + draft.members.substr(1) + '}', values);
    if (!parsed) return parsed.error();
    const HistoryEntry& entry = parsed->entry;

    const Officer* const officer = known_officer(index, entry.officer_key);
    if (officer == nullptr)
        return Error{ErrorCode::permission, "the decision's key is not an officer's"};
    const Result<std::string> status = status_after(
        index.find(parsed->incident), {parsed->incident, entry.action, entry.verdict,
                                       entry.assignee.value_or(""), entry.text.value_or("")});
    if (!status) return status.error();
    if (*status != entry.status)
        return Error{ErrorCode::conflict, "the incident has changed meanwhile; decide again"};

    const std::optional<std::string> raw = base64_decode(parsed->signature_base64);
    ledger::Signature signature{};
    if (!raw || raw->size() != signature.size())
        return Error{ErrorCode::malformed, "the signature is not 64 bytes"};
    const ByteView bytes = as_bytes(*raw);
    std::copy(bytes.begin(), bytes.end(), signature.begin());
    const std::string message =
        signed_bytes(index.origin(), std::string_view(draft.members).substr(1, mark - 1));
    if (!ledger::verify_signature(officer->key, as_bytes(message), signature))
        return Error{ErrorCode::permission, "the decision's signature is wrong"};
    return {};
}

}  // namespace persandian::review
