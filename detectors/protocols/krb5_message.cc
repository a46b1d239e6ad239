// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/krb5_message.h"

#include <array>

#include "detectors/protocols/ber_reader.h"

namespace persandian::protocols::krb5 {
namespace {

struct Named {
    std::int64_t number;
    std::string_view name;
};
constexpr std::array<Named, 11> encryption_names = {{
    {1, "des-cbc-crc"},
    {2, "des-cbc-md4"},
    {3, "des-cbc-md5"},
    {16, "des3-cbc-sha1"},
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "rc4-hmac"},
    {24, "rc4-hmac-exp"},
    {-128, "rc4-md4"},
}};
constexpr std::array<Named, 12> error_names = {{
    {6, "C_PRINCIPAL_UNKNOWN"},
    {7, "S_PRINCIPAL_UNKNOWN"},
    {12, "POLICY"},
    {14, "ETYPE_NOSUPP"},
    {18, "CLIENT_REVOKED"},
    {23, "KEY_EXPIRED"},
    {24, "PREAUTH_FAILED"},
    {25, "PREAUTH_REQUIRED"},
    {32, "TKT_EXPIRED"},
    {37, "SKEW"},
    {52, "RESPONSE_TOO_BIG"},
    {68, "WRONG_REALM"},
}};

template <std::size_t Size>
std::string name_in(const std::array<Named, Size>& names, std::int64_t number) {
    for (const Named& known : names)
        if (known.number == number) return std::string(known.name);
    return std::to_string(number);
}

std::string text_of(ByteReader& fields, unsigned n) {
    const auto outer = ber::optional(fields, ber::context(n));
    if (!outer) return {};
    ByteReader inner(*outer);
    const std::string_view text = as_text(ber::read_element(inner).value);
    return std::string(text.substr(0, max_name_bytes));
}

std::optional<std::int64_t> integer_of(ByteReader& fields, unsigned n) {
    const auto outer = ber::optional(fields, ber::context(n));
    if (!outer) return std::nullopt;
    ByteReader inner(*outer);
    return ber::integer(ber::expect(inner, ber::tag_integer));
}

/// PrincipalName: its parts joined by '/'.
std::string principal_of(ByteReader& fields, unsigned n) {
    const auto outer = ber::optional(fields, ber::context(n));
    if (!outer) return {};
    ByteReader inner(*outer);
    ByteReader sequence(ber::expect(inner, ber::tag_sequence));
    (void)ber::optional(sequence, ber::context(0));
    ByteReader wrapper(ber::expect(sequence, ber::context(1)));
    ByteReader parts(ber::expect(wrapper, ber::tag_sequence));
    std::string out;
    while (parts.ok() && !parts.at_end() && out.size() < max_name_bytes) {
        const std::string_view part = as_text(ber::read_element(parts).value);
        if (!out.empty()) out += '/';
        out += part.substr(0, max_name_bytes);
    }
    return out;
}

/// EncryptedData's etype behind [n].
std::optional<std::int64_t> etype_of(ByteReader& fields, unsigned n) {
    const auto outer = ber::optional(fields, ber::context(n));
    if (!outer) return std::nullopt;
    ByteReader inner(*outer);
    ByteReader data(ber::expect(inner, ber::tag_sequence));
    return integer_of(data, 0);
}

/// Whether the sequence of padata behind [n] holds a proof of the client's key.
bool has_proof(ByteReader& fields, unsigned n) {
    const auto outer = ber::optional(fields, ber::context(n));
    if (!outer) return false;
    ByteReader inner(*outer);
    ByteReader list(ber::expect(inner, ber::tag_sequence));
    while (list.ok() && !list.at_end()) {
        ByteReader item(ber::expect(list, ber::tag_sequence));
        const std::optional<std::int64_t> type = integer_of(item, 1);
        // encrypted timestamp, PK-AS-REQ (old and new), encrypted challenge
        for (const std::int64_t proof : {2, 14, 16, 138})
            if (type == proof) return true;
    }
    return false;
}

void read_request(ByteReader& fields, Message& out) {
    out.preauth = has_proof(fields, 3);
    ByteReader wrapper(ber::expect(fields, ber::context(4)));
    ByteReader body(ber::expect(wrapper, ber::tag_sequence));
    (void)ber::optional(body, ber::context(0));
    out.cname = principal_of(body, 1);
    out.realm = text_of(body, 2);
    out.sname = principal_of(body, 3);
    for (unsigned n = 4; n <= 7; ++n) (void)ber::optional(body, ber::context(n));
    const auto list = ber::optional(body, ber::context(8));
    if (!list) return;
    ByteReader inner(*list);
    ByteReader etypes(ber::expect(inner, ber::tag_sequence));
    while (etypes.ok() && !etypes.at_end() && out.etypes.size() < max_etypes)
        out.etypes.push_back(ber::integer(ber::expect(etypes, ber::tag_integer)));
}

void read_reply(ByteReader& fields, Message& out) {
    (void)ber::optional(fields, ber::context(2));
    out.realm = text_of(fields, 3);
    out.cname = principal_of(fields, 4);
    ByteReader wrapper(ber::expect(fields, ber::context(5)));
    ByteReader tagged(ber::expect(wrapper, ber::application(1)));
    ByteReader ticket(ber::expect(tagged, ber::tag_sequence));
    (void)ber::optional(ticket, ber::context(0));
    (void)ber::optional(ticket, ber::context(1));
    out.sname = principal_of(ticket, 2);
    out.ticket_etype = etype_of(ticket, 3);
    out.reply_etype = etype_of(fields, 6);
}

void read_error(ByteReader& fields, Message& out) {
    for (unsigned n = 2; n <= 5; ++n) (void)ber::optional(fields, ber::context(n));
    out.error = integer_of(fields, 6).value_or(0);
    const std::string client_realm = text_of(fields, 7);
    out.cname = principal_of(fields, 8);
    out.realm = text_of(fields, 9);
    out.sname = principal_of(fields, 10);
    if (!client_realm.empty()) out.realm = client_realm;
}

}  // namespace

