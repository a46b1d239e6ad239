// SPDX-License-Identifier: Apache-2.0
//
// The interface of the sigma room: rule texts in, an immutable RuleSet out, events in, findings
// out. Source: Sigma rules, modifiers and correlation rules specifications 2.1.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/derived_cache.h"
#include "detectors/base/digest.h"
#include "detectors/event/correlation_rule.h"
#include "detectors/event/event.h"
#include "detectors/event/finding.h"

namespace persandian::sigma {

/// A YAML file as read by the daemon or a tool. `path` is for messages and the rule set's hash.
struct SourceFile {
    std::string path;
    std::string text;
};

/// Why a rule (or a log-source file) was refused. Line and column count from 1.
struct RuleProblem {
    std::string path;
    std::size_t line = 1;
    std::size_t column = 1;
    std::string reason;         ///< with the remedy or the nearest known word
    std::size_t rule_line = 0;  ///< where the refused document begins; 0: the file as a whole
    /// "file:line:col: reason"
    [[nodiscard]] std::string to_string() const;
};

/// A text in the two languages that people read.
struct BilingualText {
    std::string id;  ///< Bahasa Indonesia
    std::string en;
};

/// What a person wants to know of a loaded rule.
struct RuleInfo {
    RuleReference reference;
    std::string name;  ///< what other documents may call it beside its id; may be empty
    std::string path;
    std::string text;  ///< the YAML document as loaded; its SHA-256 is reference.version
    std::string author, status, description, license;
    std::vector<std::string> references, false_positives, fields;
    std::string logsource;      ///< "product=linux service=sshd", as written
    bool fed = true;            ///< false: no log source of ours maps to it ("unfed")
    BilingualText title;        ///< from persandian.title, else the rule's title in both
    BilingualText explanation;  ///< from persandian.explanation; may be empty
    std::vector<BilingualText> next_steps;  ///< from persandian.next_steps
    /// Other texts of the persandian block, as written: category, perban_bssn_4_2021, …
    std::vector<std::pair<std::string, std::string>> labels;
};

/// All rules, compiled. Immutable; shared between threads.
class RuleSet {
  public:
    virtual ~RuleSet() = default;
    /// SHA-256 over the sorted (path, SHA-256 of text) pairs of all inputs: names the set in
    /// records.
    [[nodiscard]] virtual const Digest& version() const noexcept = 0;
    /// Detection rules and correlations, in load order. Valid as long as the set.
    [[nodiscard]] virtual std::span<const RuleInfo> rules() const noexcept = 0;
    [[nodiscard]] virtual std::span<const CorrelationRule> correlations() const noexcept = 0;
    /// By id or name; null when absent. Valid as long as the set.
    [[nodiscard]] virtual const RuleInfo* find(std::string_view id) const noexcept = 0;
    /// What the events of a detection rule's log sources call a field that the rule calls `field`:
    /// the first group of which a name is present gives the values, those of all its names.
    [[nodiscard]] virtual std::vector<std::vector<std::string>> event_fields(
        std::string_view id, std::string_view field) const = 0;
    /// Whether some rule reads the event field of that name.
    [[nodiscard]] virtual bool reads(std::string_view event_field) const noexcept = 0;
    /// How a detection rule was compiled, for people; several lines. Empty when there is none.
    [[nodiscard]] virtual std::string describe(std::string_view id) const = 0;
};

/// The names of a Sigma log source; empty parts are not named.
struct LogSource {
    std::string product, category, service;
};

/// Does work(0) … work(count - 1), on as many threads as whoever made it likes; returns when all is
/// done. The pieces do not depend on each other.
using ParallelFor =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)>;

struct LoadOptions {
    /// Values for `expand` placeholders: name → values.
    std::vector<std::pair<std::string, std::vector<std::string>>> placeholders;
    /// Instead of routing by the event's shape: every event is of this log source (`match
    /// --logsource`), and only rules that name nothing else apply.
    std::optional<LogSource> forced_logsource;
    ParallelFor parallel;           ///< empty: one piece after the other
    DerivedCache* cache = nullptr;  ///< of parsed files and compiled literals; may be null
};

struct LoadResult {
    std::shared_ptr<const RuleSet> rules;  ///< never null; without the refused ones
    std::vector<RuleProblem> refused;      ///< all problems; several may belong to one rule
    std::size_t refused_count = 0;         ///< documents (or unreadable files) that were refused
    std::vector<RuleProblem> warnings;
};

/// Compiles rules. `rule_files`: Sigma YAML, several documents each allowed. `logsource_files`:
/// rules/logsources/*.yml. Never throws on bad input.
[[nodiscard]] LoadResult load_rules(std::span<const SourceFile> rule_files,
                                    std::span<const SourceFile> logsource_files,
                                    const LoadOptions& options = {});

struct MatcherCounters {
    std::uint64_t events = 0;
    std::uint64_t candidates = 0;        ///< rules whose condition was run
    std::uint64_t regex_gave_up = 0;     ///< searches that reached their work limit: no match
    std::uint64_t sequence_gave_up = 0;  ///< likewise

    MatcherCounters& operator+=(const MatcherCounters& other) noexcept {
        events += other.events;
        candidates += other.candidates;
        regex_gave_up += other.regex_gave_up;
        sequence_gave_up += other.sequence_gave_up;
        return *this;
    }
};

/// What one detection rule cost and found. Rules share answers: who asks first pays.
struct RuleCost {
    std::uint64_t candidates = 0;  ///< events for which its condition was run
    std::uint64_t hits = 0;        ///< … and held
    std::uint64_t ticks = 0;       ///< of MatcherOptions::ticks spent on it
};

/// Applies one rule set to events. One per thread; holds scratch memory only.
class Matcher {
  public:
    virtual ~Matcher() = default;
    [[nodiscard]] virtual const MatcherCounters& counters() const noexcept = 0;
    /// Per entry of RuleSet::rules(); correlations stay 0. Valid as long as the matcher.
    [[nodiscard]] virtual std::span<const RuleCost> costs() const noexcept = 0;
    /// Calls `out` once per rule that holds, in rule load order.
    virtual void match(const Event& event, FindingSink& out) = 0;
    /// How a rule (id or name) fares on an event: which questions were answered how, with which
    /// values; several lines for people. Empty when there is no such detection rule.
    [[nodiscard]] virtual std::string explain(const Event& event, std::string_view rule) = 0;
};

struct MatcherOptions {
    bool with_details = true;            ///< false: findings carry rule and time only (match)
    std::uint64_t (*ticks)() = nullptr;  ///< a clock for RuleCost::ticks; null: not measured
};

[[nodiscard]] std::unique_ptr<Matcher> make_matcher(std::shared_ptr<const RuleSet> rules,
                                                    const MatcherOptions& options = {});

}  // namespace persandian::sigma
