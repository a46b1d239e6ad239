// SPDX-License-Identifier: Apache-2.0
//
// Correlations as the specification and pySigma give them as examples, from the text of the rules
// to the findings: loaded, matched, correlated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"
#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;

const char* const log_sources =
    "logsources:\n"
    "  - {product: windows, service: security, when: {Channel: Security}}\n"
    "  - {category: proxy, when: {Channel: Proxy}}\n"
    "  - {category: firewall, when: {Channel: Firewall}}\n";

/// A rule set at work. Events are YAML maps.
class RulesAtWork {
  public:
    explicit RulesAtWork(const std::string& rules) {
        const sigma::LoadResult loaded = sigma::test::load({rules}, {}, {log_sources});
        for (const sigma::RuleProblem& problem : loaded.refused)
            ADD_FAILURE() << problem.to_string();
        matcher_ = sigma::make_matcher(loaded.rules);
        const auto correlations = loaded.rules->correlations();
        correlator_ = make_correlator(
            std::vector<CorrelationRule>(correlations.begin(), correlations.end()), out_);
    }

    void event(std::int64_t seconds, const std::string& fields) {
        Event made;
        sigma::test::fill_event(made, "{" + fields + "}");
        sigma::test::Findings findings;
        matcher_->match(made, findings);
        for (Finding& finding : findings.all) {
            finding.time = Timestamp::from_seconds(seconds);
            finding.sequence = ++sequence_;
            correlator_->on_finding(std::move(finding));
        }
    }
    void time(std::int64_t seconds) { correlator_->on_time(Timestamp::from_seconds(seconds)); }

    /// Titles of what came out.
    [[nodiscard]] std::vector<std::string> titles() const {
        std::vector<std::string> out;
        for (const Finding& finding : out_.findings) out.push_back(finding.rule.title);
        return out;
    }
    [[nodiscard]] const std::vector<Finding>& findings() const { return out_.findings; }

  private:
    Collector out_;
    std::unique_ptr<sigma::Matcher> matcher_;
    std::unique_ptr<Correlator> correlator_;
    std::uint64_t sequence_ = 0;
};

std::string base_rule(const std::string& name, const std::string& logsource,
                      const std::string& selection) {
    return "---\ntitle: Base " + name + "\nname: " + name + "\nlogsource: {" + logsource +
           "}\ndetection:\n  selection: {" + selection + "}\n  condition: selection\n";
}

const char* const windows = "product: windows, service: security";

TEST(Specification, ManyFailedLogins) {
    RulesAtWork run(R"(
title: Many failed logins
id: 0e95725d-7320-415d-80f7-004da920fc11
correlation:
    type: event_count
    rules:
        - failed_login
    group-by:
        - ComputerName
    timespan: 1h
    condition:
        gte: 100
)" + base_rule("failed_login", windows, "EventID: 4625"));
    for (int i = 0; i < 99; ++i) {
        run.event(i, "Channel: Security, EventID: 4625, ComputerName: dc1");
        run.event(i, "Channel: Security, EventID: 4625, ComputerName: dc2");
        run.event(i, "Channel: Security, EventID: 4624, ComputerName: dc1");
    }
    EXPECT_THAT(run.titles(), ElementsAre());
    run.event(100, "Channel: Security, EventID: 4625, ComputerName: dc1");
    EXPECT_THAT(run.titles(), ElementsAre("Many failed logins"));
    EXPECT_EQ(run.findings()[0].value_of("ComputerName"), "dc1");
}

TEST(Specification, FailedLoginsOfManyUsers) {
    RulesAtWork run(R"(
title: Failed login
id: 0e95725d-7320-415d-80f7-004da920fc12
correlation:
    type: value_count
    rules:
        - failed_login
    group-by:
        - ComputerName
        - WorkstationName
    timespan: 1d
    condition:
        field: User
        gte: 100
)" + base_rule("failed_login", windows, "EventID: 4625"));
    const std::string same = "Channel: Security, EventID: 4625, ComputerName: dc1, ";
    for (int i = 0; i < 300; ++i)
        run.event(i, same + "WorkstationName: w1, User: user" + std::to_string(i % 99));
    for (int i = 0; i < 99; ++i)
        run.event(300 + i, same + "WorkstationName: w2, User: other" + std::to_string(i));
    EXPECT_THAT(run.titles(), ElementsAre());
    run.event(400, same + "WorkstationName: w1, User: last");
    EXPECT_THAT(run.titles(), ElementsAre("Failed login"));
}

