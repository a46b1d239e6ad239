// SPDX-License-Identifier: Apache-2.0
//
// What the author of a rule is told about a mistake: where it is, what was expected, what to write.
// @@ in a rule marks the place that the message must point at.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

struct Mistake {
    std::string text;
    std::vector<std::string> words;  ///< all stand in the message
};

const std::string id = "id: 11111111-1111-4111-8111-111111111111\n";
const std::string source = "logsource: {product: test}\n";
const std::string body = "detection:\n  s: {a: 1}\n  condition: s\n";

/// A rule whose only selection has this line.
Mistake item(const std::string& line, std::vector<std::string> words) {
    return {"title: t\n" + id + source + "detection:\n  s:\n    " + line + "\n  condition: s\n",
            std::move(words)};
}

/// A rule with these lines under detection.
Mistake detection(const std::string& lines, std::vector<std::string> words) {
    return {"title: t\n" + id + source + "detection:\n" + lines + "\n", std::move(words)};
}

/// A rule with these lines among its metadata.
Mistake head(const std::string& lines, std::vector<std::string> words) {
    return {"title: t\n" + id + lines + "\n" + source + body, std::move(words)};
}

/// The rule as it would be without the mark, and the "line:column" of the mark.
std::pair<std::string, std::string> unmarked(const std::string& text) {
    const std::size_t at = text.find("@@");
    if (at == std::string::npos) return {text, "no mark"};
    const std::string before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') == std::string::npos ? 0 : before.rfind('\n') + 1;
    return {before + text.substr(at + 2),
            std::to_string(line) + ":" + std::to_string(at - start + 1)};
}

/// Some problem stands at the mark and says all the words.
bool tells(const std::vector<RuleProblem>& problems, const std::string& place,
           const std::vector<std::string>& words) {
    return std::any_of(problems.begin(), problems.end(), [&](const RuleProblem& problem) {
        return problem.to_string().starts_with("rule0.yml:" + place + ": ") &&
               std::all_of(words.begin(), words.end(), [&](const std::string& word) {
                   return problem.reason.find(word) != std::string::npos;
               });
    });
}

void expect_told(const std::vector<Mistake>& mistakes, bool refused) {
    for (const Mistake& mistake : mistakes) {
        const auto [text, place] = unmarked(mistake.text);
        const LoadResult loaded = load({text});
        EXPECT_EQ(loaded.rules->rules().empty(), refused) << text;
        const std::vector<RuleProblem>& problems = refused ? loaded.refused : loaded.warnings;
        std::string said;
        for (const RuleProblem& problem : problems) said += problem.to_string() + "\n";
        EXPECT_TRUE(tells(problems, place, mistake.words))
            << text << "should tell at " << place << ": " << testing::PrintToString(mistake.words)
            << "\nbut tells:\n"
            << said;
    }
}

TEST(Messages, Modifiers) {
    expect_told(
        {
            item("a|@@contain: x", {"unknown modifier 'contain'", "did you mean 'contains'?"}),
            item("a|@@Contains: x", {"did you mean 'contains'?"}),
            item("a|contains|@@windsah: x", {"did you mean 'windash'?"}),
            item("'a|@@contain': x", {"did you mean 'contains'?"}),
            item("a|@@foobar: x", {"unknown modifier 'foobar'", "known: all, base64"}),
            item("a|@@: x", {"a modifier is missing after '|'"}),
            item("a|contains|@@: x", {"a modifier is missing after '|'"}),
            item("a|contains|@@contains: x", {"'contains' stands twice"}),
            item("a|contains|@@re: x", {"'re' must be the first modifier, as in a|re"}),
            item("a|contains|@@cidr: 10.0.0.0/8", {"'cidr' must be the first modifier"}),
            item("a|contains|@@exists: true", {"'exists' must be the first modifier"}),
            item("a|endswith|@@fieldref: b", {"'fieldref' must be the first", "a|fieldref"}),
            item("a|@@i: x", {"'i' is a flag of regular expressions", "field|re|i"}),
            item("a|i|@@re: x", {"'re' must be the first modifier"}),
            item("a|re|@@contains: x", {"'contains' does not go with 're'", "use ^ and $"}),
            item("a|re|@@cased: x", {"'cased' does not go with 're'", "flag 'i'"}),
            item("a|re|@@base64: x", {"'base64' does not go with 're'"}),
            item("a|cidr|@@contains: 10.0.0.0/8", {"'contains' does not go with 'cidr'"}),
            item("a|exists|@@contains: true", {"'contains' does not go with 'exists'"}),
            item("a|lt|@@gt: 1", {"'gt' does not go with 'lt'"}),
            item("a|contains|@@base64: x",
                 {"'base64' must stand before 'contains'", "write a|base64|contains"}),
            item("a|base64: @@'x*'", {"'base64' cannot encode a wildcard", "\\*"}),
            item("a|wide|base64offset|contains: @@'x?y'", {"cannot encode a wildcard"}),
            item("a|base64offset|contains: [abc, @@x]", {"too short", "at least three"}),
            item("'|@@exists': true", {"'exists' needs a field name before it, as in field|"}),
            item("'|@@fieldref': b", {"'fieldref' needs a field name"}),
            item("'|@@cidr': 10.0.0.0/8", {"'cidr' needs a field name"}),
            item("'|@@gt': 5", {"'gt' needs a field name"}),
            item("'|@@hour': 5", {"'hour' needs a field name"}),
        },
        true);
}