bool is_weak(std::int64_t etype) {
    return (etype >= 1 && etype <= 3) || etype == 23 || etype == 24 || etype < 0;
}

std::string_view message_name(unsigned type) {
    switch (type) {
        case as_req:
            return "KRB_AS_REQ";
        case as_rep:
            return "KRB_AS_REP";
        case tgs_req:
            return "KRB_TGS_REQ";
        case tgs_rep:
            return "KRB_TGS_REP";
        default:
            return "KRB_ERROR";
    }
}

std::optional<Message> read_message(ByteView bytes) {
    ByteReader whole(bytes);
    const ber::Element element = ber::read_element(whole);
    Message out;
    out.type = element.tag & 0x1FU;
    const bool request = out.type == as_req || out.type == tgs_req;
    const bool known =
        request || out.type == as_rep || out.type == tgs_rep || out.type == krb_error;
    if (element.tag != ber::application(out.type) || !known) return std::nullopt;
    ByteReader outer(element.value);
    ByteReader fields(ber::expect(outer, ber::tag_sequence));
    const unsigned first = request ? 1 : 0;
    const std::optional<std::int64_t> version = integer_of(fields, first);
    const std::optional<std::int64_t> type = integer_of(fields, first + 1);
    if (version != 5 || type != std::int64_t{out.type}) return std::nullopt;
    if (request)
        read_request(fields, out);
    else if (out.type == krb_error)
        read_error(fields, out);
    else
        read_reply(fields, out);
    return out;
}

std::string encryption_name(std::int64_t etype) {
    return name_in(encryption_names, etype);
}

std::string error_name(std::int64_t code) {
    return name_in(error_names, code);
}

}  // namespace persandian::protocols::krb5