TEST(Specification, PortScan) {
    RulesAtWork run(R"(
title: Port scan
correlation:
    type: value_count
    rules: blocked
    group-by: src_ip
    timespan: 1m
    condition:
        field: [dst_ip, dst_port]
        gt: 20
)" + base_rule("blocked", "category: firewall", "action: block"));
    for (int i = 0; i < 40; ++i)
        run.event(i, "Channel: Firewall, action: block, src_ip: 192.0.2.1, dst_ip: 192.0.2." +
                         std::to_string(i % 2) + ", dst_port: " + std::to_string(i % 20));
    EXPECT_THAT(run.titles(), ElementsAre()) << "20 pairs";
    run.event(
        40, "Channel: Firewall, action: block, src_ip: 192.0.2.1, dst_ip: 192.0.2.7, dst_port: 1");
    EXPECT_THAT(run.titles(), ElementsAre("Port scan"));
}

TEST(Specification, ReconnaissanceInAnyOrder) {
    RulesAtWork run(R"(
title: Reconnaissance
correlation:
    type: temporal
    rules:
        - recon_cmd_a
        - recon_cmd_b
        - recon_cmd_c
    group-by:
        - ComputerName
        - User
    timespan: 5m
)" + base_rule("recon_cmd_a", windows, "CommandLine: whoami") +
                    base_rule("recon_cmd_b", windows, "CommandLine: ipconfig") +
                    base_rule("recon_cmd_c", windows, "CommandLine: netstat"));
    const auto command = [&](int second, const std::string& user, const std::string& line) {
        run.event(second,
                  "Channel: Security, ComputerName: pc1, User: " + user + ", CommandLine: " + line);
    };
    command(0, "alice", "netstat");
    command(100, "bob", "ipconfig");
    command(200, "alice", "whoami");
    EXPECT_THAT(run.titles(), ElementsAre());
    command(300, "alice", "ipconfig");
    EXPECT_THAT(run.titles(), ElementsAre("Reconnaissance"));
    command(1000, "bob", "whoami");
    command(1100, "bob", "netstat");
    command(1301, "bob", "ipconfig");  // more than five minutes after the first
    EXPECT_EQ(run.titles().size(), 1U);
}

// The complete example: a chain, names, several documents, the outermost one first.
const char* const failures_then_success = R"(
title: Failed logins followed by a successful one
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
status: experimental
correlation:
    type: temporal_ordered
    rules:
        - multiple_failed_login
        - successful_login
    group-by:
        - User
    timespan: 10m
level: high
---
title: Multiple failed logons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: multiple_failed_login
correlation:
    type: event_count
    rules:
        - failed_login
    group-by:
        - User
    timespan: 10m
    condition:
        gte: 10
---
title: Single failed login
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed_login
logsource:
    product: windows
    service: security
detection:
    selection:
        EventID:
            - 529
            - 4625
    condition: selection
---
title: Successful login
id: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8
name: successful_login
logsource:
    product: windows
    service: security
detection:
    selection:
        EventID:
            - 528
            - 4624
    condition: selection
)";

