// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detectors/sigma/rule_set.h"

namespace persandian::signatures {
namespace {

using testing::HasSubstr;
using testing::Not;

Imported imported(const std::string& text) {
    const std::vector<SignatureFile> files = {{"some.rules", text}};
    return import_signatures(files, {"10.0.0.0/8"});
}

/// The rules as YAML; all of them load.
std::string rules_of(const std::string& text) {
    const Imported out = imported(text);
    for (const Refused& one : out.refused) ADD_FAILURE() << one.sid << ": " << one.reason;
    const std::vector<sigma::SourceFile> files = {{"some.yml", out.documents.front()}};
    const sigma::LoadResult loaded = sigma::load_rules(files, {});
    for (const sigma::RuleProblem& problem : loaded.refused)
        ADD_FAILURE() << problem.to_string() << "\n" << out.documents.front();
    return out.documents.front();
}

std::string reason_of(const std::string& text) {
    const Imported out = imported(text);
    return out.refused.empty() ? "" : out.refused.front().reason;
}

std::string signature(const std::string& header, const std::string& options,
                      const std::string& sid = "1") {
    return "alert " + header + " (msg:\"m\"; " + options + " sid:" + sid + "; rev:2;)\n";
}

TEST(Import, WhatASignatureSaysOfItself) {
    const std::string rule = rules_of(
        "alert http $HOME_NET any -> $EXTERNAL_NET any (msg:\"ET MALWARE It's here\"; "
        "flow:established,to_server; http.uri; content:\"/x\"; reference:url,example.org/a; "
        "reference:cve,2021-44228; classtype:trojan-activity; sid:2000001; rev:3; "
        "metadata:signature_severity Major, mitre_technique_id T1071;)\n");
    EXPECT_THAT(rule, HasSubstr("title: 'ET MALWARE It''s here'"));
    EXPECT_THAT(rule, HasSubstr("name: suricata_2000001\n"));
    EXPECT_THAT(rule,
                HasSubstr("'Suricata signature 1:2000001, revision 3, class trojan-activity'"));
    EXPECT_THAT(rule, HasSubstr("author: Emerging Threats\n"));
    EXPECT_THAT(rule, HasSubstr("'https://example.org/a'"));
    EXPECT_THAT(rule, HasSubstr("'https://nvd.nist.gov/vuln/detail/CVE-2021-44228'"));
    EXPECT_THAT(rule, HasSubstr("tags: ['attack.t1071', 'cve.2021-44228']"));
    EXPECT_THAT(rule, HasSubstr("level: high\n"));
    EXPECT_THAT(rule, HasSubstr("logsource: {product: persandian, service: http}"));
    EXPECT_THAT(rule, HasSubstr("{src_ip|cidr: '10.0.0.0/8', dest_ip|cidr|neq: '10.0.0.0/8'}"));
}

TEST(Import, EndsStandAsTheEventHasThem) {
    const std::string answer =
        rules_of(signature("http $EXTERNAL_NET any -> $HOME_NET any",
                           "flow:to_client; http.stat_code; content:\"404\";"));
    EXPECT_THAT(answer, HasSubstr("dest_ip|cidr|neq: '10.0.0.0/8'"))
        << "who answers is the destination of the transaction";
    const std::string bytes = rules_of(
        signature("tcp $EXTERNAL_NET 4444 -> $HOME_NET 1024:", "flow:to_client; content:\"x\";"));
    EXPECT_THAT(bytes, HasSubstr("src_ip|cidr|neq: '10.0.0.0/8'"));
    EXPECT_THAT(bytes, HasSubstr("{src_port: 4444}"));
    EXPECT_THAT(bytes, HasSubstr("{dest_port|gte: 1024}"));
    EXPECT_THAT(bytes, HasSubstr("{direction: to_client, proto: TCP}"));
}

TEST(Import, WhatOnlyServersSendGoesToTheClient) {
    const std::string rule =
        rules_of(signature("tls $EXTERNAL_NET any -> $HOME_NET any", "ja3s.hash; content:\"ab\";"));
    EXPECT_THAT(rule, HasSubstr("dest_ip|cidr|neq: '10.0.0.0/8', src_ip|cidr: '10.0.0.0/8'"));
}

TEST(Import, PortsAndTheirNegation) {
    const std::string rule =
        rules_of(signature("udp any any -> any [53,!5353,1000:2000]", "content:\"x\";"));
    EXPECT_THAT(
        rule,
        HasSubstr("    - {dest_port: 53}\n    - {dest_port|gte: 1000, dest_port|lte: 2000}\n"));
    EXPECT_THAT(rule, HasSubstr("other_ports_1: {dest_port: 5353}"));
    EXPECT_THAT(rule, HasSubstr("not other_ports_1"));
    EXPECT_THAT(reason_of(signature("tcp any any -> any $NO_PORTS", "content:\"x\";")),
                HasSubstr("unknown port variable"));
}

TEST(Import, AddressesAloneAreFlowsEitherWay) {
    const std::string rule =
        rules_of(signature("ip [192.0.2.7,198.51.100.9/24] any -> $HOME_NET any", ""));
    EXPECT_THAT(rule, HasSubstr("service: flow"));
    EXPECT_THAT(rule,
                HasSubstr("    - {src_ip|cidr: ['192.0.2.7/32', '198.51.100.0/24'], dest_ip|cidr"));
    EXPECT_THAT(rule,
                HasSubstr("    - {dest_ip|cidr: ['192.0.2.7/32', '198.51.100.0/24'], src_ip|cidr"));
}

TEST(Import, WhatWouldMatchSomethingElseIsRefused) {
    EXPECT_EQ(reason_of(signature("smtp any any -> any any", "file.data; content:\"MZ\";")),
              "buffers of HTTP in smtp");
    EXPECT_EQ(reason_of(signature("tcp any any -> any 22", "flags:S;")), "flags without content");
    EXPECT_EQ(reason_of(signature("icmp any any -> any any", "itype:8;")), "itype");
}

TEST(Import, FlowbitsAreCorrelations) {
    const std::string rules =
        rules_of(signature("tcp any any -> any any",
                           "content:\"a\"; flowbits:set,x; flowbits:noalert;", "1") +
                 signature("tcp any any -> any any", "content:\"b\"; flowbits:set,x;", "2") +
                 signature("tcp any any -> any any", "content:\"c\"; flowbits:isset,x;", "3"));
    EXPECT_THAT(rules, HasSubstr("name: suricata_3_part\n"));
    EXPECT_THAT(rules,
                HasSubstr("type: temporal\n  rules: [suricata_1, suricata_2_bit, suricata_3_part]\n"
                          "  group-by: [flow_id]\n  timespan: 1h\n  condition: suricata_3_part and "
                          "(suricata_1 or suricata_2_bit)\n"));
    EXPECT_THAT(rules, HasSubstr("name: suricata_2\n")) << "alerts by itself as well";
    EXPECT_EQ(reason_of(signature("tcp any any -> any any", "content:\"c\"; flowbits:isset,y;")),
              "nothing that was converted sets its flowbit");
    EXPECT_EQ(reason_of(signature("tcp any any -> any any", "content:\"c\"; flowbits:isnotset,y;")),
              "flowbits:isnotset");
    EXPECT_EQ(reason_of(signature("tcp any any -> any any",
                                  "content:\"c\"; flowbits:isnotset,y; flowbits:set,y;")),
              "")
        << "once per flow";
}

TEST(Import, ThresholdsAreCorrelations) {
    const std::string rules = rules_of(
        signature("tcp any any -> any any",
                  "content:\"a\"; threshold: type both, track by_src, count 5, seconds 60;"));
    EXPECT_THAT(rules,
                HasSubstr("type: event_count\n  rules: [suricata_1_part]\n  group-by: [src_ip]\n"
                          "  timespan: 60s\n  condition: {gte: 5}\n"));
    const std::string filter =
        rules_of(signature("tcp any any -> any any",
                           "content:\"a\"; detection_filter:track by_dst, count 5, seconds 9;"));
    EXPECT_THAT(filter, HasSubstr("group-by: [dest_ip]"));
    EXPECT_THAT(filter, HasSubstr("{gte: 6}"));
    const std::string limit = rules_of(
        signature("tcp any any -> any any",
                  "content:\"a\"; threshold: type limit, track by_src, count 1, seconds 60;"));
    EXPECT_THAT(limit, Not(HasSubstr("correlation")));
}

TEST(Import, CountsWhatThereIs) {
    const Imported out = imported(
        "# a comment\n#alert tcp any any -> any any (sid:9;)\n\n" +
        signature("tcp any any -> any any", "content:\"a\";", "1") +
        signature("tcp any any -> any any", "content:\"a\";", "1") +
        "alert tcp any any \\\n -> any any (content:\"b\"; sid:2;)\n" + "alert nonsense\n" +
        signature("http any any -> any any", "http.uri; content:\"a\"; pkt_data; content:\"b\";",
                  "3"));
    EXPECT_EQ(out.disabled, 1U);
    EXPECT_EQ(out.active, 4U);
    EXPECT_EQ(out.converted, 3U);
    ASSERT_EQ(out.refused.size(), 2U);
    EXPECT_EQ(out.refused[0].line, 8U);
    EXPECT_EQ(out.refused[0].sid, "");
    EXPECT_EQ(out.refused[1].reason, "raw payload beside buffers of a protocol");
    EXPECT_THAT(out.documents[0], HasSubstr("name: suricata_1_2\n")) << "one sid, two signatures";
}

}  // namespace
}  // namespace persandian::signatures