TEST(Messages, ValuesOfModifiers) {
    expect_told(
        {
            item("a|lt: @@'5'", {"'lt' needs a number without quotes, not a text"}),
            item("a|gt: [1, @@x]", {"'gt' needs a number"}),
            item("a|gte: @@true", {"a number without quotes, not true or false"}),
            item("a|lte: @@null", {"a number without quotes, not null"}),
            item("a|re: @@'fo(o'", {"bad regular expression", "(at character 5, the end)"}),
            item("a|re: [ok, @@'x(?<=a+)b']", {"(at character 2: '(?<=a+)b')"}),
            item("a|re: @@null", {"'re' needs a regular expression as text"}),
            item("a|cidr: @@10.0.0.1/8", {"bits after the prefix are set", "write 10.0.0.0/8"}),
            item("a|cidr: @@2001:db8::1/32", {"bits after the prefix", "write 2001:db8::/32"}),
            item("a|cidr: @@10.0.0.0/33", {"its prefix must be a number from 0 to 32"}),
            item("a|cidr: @@10.0.0.0/", {"its prefix must be a number"}),
            item("a|cidr: [10.0.0.0/8, @@x]", {"'x' is not a network", "as 192.0.2.0/24"}),
            item("a|exists: @@'true'", {"true or false without quotes"}),
            item("a|exists: [@@true, false]", {"exactly one value"}),
            item("a|fieldref: @@''", {"needs the name of another field"}),
            item("a|expand: @@'%hosts%'", {"placeholder %hosts% has no values", "--placeholder"}),
            item("a|expand: @@x", {"needs a placeholder, as in '%name%'"}),
            item("a|expand: @@'%hosts'", {"no closing percent sign", "\\%"}),
            item("a|month: @@13", {"'month' needs a number from 1 to 12"}),
            item("a|hour: @@'7'", {"'hour' needs a whole number without quotes"}),
            item("a|day: @@1.5", {"'day' needs a whole number, not 1.5"}),
            item("a|contains: @@null", {"'contains' needs a text, not null"}),
            item("a|contains: @@true", {"'contains' needs a text, not true or false"}),
            item("a: @@{b: 1}", {"not a map", "nested fields are written with dots"}),
            item("a: [@@[1]]", {"must be texts, numbers, true, false or null"}),
        },
        true);
    expect_told(
        {
            item("a: [x, @@null]", {"null in a list", "or the field is absent"}),
            item("a|contains: @@''", {"holds for every value", "a|exists: true"}),
            item("@@a|all: x", {"'all' has no effect on a single value"}),
        },
        false);
}

TEST(Messages, Selections) {
    expect_told(
        {
            detection("  s:\n    a: 1\n    @@a: 2\n  condition: s", {"'a' stands twice"}),
            detection("  s: {a: 1}\n  @@s: {b: 1}\n  condition: s", {"'s' stands twice"}),
            detection("  s: @@{}\n  condition: s", {"an empty map selects nothing"}),
            detection("  s: @@[]\n  condition: s", {"an empty list selects nothing"}),
            detection("  @@s:\n  condition: s", {"'s' is empty", "'field: value' lines"}),
            detection("  s: @@''\n  condition: s", {"empty keyword"}),
            detection("  s: [x, @@'']\n  condition: s", {"empty keyword"}),
            detection("  s: [x, @@null]\n  condition: s", {"keywords are texts"}),
            detection("  s: {a: 1}\n  timeframe: @@5m\n  condition: s",
                      {"timeframe", "correlation rule with timespan"}),
            detection("  @@s: {a: 1}", {"there is no condition"}),
            detection("  s: {a: 1}\n  @@conditon: s",
                      {"there is no condition", "did you mean 'condition' by 'conditon'?"}),
            detection("  @@condition: s", {"there is no selection"}),
        },
        true);
    expect_told({detection("  s: {a: 1}\n  @@t: {b: 1}\n  condition: s",
                           {"'t' is not used by the condition"})},
                false);
}

