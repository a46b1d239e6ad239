// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/ldap_message.h"

#include <array>

#include "detectors/protocols/ber_reader.h"

namespace persandian::protocols::ldap {
namespace {

constexpr std::array<Operation, 21> operations = {{
    {bind_request, "bind_request", true},
    {0x61, "bind_response", false},
    {unbind_request, "unbind_request", true},
    {search_request, "search_request", true},
    {search_entry, "search_result_entry", false},
    {0x65, "search_result_done", false},
    {0x66, "modify_request", true},
    {0x67, "modify_response", false},
    {0x68, "add_request", true},
    {0x69, "add_response", false},
    {delete_request, "del_request", true},
    {0x6B, "del_response", false},
    {0x6C, "mod_dn_request", true},
    {0x6D, "mod_dn_response", false},
    {0x6E, "compare_request", true},
    {0x6F, "compare_response", false},
    {abandon_request, "abandon_request", true},
    {search_reference, "search_result_reference", false},
    {extended_request, "extended_request", true},
    {extended_response, "extended_response", false},
    {intermediate, "intermediate_response", false},
}};

std::string cut(ByteView text) {
    return std::string(as_text(text).substr(0, max_text_bytes));
}

void read_bind(ByteReader& body, Request& out) {
    constexpr unsigned simple = 0x80, sasl = 0xA3;
    out.version = ber::integer(ber::expect(body, ber::tag_integer));
    out.name = cut(ber::expect(body, ber::tag_octets));
    const ber::Element how = ber::read_element(body);
    if (how.tag == simple) {
        out.kind = how.value.empty() ? "anonymous" : "simple";
    } else if (how.tag == sasl) {
        ByteReader inner(how.value);
        out.kind = cut(ber::expect(inner, ber::tag_octets));
    } else if (how.tag != 0) {
        out.kind = "sicily";  // Microsoft's own: NTLM without SASL
    }
}

void read_search(ByteReader& body, Request& out) {
    out.name = cut(ber::expect(body, ber::tag_octets));
    out.scope = static_cast<unsigned>(ber::integer(ber::expect(body, ber::tag_enumerated)));
    for (int i = 0; i < 5; ++i) (void)ber::read_element(body);  // aliases, limits, types, filter
    ByteReader list(ber::expect(body, ber::tag_sequence));
    while (list.ok() && !list.at_end() && out.attributes.size() < max_attributes)
        out.attributes.push_back(cut(ber::read_element(list).value));
}

}  // namespace

const Operation* find_operation(unsigned tag) {
    for (const Operation& known : operations)
        if (known.tag == tag) return &known;
    return nullptr;
}

std::string code_name(std::int64_t code) {
    struct Named {
        std::int64_t code;
        std::string_view name;
    };
    constexpr std::array<Named, 19> names = {{{0, "success"},
                                              {1, "operations_error"},
                                              {2, "protocol_error"},
                                              {3, "time_limit_exceeded"},
                                              {4, "size_limit_exceeded"},
                                              {7, "auth_method_not_supported"},
                                              {8, "stronger_auth_required"},
                                              {10, "referral"},
                                              {12, "unavailable_critical_extension"},
                                              {13, "confidentiality_required"},
                                              {14, "sasl_bind_in_progress"},
                                              {16, "no_such_attribute"},
                                              {32, "no_such_object"},
                                              {34, "invalid_dn_syntax"},
                                              {49, "invalid_credentials"},
                                              {50, "insufficient_access_rights"},
                                              {52, "unavailable"},
                                              {53, "unwilling_to_perform"},
                                              {68, "entry_already_exists"}}};
    for (const Named& known : names)
        if (known.code == code) return std::string(known.name);
    return std::to_string(code);
}

Request read_request(const Operation& asked, std::int64_t id, ByteView value) {
    Request out;
    out.id = id;
    out.operation = &asked;
    ByteReader body(value);
    switch (asked.tag) {
        case bind_request:
            read_bind(body, out);
            break;
        case search_request:
            read_search(body, out);
            break;
        case delete_request:
            out.name = cut(value);
            break;
        case extended_request:
            out.name = cut(ber::read_element(body).value);
            break;
        case unbind_request:
        case abandon_request:
            break;
        default:
            out.name = cut(ber::expect(body, ber::tag_octets));
            break;
    }
    return out;
}

}  // namespace persandian::protocols::ldap