TEST(Specification, FailuresThenSuccess) {
    RulesAtWork run(failures_then_success);
    const auto login = [&](int second, const std::string& user, const std::string& id) {
        run.event(second, "Channel: Security, User: " + user + ", EventID: " + id);
    };
    login(0, "alice", "4624");  // success first
    for (int i = 1; i < 10; ++i) login(i, "alice", i % 2 == 0 ? "529" : "4625");
    login(10, "alice", "4624");
    EXPECT_THAT(run.titles(), ElementsAre()) << "nine failures";
    login(11, "alice", "4625");
    login(12, "bob", "4624");
    EXPECT_THAT(run.titles(), ElementsAre());
    login(13, "alice", "528");
    EXPECT_THAT(run.titles(), ElementsAre("Failed logins followed by a successful one"));
    EXPECT_EQ(run.findings()[0].rule.level, Level::high);
    EXPECT_EQ(run.findings()[0].value_of("User"), "alice");
}

TEST(Specification, TheOuterGroupByIsItsOwn) {
    RulesAtWork run(R"(
title: Outer
correlation:
    type: temporal_ordered
    rules: [many_failed_logins, successful_login]
    group-by: User
    timespan: 1h
---
title: Inner
name: many_failed_logins
correlation:
    type: event_count
    rules: failed_login
    group-by: ComputerName
    timespan: 1h
    condition: {gte: 3}
)" + base_rule("failed_login", windows, "EventID: 4625") +
                    base_rule("successful_login", windows, "EventID: 4624"));
    for (int i = 0; i < 3; ++i)
        run.event(i, "Channel: Security, EventID: 4625, ComputerName: dc1, User: alice");
    run.event(5, "Channel: Security, EventID: 4624, ComputerName: dc2, User: bob");
    EXPECT_THAT(run.titles(), ElementsAre());
    run.event(6, "Channel: Security, EventID: 4624, ComputerName: dc2, User: alice");
    EXPECT_THAT(run.titles(), ElementsAre("Outer"));
}

TEST(Specification, AliasesJoinAnErrorAndAConnection) {
    RulesAtWork run(
        R"(
title: Error, then a connection back
correlation:
    type: temporal
    rules:
        - internal_error
        - new_network_connection
    group-by:
        - internal_ip
        - remote_ip
    timespan: 10s
    aliases:
        internal_ip:
            internal_error: destination.ip
            new_network_connection: source.ip
        remote_ip:
            internal_error: source.ip
            new_network_connection: destination.ip
)" + base_rule("internal_error", "category: proxy", "http.response.status_code: 500") +
        base_rule("new_network_connection", "category: firewall", "event.type: connection"));
    const std::string error = "Channel: Proxy, http.response.status_code: 500, ";
    const std::string connection = "Channel: Firewall, event.type: connection, ";
    run.event(0, error + "source.ip: 203.0.113.5, destination.ip: 192.0.2.1");
    run.event(1, connection + "source.ip: 203.0.113.5, destination.ip: 192.0.2.1");
    EXPECT_THAT(run.titles(), ElementsAre()) << "the same way, not back";
    run.event(2, connection + "source.ip: 192.0.2.1, destination.ip: 203.0.113.5");
    EXPECT_THAT(run.titles(), ElementsAre("Error, then a connection back"));
    EXPECT_EQ(run.findings()[0].fields[0].name, "internal_ip");
    EXPECT_EQ(run.findings()[0].fields[0].value, "192.0.2.1");
}

TEST(Specification, DataExfiltrationBySum) {
    RulesAtWork run(R"(
title: Possible data exfiltration
correlation:
    type: value_sum
    rules:
        - website_access
    group-by:
        - SourceIP
        - User
    timespan: 1h
    condition:
        field: bytes_sent
        gt: 1000000
level: high
)" + base_rule("website_access", "category: proxy", "cs-method: POST"));
    const std::string upload = "Channel: Proxy, cs-method: POST, SourceIP: 10.0.0.7, User: alice, ";
    run.event(0, upload + "bytes_sent: 600000");
    run.event(10, upload + "bytes_sent: '400000'");
    run.event(20, upload + "bytes_sent: '-'");
    EXPECT_THAT(run.titles(), ElementsAre());
    run.event(30, upload + "bytes_sent: 1");
    EXPECT_THAT(run.titles(), ElementsAre("Possible data exfiltration"));
    EXPECT_EQ(run.findings()[0].value_of("correlation.value"), "1000001");
}

