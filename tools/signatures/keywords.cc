// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/keywords.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace persandian::signatures {
namespace {

constexpr std::array<BufferField, 44> sticky = {{
    {"http.uri", "http.url", "http.url"},
    {"http.uri.raw", "http.url", "http.url"},
    {"http.method", "http.http_method", "http.http_method"},
    {"http.user_agent", "http.http_user_agent", "http.http_user_agent"},
    {"http.host", "http.hostname", "http.hostname"},
    {"http.host.raw", "http.hostname", "http.hostname"},
    {"http.request_body", "http.request_body", "http.request_body"},
    {"http.response_body", "http.response_body", "http.response_body"},
    {"file.data", "http.request_body", "http.response_body"},
    {"file_data", "http.request_body", "http.response_body"},
    {"http.header", "http.request_header", "http.response_header"},
    {"http.header.raw", "http.request_header", "http.response_header"},
    {"http.header_names", "http.request_header_names", "http.response_header_names"},
    {"http.cookie", "http.cookie", "http.set_cookie"},
    {"http.content_type", "http.request_content_type", "http.http_content_type"},
    {"http.content_len", "http.request_content_length", "http.response_content_length"},
    {"http.referer", "http.http_refer", "http.http_refer"},
    {"http.request_line", "http.request_line", "http.request_line"},
    {"http.response_line", "http.response_line", "http.response_line"},
    {"http.stat_code", "http.status", "http.status"},
    {"http.stat_msg", "http.status_message", "http.status_message"},
    {"http.start", "http.request_start", "http.response_start"},
    {"http.location", "http.redirect", "http.redirect"},
    {"http.accept", "http.accept", "http.accept"},
    {"http.accept_enc", "http.accept_encoding", "http.accept_encoding"},
    {"http.accept_lang", "http.accept_language", "http.accept_language"},
    {"http.connection", "http.connection", "http.connection"},
    {"http.server", "http.server", "http.server"},
    {"http.protocol", "http.protocol", "http.protocol"},
    {"dns.query", "dns.query", "dns.query"},
    {"dns_query", "dns.query", "dns.query"},
    {"tls.sni", "tls.sni", "tls.sni"},
    {"tls_sni", "tls.sni", "tls.sni"},
    {"tls.cert_subject", "tls.subject", "tls.subject"},
    {"tls.cert_issuer", "tls.issuerdn", "tls.issuerdn"},
    {"tls.cert_serial", "tls.serial", "tls.serial"},
    {"tls.cert_fingerprint", "tls.fingerprint", "tls.fingerprint"},
    {"tls.certs", "tls.certificate", "tls.certificate"},
    {"ja3.hash", "tls.ja3.hash", "tls.ja3.hash"},
    {"ja3_hash", "tls.ja3.hash", "tls.ja3.hash"},
    {"ja3.string", "tls.ja3.string", "tls.ja3.string"},
    {"ja3s.hash", "tls.ja3s.hash", "tls.ja3s.hash"},
    {"ssh.proto", "ssh.client.proto_version", "ssh.server.proto_version"},
    {"ssh_proto", "ssh.client.proto_version", "ssh.server.proto_version"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> older = {
    {{"http_uri", "http.uri"},
     {"http_raw_uri", "http.uri.raw"},
     {"http_method", "http.method"},
     {"http_header", "http.header"},
     {"http_raw_header", "http.header.raw"},
     {"http_cookie", "http.cookie"},
     {"http_client_body", "http.request_body"},
     {"http_server_body", "http.response_body"},
     {"http_user_agent", "http.user_agent"},
     {"http_host", "http.host"},
     {"http_stat_code", "http.stat_code"},
     {"http_stat_msg", "http.stat_msg"}}};

constexpr std::array<std::pair<char, std::string_view>, 11> pcre_flags = {
    {{'U', "http.uri"},
     {'I', "http.uri.raw"},
     {'P', "http.request_body"},
     {'Q', "http.response_body"},
     {'H', "http.header"},
     {'D', "http.header.raw"},
     {'M', "http.method"},
     {'C', "http.cookie"},
     {'S', "http.stat_code"},
     {'V', "http.user_agent"},
     {'W', "http.host"}}};

constexpr std::array<std::string_view, 20> ignored = {
    "msg",       "sid",      "rev",    "gid",          "classtype",        "metadata",
    "reference", "priority", "target", "fast_pattern", "rawbytes",         "noalert",
    "tag",       "flow",     "nocase", "threshold",    "detection_filter", "flowbits",
    "flags",     "prefilter"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> port_variables = {
    {{"HTTP_PORTS",
      "80,81,311,383,591,593,901,1220,1414,1741,1830,2301,2381,2809,3037,3128,3702,4343,4848,5250,"
      "6988,7000,7001,7144,7145,7510,7777,7779,8000,8008,8014,8028,8080,8085,8088,8090,8118,8123,"
      "8180,8181,8243,8280,8300,8800,8888,8899,9000,9060,9080,9090,9091,9443,9999,11371,34443,"
      "34444,41080,50002,55555"},
     {"SHELLCODE_PORTS", "!80"},
     {"ORACLE_PORTS", "1521"},
     {"SSH_PORTS", "22"},
     {"FTP_PORTS", "21"},
     {"DNS_PORTS", "53"},
     {"SMTP_PORTS", "25"},
     {"DNP3_PORTS", "20000"},
     {"MODBUS_PORTS", "502"},
     {"FILE_DATA_PORTS", "80,110,143,8080"},
     {"GENEVE_PORTS", "6081"},
     {"VXLAN_PORTS", "4789"},
     {"TEREDO_PORTS", "3544"},
     {"SIP_PORTS", "5060,5061"}}};

template <typename Key, std::size_t size>
const BufferField* through(const std::array<std::pair<Key, std::string_view>, size>& names,
                           const Key& key) {
    for (const auto& [name, buffer] : names)
        if (name == key) return sticky_buffer(buffer);
    return nullptr;
}

}  // namespace

const BufferField* sticky_buffer(std::string_view keyword) noexcept {
    const auto* const found =
        std::find_if(sticky.begin(), sticky.end(),
                     [&](const BufferField& field) { return field.keyword == keyword; });
    return found == sticky.end() ? nullptr : found;
}

const BufferField* buffer_of_previous(std::string_view keyword) noexcept {
    return through(older, keyword);
}

const BufferField* buffer_of_pcre_flag(char flag) noexcept {
    return through(pcre_flags, flag);
}

bool is_of_servers(std::string_view keyword) noexcept {
    constexpr std::array<std::string_view, 16> words = {
        "http.stat_code",   "http.stat_msg",   "http.response_body", "http.response_line",
        "http.location",    "http.server",     "ja3s.hash",          "ja3s.string",
        "tls.cert_subject", "tls.cert_issuer", "tls.cert_serial",    "tls.cert_fingerprint",
        "tls.certs",        "http_stat_code",  "http_stat_msg",      "http_server_body"};
    return std::find(words.begin(), words.end(), keyword) != words.end();
}

bool is_ignored(std::string_view keyword) noexcept {
    return std::find(ignored.begin(), ignored.end(), keyword) != ignored.end();
}

std::optional<std::string_view> ports_of_variable(std::string_view name) noexcept {
    for (const auto& [variable, ports] : port_variables)
        if (variable == name) return ports;
    return std::nullopt;
}

std::string_view ports_of_protocol(std::string_view protocol) noexcept {
    if (protocol == "smtp") return "25,465,587,2525";
    if (protocol == "ftp") return "21";
    if (protocol == "smb") return "139,445";
    return {};
}

}  // namespace persandian::signatures