TEST(Messages, Conditions) {
    const std::string two = "  selection: {a: 1}\n  filter_x: {b: 1}\n  condition: ";
    expect_told(
        {
            detection(two + "@@selektion", {"does not define", "did you mean 'selection'?"}),
            detection(two + "selection or @@nothing_like", {"known: selection, filter_x"}),
            detection(two + "@@(selection", {"parenthesis is not closed"}),
            detection(two + "selection@@)", {"closes nothing"}),
            detection(two + "selection @@filter_x", {"expected 'and' or 'or' before 'filter_x'"}),
            detection(two + "@@or selection", {"expected a search identifier before 'or'"}),
            detection(two + "selection and @@and filter_x", {"expected a search identifier"}),
            detection(two + "selection and not@@", {"ends too early"}),
            detection(two + "1 of @@X*", {"'1 of X*' names no search identifier", "known: "}),
            detection(two + "1 of @@fitler_x", {"did you mean 'filter_x'?"}),
            detection(two + "@@2 of filter_*", {"use '1 of' or 'all of'"}),
            detection(two + "all of@@", {"expected 'them' or a name"}),
            detection(two + "@@filter_*", {"write '1 of filter_*' or 'all of filter_*'"}),
            detection(two + "@@them", {"'them' needs '1 of' or 'all of'"}),
            detection(two + "selection @@& filter_x", {"write 'and'"}),
            detection(two + "'@@!selection'", {"write 'not'"}),
            detection(two + "selection and @@\"filter_x\"", {"names stand without quotes"}),
            detection("  selection: {a: 1}\n  @@condition:", {"must be a text", "not nothing"}),
            detection(two + "@@{a: b}", {"a condition must be a text", "not a map"}),
            detection(two + "@@[]", {"the list of conditions is empty"}),
            detection(two + "[selection, @@selektion]", {"did you mean 'selection'?"}),
            detection(two + "[selection, @@[filter_x]]", {"not a list"}),
        },
        true);
}

TEST(Messages, Metadata) {
    expect_told(
        {
            {"@@" + id + source + body, {"a rule needs a title"}},
            {"@@titel: t\n" + id + source + body, {"did you mean 'title' by 'titel'?"}},
            {"@@title:\n" + id + source + body, {"the title is empty"}},
            {"title: @@[t]\n" + id + source + body, {"title must be a text, not a list"}},
            {"title: t\nid: @@[x]\n" + source + body, {"id must be a text, not a list"}},
            {"@@title: t\n" + id + body, {"a rule needs a logsource with product, category"}},
            {"title: t\n" + id + "@@logsurce: {product: x}\n" + body,
             {"did you mean 'logsource' by 'logsurce'?"}},
            {"title: t\n" + id + "logsource: @@x\n" + body, {"must be a map", "not a text"}},
            {"title: t\n" + id + "@@logsource:\n" + body, {"must be a map", "not nothing"}},
            {"title: t\n" + id + "logsource: {@@prodct: x}\n" + body,
             {"unknown logsource key 'prodct'", "did you mean 'product'?"}},
            {"title: t\n" + id + "logsource: {product: @@[x]}\n" + body, {"not a list"}},
            {"@@title: t\n" + id + source, {"neither detection nor correlation nor filter"}},
            {"title: t\n" + id + source + "@@detektion:\n  s: {a: 1}\n  condition: s\n",
             {"did you mean 'detection' by 'detektion'?"}},
            {"title: t\n" + id + source + "detection: @@x\n", {"must be a map of selections"}},
            {"title: t\n" + id + source + "@@detection:\n", {"must be a map of selections"}},
            head("level: @@hihg", {"unknown level 'hihg'", "did you mean 'high'?"}),
            head("level: @@severe", {"known: informational, low, medium, high, critical"}),
            head("level: @@[high]", {"level must be a text, not a list"}),
            head("status: @@tested", {"did you mean 'test'?"}),
            head("status: @@{a: b}", {"status must be a text, not a map"}),
            head("tags: [@@{a: b}]", {"tags must be a text, not a map"}),
            head("references: @@{a: b}", {"references must be a text, not a map"}),
            head("author: @@[a, b]", {"author must be a text, not a list"}),
            head("taxonomy: @@ecs", {"taxonomy 'ecs' is not known", "known: sigma"}),
            head("persandian: @@[x]", {"persandian must be a map"}),
            head("persandian: {@@titel: {id: a, en: b}}", {"did you mean 'title'?"}),
            head("@@title: again", {"the key 'title' stands twice"}),
            {"action: @@global\ntitle: t\n", {"was removed from Sigma 2", "document of its own"}},
            {"@@- title: t\n", {"a rule must be a map with title, logsource and detection"}},
        },
        true);
}