TEST(Specification, AverageMedianAndPercentile) {
    const auto fired = [](const std::string& type_and_condition) {
        RulesAtWork run(
            "title: Big\ncorrelation:\n  rules: transfer\n  group-by: SourceIP\n  timespan: 24h\n" +
            type_and_condition + base_rule("transfer", "category: proxy", "c: 1"));
        for (const char* bytes : {"100", "200", "900"})
            run.event(1,
                      "Channel: Proxy, c: 1, SourceIP: 10.0.0.7, BytesOut: " + std::string(bytes));
        return run.titles().size();
    };
    EXPECT_EQ(fired("  type: value_avg\n  condition: {field: BytesOut, gte: 400}\n"), 1U);
    EXPECT_EQ(fired("  type: value_avg\n  condition: {field: BytesOut, gt: 400}\n"), 0U);
    EXPECT_EQ(fired("  type: value_median\n  condition: {field: BytesOut, gte: 200}\n"), 1U);
    EXPECT_EQ(fired("  type: value_median\n  condition: {field: BytesOut, gt: 200}\n"), 0U);
    EXPECT_EQ(fired("  type: value_percentile\n"
                    "  condition: {field: BytesOut, percentile: 95, gte: 900}\n"),
              1U);
    EXPECT_EQ(fired("  type: value_percentile\n"
                    "  condition: {field: BytesOut, percentile: 50, gt: 200}\n"),
              0U);
}

TEST(Specification, ARangeOfTwoOperators) {
    const auto fired = [](int logins) {
        RulesAtWork run(R"(
title: Some failed logins
correlation:
    type: event_count
    rules: failed_login
    group-by: User
    timespan: 1h
    condition:
        gt: 100
        lte: 200
)" + base_rule("failed_login", windows, "EventID: 4625"));
        for (int i = 0; i < logins; ++i)
            run.event(i, "Channel: Security, EventID: 4625, User: alice");
        run.time(10'000);
        return run.titles().size();
    };
    EXPECT_EQ(fired(100), 0U);
    EXPECT_EQ(fired(101), 1U);
    EXPECT_EQ(fired(200), 1U);
    EXPECT_EQ(fired(201), 0U);
}

TEST(Specification, ALoginWithoutSecondFactor) {
    RulesAtWork run(R"(
title: Login without second factor
correlation:
    type: temporal
    condition: successful_login and not mfa_verification
    group-by: User
    timespan: 5m
)" + base_rule("successful_login", windows, "EventID: 4624") +
                    base_rule("mfa_verification", windows, "EventID: 9999"));
    run.event(0, "Channel: Security, EventID: 4624, User: alice");
    run.event(1, "Channel: Security, EventID: 4624, User: bob");
    run.event(200, "Channel: Security, EventID: 9999, User: alice");
    EXPECT_THAT(run.titles(), ElementsAre());
    run.time(302);
    ASSERT_THAT(run.titles(), ElementsAre("Login without second factor"));
    EXPECT_EQ(run.findings()[0].value_of("User"), "bob");
}

TEST(Specification, BaseRulesAlertAloneOnlyWhenAskedTo) {
    const auto titles = [](const std::string& generate) {
        RulesAtWork run(
            "title: Two\ncorrelation:\n  type: event_count\n  rules: failed_login\n"
            "  group-by: User\n  timespan: 1h\n  condition: {gte: 2}\n" +
            generate + base_rule("failed_login", windows, "EventID: 4625"));
        for (int i = 0; i < 2; ++i) run.event(i, "Channel: Security, EventID: 4625, User: alice");
        return run.titles();
    };
    EXPECT_THAT(titles(""), ElementsAre("Two"));
    EXPECT_THAT(titles("  generate: false\n"), ElementsAre("Two"));
    EXPECT_THAT(titles("  generate: true\n"),
                ElementsAre("Base failed_login", "Base failed_login", "Two"));
}

}  // namespace
}  // namespace persandian::correlation::test
