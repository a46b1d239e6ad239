// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_records.h"

#include <fmt/format.h>

#include "daemon/ledger/record.h"
#include "daemon/ledger/signer.h"
#include "detectors/base/encoding.h"

namespace persandian::test {
namespace {

using incident::RecordDraft;

/// Adds a disclosure and returns `"p":…,"c":…`.
std::string commit(RecordDraft& draft, std::string path, std::string value, RandomSource& random) {
    incident::Disclosure disclosure =
        incident::make_disclosure(std::move(path), std::move(value), random);
    std::string members = ledger::commitment_members(disclosure.path, disclosure.commitment);
    draft.disclosures.push_back(std::move(disclosure));
    return members;
}

/// Adds evidence and returns its reference.
std::string attach(RecordDraft& draft, std::string type, std::string bytes) {
    const Digest hash = sha256(as_bytes(bytes));
    std::string reference =
        fmt::format(R"({{"sha256":"{}","size":{},"type":"{}"}})", hash.hex(), bytes.size(), type);
    draft.evidence.push_back(
        {.media_type = std::move(type), .bytes = std::move(bytes), .sha256 = hash});
    return reference;
}

std::string hex_of(std::string_view text) {
    return sha256(as_bytes(text)).hex();
}

std::unique_ptr<ledger::MemorySigner> officer() {
    static constexpr std::array<std::byte, 32> seed = {std::byte{0x0F}, std::byte{0x1C}};
    return ledger::MemorySigner::from_seed(seed);
}

RecordDraft sample_config() {
    return {.kind = "config",
            .members = fmt::format(
                R"(,"ruleset":"{}","rules":31,"refused":0,"binary":"0.1.0","config":"{}")",
                hex_of("rules"), hex_of("config"))};
}

RecordDraft sample_gap(std::uint64_t number) {
    return {.kind = "gap",
            .members = fmt::format(R"(,"what":"capture","from":"2026-08-15T02:24:01.000000000Z",)"
                                   R"("to":"2026-08-15T02:24:07.500000000Z",)"
                                   R"("lost":{{"packets_dropped_kernel":{}}},)"
                                   R"("reason":"buffer full")",
                                   number * 17)};
}

RecordDraft sample_key(std::uint64_t number, RandomSource& random) {
    RecordDraft draft{.kind = "key"};
    const ledger::PublicKey key = officer()->public_key();
    draft.members =
        fmt::format(R"(,"action":"add","role":"officer","key_id":"{}","pub":"{}","name":{{{}}})",
                    sha256(key).hex().substr(0, 16), base64_encode(key),
                    commit(draft, "name", fmt::format("Petugas {}", number), random));
    return draft;
}

RecordDraft sample_decision(std::uint64_t number, RandomSource& random, std::string_view origin) {
    RecordDraft draft{.kind = "decision"};
    const auto signer = officer();
    const std::string name = commit(draft, "name", "Petugas 1", random);
    const std::string text =
        commit(draft, "text", fmt::format("diperiksa, catatan {}", number), random);
    const std::string signed_members =
        fmt::format(R"("incident":"INC-2026-{:06}","action":"comment","status":"in_progress",)"
                    R"("officer":"{}","name":{{{}}},"text":{{{}}})",
                    number, sha256(signer->public_key()).hex().substr(0, 16), name, text);
    const std::string message =
        fmt::format("persandian/decision/v1\n{}\n{}", origin, signed_members);
    const auto signature = signer->sign(as_bytes(message));
    draft.members =
        fmt::format(R"(,{},"sig":"{}")", signed_members, base64_encode(signature.value()));
    return draft;
}

}  // namespace

RecordDraft sample_heartbeat(std::uint64_t number) {
    return {.kind = "heartbeat",
            .members = fmt::format(
                R"(,"coverage":{{"packets_received":{},"lines_read":{}}},"interval_s":10)",
                number * 1000, number * 3)};
}

RecordDraft sample_incident(std::uint64_t number, RandomSource& random) {
    RecordDraft draft{.kind = "incident"};
    const std::string rule = "title: Banyak kegagalan login SSH\nlevel: high\n";
    const std::string source = fmt::format("203.0.113.{}", number % 250 + 1);
    const std::string entity = commit(draft, "entity/0/value", source, random);
    const std::string user =
        commit(draft, "fields/0/value", fmt::format("admin\"\\\n\x1b[31m{}", number), random);
    const std::string raw =
        commit(draft, "why/0/value", fmt::format("\xFF\xFE binary {}", number), random);
    const std::string rule_ref = attach(draft, "application/yaml", rule);
    const std::string line_ref =
        attach(draft, "text/plain",
               fmt::format("Aug 15 10:24:01 host sshd[{}]: Failed password for admin from {}\n",
                           number, source));
    draft.members = fmt::format(
        R"(,"id":"INC-2026-{:06}","rev":1,"state":"open","rule":{{"id":"ssh-brute-force",)"
        R"("title":"Banyak kegagalan login SSH","version":"{}","level":"high",)"
        R"("tags":["attack.t1110"]}},"ruleset":"{}","sensor":"sensor-1","severity":"high",)"
        R"("agency":null,"occurred_at":"2026-08-15T02:24:01.000000000Z",)"
        R"("last_seen_at":"2026-08-15T02:24:09.000000000Z",)"
        R"("discovered_at":"2026-08-15T02:24:09.000000001Z","count":{},"event_type":"log",)"
        R"("facts":{{"dest_port":"22","proto":"tcp"}},"entity":[{{"field":"src_ip",{}}}],)"
        R"("fields":[{{"field":"user.name",{}}}],)"
        R"("why":[{{"selection":"failed","field":"raw","test":"contains",{}}}],)"
        R"("ev":[{},{}],"coverage":{{"packets_received":1000,"packets_dropped_kernel":0}})",
        number, hex_of(rule), hex_of("rules"), number % 90 + 1, entity, user, raw, rule_ref,
        line_ref);
    return draft;
}

RecordDraft sample_record(std::uint64_t number, RandomSource& random, std::string_view origin) {
    if (number == 0) return sample_config();
    if (number == 1) return sample_key(number, random);
    if (number % 16 == 15) return sample_gap(number);
    if (number % 4 == 3) return sample_decision(number, random, origin);
    if (number % 2 == 0) return sample_heartbeat(number);
    return sample_incident(number, random);
}

}  // namespace persandian::test
