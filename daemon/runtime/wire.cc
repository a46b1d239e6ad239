// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/wire.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/config/config.h"
#include "daemon/runtime/wire_fields.h"

namespace persandian::runtime {
namespace {

enum class Type : std::uint8_t {
    hello = 1,
    progress = 2,
    cursor = 3,
    loss = 4,
    note = 5,
    bye = 6,
    finding = 7,
    config_text = 15,
    rule_text = 16,
    rules_end = 17,
    drain = 18,
    request = 32,
    reply = 33,
};

constexpr std::size_t max_note_bytes = 4096;
constexpr std::size_t max_tags = 64;
constexpr std::size_t max_tag_bytes = 256;
constexpr std::size_t max_disclosures = 64;
constexpr std::size_t max_text_bytes = max_frame_bytes - 65'536;
/// What the evidence of one finding may take of its frame.
constexpr std::size_t evidence_budget_bytes = max_frame_bytes / 2;

void put(FieldWriter& out, const Hello& message) {
    out.digest(message.rule_set);
    out.u64(message.process_id);
}
void put(FieldWriter& out, const Progress& message) {
    for (const auto& counter : incident::coverage_counters)
        out.u64(message.coverage.*counter.member);
    out.time(message.event_time);
}
void put(FieldWriter& out, const Cursor& message) {
    out.u32(message.index);
    out.u64(message.place.device);
    out.u64(message.place.inode);
    out.u64(message.place.offset);
    out.time({message.place.changed_ns});
    out.u32(message.place.head_bytes);
    out.digest(message.place.head);
    out.u8(message.again ? 1 : 0);
}
void put(FieldWriter& out, const Loss& message) {
    out.text(message.what);
    out.text(message.reason);
    out.time(message.from);
    out.time(message.to);
    out.u64(message.count);
}
void put(FieldWriter& out, const Note& message) {
    out.u8(message.level);
    out.text(message.text, max_note_bytes);
}
void put(FieldWriter&, const Bye&) {}
void put(FieldWriter&, const Drain&) {}
void put(FieldWriter& out, const ConfigText& message) {
    out.text(message.path);
    out.text(message.text, config::max_config_bytes);
    const std::size_t count = std::min(message.overrides.size(), config::max_overrides);
    out.u32(count);
    for (std::size_t i = 0; i < count; ++i)
        out.text(message.overrides[i], config::max_override_bytes);
}
void put(FieldWriter& out, const Reply& message) {
    out.u32(message.exit_code);
    out.text(message.text, max_text_bytes);
}
void put(FieldWriter& out, const Request& message) {
    out.text(message.verb);
    out.text(message.draft.kind);
    out.text(message.draft.members, max_text_bytes / 2);
    const std::size_t count = std::min(message.draft.disclosures.size(), max_disclosures);
    out.u32(count);
    for (std::size_t i = 0; i < count; ++i) {
        const incident::Disclosure& disclosure = message.draft.disclosures[i];
        out.text(disclosure.path);
        out.text(as_text(disclosure.salt), disclosure.salt.size());
        out.text(disclosure.value);
    }
}
void put(FieldWriter& out, const RuleText& message) {
    out.u8(message.is_logsource ? 1 : 0);
    out.u8(message.continues ? 1 : 0);
    out.text(message.path);
    out.text(message.text, RuleText::max_text_bytes);
}
void put(FieldWriter& out, const RulesEnd& message) {
    out.digest(message.rule_set);
}

void put_rule(FieldWriter& out, const RuleReference& rule) {
    out.text(rule.id);
    out.text(rule.title);
    out.digest(rule.version);
    out.u8(static_cast<std::uint8_t>(rule.level));
    const std::size_t tags = std::min(rule.tags.size(), max_tags);
    out.u32(tags);
    for (std::size_t i = 0; i < tags; ++i) out.text(rule.tags[i], max_tag_bytes);
}

void put_evidence(FieldWriter& out, const Finding& message) {
    std::size_t budget = evidence_budget_bytes;
    const std::size_t count = std::min(message.evidence.size(), Finding::max_evidence);
    out.u32(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Evidence& evidence = message.evidence[i];
        const std::size_t size = std::min({evidence.bytes.size(), Evidence::max_bytes, budget});
        budget -= size;
        out.u8(static_cast<std::uint8_t>(evidence.kind));
        out.text(std::string_view(evidence.bytes).substr(0, size), Evidence::max_bytes);
        out.u32(evidence.link_type);
        out.u32(evidence.wire_length_bytes);
        out.time(evidence.time);
        out.text(evidence.source_name);
        out.u64(evidence.number);
        out.u8(evidence.before ? 1 : 0);
    }
}

void put(FieldWriter& out, const Finding& message) {
    put_rule(out, message.rule);
    out.u8(message.alert ? 1 : 0);
    out.time(message.time);
    out.u32(message.source);
    out.u64(message.sequence);
    out.text(message.event_type);
    const std::size_t fields = std::min(message.fields.size(), Finding::max_fields);
    out.u32(fields);
    for (std::size_t i = 0; i < fields; ++i) {
        out.text(message.fields[i].name, Finding::max_value_bytes);
        out.text(message.fields[i].value, Finding::max_value_bytes);
    }
    const std::size_t conditions = std::min(message.conditions.size(), Finding::max_conditions);
    out.u32(conditions);
    for (std::size_t i = 0; i < conditions; ++i) {
        const MatchedCondition& condition = message.conditions[i];
        out.text(condition.selection, Finding::max_value_bytes);
        out.text(condition.field, Finding::max_value_bytes);
        out.text(condition.test, Finding::max_value_bytes);
        out.text(condition.value, Finding::max_value_bytes);
    }
    put_evidence(out, message);
}

void get(FieldReader& in, Hello& message) {
    message.rule_set = in.digest();
    message.process_id = in.u64();
}
void get(FieldReader& in, Progress& message) {
    for (const auto& counter : incident::coverage_counters)
        message.coverage.*counter.member = in.u64();
    message.event_time = in.time();
}
void get(FieldReader& in, Cursor& message) {
    message.index = in.u32();
    message.place.device = in.u64();
    message.place.inode = in.u64();
    message.place.offset = in.u64();
    message.place.changed_ns = in.i64();
    message.place.head_bytes = in.u32();
    message.place.head = in.digest();
    message.again = in.boolean();
}
void get(FieldReader& in, Loss& message) {
    message.what = in.text();
    message.reason = in.text();
    message.from = in.time();
    message.to = in.time();
    message.count = in.u64();
}
void get(FieldReader& in, Note& message) {
    message.level = in.u8();
    message.text = in.text(max_note_bytes);
}
void get(FieldReader&, Bye&) {}
void get(FieldReader&, Drain&) {}
void get(FieldReader& in, ConfigText& message) {
    message.path = in.text();
    message.text = in.text(config::max_config_bytes);
    message.overrides.resize(in.count(config::max_overrides));
    for (std::string& item : message.overrides) item = in.text(config::max_override_bytes);
}
void get(FieldReader& in, Reply& message) {
    message.exit_code = in.u32();
    message.text = in.text(max_text_bytes);
}
void get(FieldReader& in, Request& message) {
    message.verb = in.text();
    message.draft.kind = in.text();
    message.draft.members = in.text(max_text_bytes);
    message.draft.disclosures.resize(in.count(max_disclosures));
    for (incident::Disclosure& disclosure : message.draft.disclosures) {
        disclosure.path = in.text();
        const std::string salt = in.text(disclosure.salt.size());
        if (salt.size() != disclosure.salt.size()) return in.fail();
        std::copy_n(as_bytes(salt).begin(), disclosure.salt.size(), disclosure.salt.begin());
        disclosure.value = in.text();
        disclosure.commitment =
            incident::commitment_of(disclosure.path, disclosure.salt, disclosure.value);
    }
}
void get(FieldReader& in, RuleText& message) {
    message.is_logsource = in.boolean();
    message.continues = in.boolean();
    message.path = in.text();
    message.text = in.text(RuleText::max_text_bytes);
}
void get(FieldReader& in, RulesEnd& message) {
    message.rule_set = in.digest();
}

RuleReference get_rule(FieldReader& in) {
    RuleReference rule;
    rule.id = in.text();
    rule.title = in.text();
    rule.version = in.digest();
    const std::uint8_t level = in.u8();
    if (level > static_cast<std::uint8_t>(Level::critical)) in.fail();
    rule.level = in.ok() ? static_cast<Level>(level) : Level::medium;
    rule.tags.resize(in.count(max_tags));
    for (std::string& tag : rule.tags) tag = in.text(max_tag_bytes);
    return rule;
}

Evidence get_evidence(FieldReader& in) {
    Evidence evidence;
    evidence.kind = in.boolean() ? Evidence::Kind::log_line : Evidence::Kind::packet;
    evidence.bytes = in.text(Evidence::max_bytes);
    evidence.link_type = in.u32();
    evidence.wire_length_bytes = in.u32();
    evidence.time = in.time();
    evidence.source_name = in.text();
    evidence.number = in.u64();
    evidence.before = in.boolean();
    return evidence;
}

void get(FieldReader& in, Finding& message) {
    message.rule = get_rule(in);
    message.alert = in.boolean();
    message.time = in.time();
    const std::uint32_t source = in.u32();
    if (source > UINT16_MAX) in.fail();
    message.source = static_cast<std::uint16_t>(source);
    message.sequence = in.u64();
    message.event_type = in.text();
    message.fields.resize(in.count(Finding::max_fields));
    for (FindingField& field : message.fields) {
        field.name = in.text(Finding::max_value_bytes);
        field.value = in.text(Finding::max_value_bytes);
    }
    message.conditions.resize(in.count(Finding::max_conditions));
    for (MatchedCondition& condition : message.conditions) {
        condition.selection = in.text(Finding::max_value_bytes);
        condition.field = in.text(Finding::max_value_bytes);
        condition.test = in.text(Finding::max_value_bytes);
        condition.value = in.text(Finding::max_value_bytes);
    }
    message.evidence.resize(in.count(Finding::max_evidence));
    for (Evidence& evidence : message.evidence) evidence = get_evidence(in);
}

Type type_of(const Message& message) {
    // In the order of the variant's alternatives.
    static constexpr std::array<Type, std::variant_size_v<Message>> types = {
        Type::hello,   Type::progress,    Type::cursor,    Type::loss,      Type::note,
        Type::bye,     Type::config_text, Type::rule_text, Type::rules_end, Type::drain,
        Type::finding, Type::request,     Type::reply};
    return types[message.index()];
}

template <typename T>
Result<Message> read_as(FieldReader& in) {
    T message;
    get(in, message);
    if (in.over_limit) return Error{ErrorCode::limit, "a text or list of the message is too long"};
    if (!in.complete()) return Error{ErrorCode::malformed, "the message's lengths do not add up"};
    return Message(std::move(message));
}

}  // namespace

void append_frame(std::string& out, const Message& message) {
    const std::size_t start = out.size();
    FieldWriter writer(out);
    writer.u32(0);
    writer.u8(wire_version);
    writer.u8(static_cast<std::uint8_t>(type_of(message)));
    std::visit([&](const auto& value) { put(writer, value); }, message);
    const std::size_t length = out.size() - start - 4;
    PERSANDIAN_CHECK(length <= max_frame_bytes);
    for (unsigned i = 0; i < 4; ++i) out[start + i] = static_cast<char>(length >> (24U - 8U * i));
}

Result<Message> parse_frame(ByteView frame) {
    FieldReader in(frame);
    if (in.u8() != wire_version)
        return Error{ErrorCode::malformed, "unknown version of the message format"};
    const auto type = static_cast<Type>(in.u8());
    switch (type) {
        case Type::hello:
            return read_as<Hello>(in);
        case Type::progress:
            return read_as<Progress>(in);
        case Type::cursor:
            return read_as<Cursor>(in);
        case Type::loss:
            return read_as<Loss>(in);
        case Type::note:
            return read_as<Note>(in);
        case Type::bye:
            return read_as<Bye>(in);
        case Type::finding:
            return read_as<Finding>(in);
        case Type::config_text:
            return read_as<ConfigText>(in);
        case Type::request:
            return read_as<Request>(in);
        case Type::reply:
            return read_as<Reply>(in);
        case Type::rule_text:
            return read_as<RuleText>(in);
        case Type::rules_end:
            return read_as<RulesEnd>(in);
        case Type::drain:
            return read_as<Drain>(in);
    }
    return Error{ErrorCode::malformed, "unknown type of message"};
}

void FrameBuffer::append(ByteView bytes) {
    if (broken_) return;
    if (begin_ > 0 && (begin_ == bytes_.size() || begin_ > max_frame_bytes)) {
        bytes_.erase(0, begin_);
        begin_ = 0;
    }
    bytes_ += as_text(bytes);
}

bool FrameBuffer::front(ByteView& frame) {
    if (broken_ || bytes_.size() - begin_ < 4) return false;
    const ByteView rest = as_bytes(bytes_).subspan(begin_);
    const std::size_t length = ByteReader(rest).u32();
    if (length < 2 || length > max_frame_bytes) {
        broken_ = true;
        return false;
    }
    if (rest.size() - 4 < length) return false;
    frame = rest.subspan(4, length);
    return true;
}

void FrameBuffer::pop() {
    const std::size_t length = ByteReader(as_bytes(bytes_).subspan(begin_)).u32();
    begin_ += 4 + length;
}

}  // namespace persandian::runtime