TEST(Messages, WarningsAboutMetadata) {
    expect_told(
        {
            {"title: t\nid: @@1111\n" + source + body, {"is not a UUID", "uuidgen"}},
            {"@@title: t\n" + source + body, {"should have an id", "uuidgen"}},
            head("date: @@2026/01/31", {"is not a date as 2026-01-31"}),
            head("date: @@2026-02-30", {"is not a date"}),
            head("modified: @@yesterday", {"modified 'yesterday' is not a date"}),
            head("tags: [attack.t1190, @@t1190]", {"not of the form namespace.name"}),
            head("tags: [@@atack.t1190]", {"did you mean 'attack.t1190'?"}),
            head("@@levle: high", {"'levle' is not a key of Sigma", "did you mean 'level'?"}),
            head("@@falsepositive: [x]", {"did you mean 'falsepositives'?"}),
            head("related: @@x", {"related must be a list"}),
            head("related:\n  - {id: @@x, type: derived}", {"'x' is not a UUID"}),
            head("related:\n  - {id: 22222222-2222-4222-8222-222222222222, type: @@derivd}",
                 {"unknown type 'derivd'", "did you mean 'derived'?"}),
            head("related:\n  - @@{id: 22222222-2222-4222-8222-222222222222}",
                 {"needs id and type"}),
            {"title: t\n" + id + "logsource: @@{}\n" + body, {"the logsource is empty"}},
            {"title: t\n" + id + "logsource: {product: @@Windows}\n" + body,
             {"small letters", "did you mean 'windows'?"}},
        },
        false);
}

TEST(Messages, KeysOfOnesOwnAreNotMistakes) {
    const LoadResult loaded =
        load({"title: t\n" + id + "simulation: x\nmy_team: blue\nregression_tests_path: y\n" +
              source + body});
    EXPECT_EQ(loaded.rules->rules().size(), 1U);
    for (const RuleProblem& problem : loaded.warnings) ADD_FAILURE() << problem.to_string();
}

TEST(Messages, Yaml) {
    expect_told(
        {
            detection("  s:\n\t@@a: 1\n  condition: s", {"indented with a tab", "wants spaces"}),
            detection("  s:\n    a: @@*x\n  condition: s", {"put it in quotes"}),
            detection("  s:\n    a: @@%x\n  condition: s", {"put the text in quotes"}),
            detection("  s:\n    a: @@`x\n  condition: s", {"put the text in quotes"}),
            detection("  s:\n    a: x@@: y\n  condition: s", {"a colon inside a text"}),
            detection("  s:\n    a: 1\n   @@condition: s", {"neither indented like"}),
            detection("  s: {a: 1\n  condition@@: s", {"'{'", "is not closed with '}'"}),
            detection("  s:\n    a: [x, y\n  condition@@: s", {"is not closed with ']'"}),
        },
        true);
}

TEST(Messages, Filters) {
    const auto filter = [](const std::string& lines) {
        return "title: t\n" + id + source + "filter:\n" + lines;
    };
    expect_told(
        {
            {filter("  @@s: {a: 1}\n  condition: not s\n"), {"a filter needs 'rules'", "any"}},
            {filter("  rules: @@[]\n  s: {a: 1}\n  condition: not s\n"), {"'rules' is empty"}},
            {filter("  rules: [@@nothing]\n  s: {a: 1}\n  condition: not s\n"),
             {"names the rule 'nothing'"}},
            {filter("  rules: any\n  s: {a: 1}\n  condition: not @@t\n"), {"does not define"}},
            {"title: t\n" + id + source + "filter: @@x\n", {"filter must be a map with rules"}},
        },
        true);
}

}  // namespace
}  // namespace persandian::sigma::test
