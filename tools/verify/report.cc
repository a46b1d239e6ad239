// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/report.h"

#include <algorithm>
#include <tuple>

namespace persandian::verify {

void Report::add(Finding finding) {
    const std::uint64_t count = ++counts_[{finding.message, finding.generation}];
    if (count <= max_per_message) {
        findings_.push_back(std::move(finding));
        return;
    }
    const auto summary = std::find_if(findings_.begin(), findings_.end(), [&](const Finding& f) {
        return f.message == Message::more_of_these && f.generation == finding.generation &&
               f.arguments[1] == code_of(finding.message);
    });
    if (summary == findings_.end())
        findings_.push_back({.weight = finding.weight,
                             .message = Message::more_of_these,
                             .where = "",
                             .generation = finding.generation,
                             .arguments = {"1", std::string(code_of(finding.message))}});
    else
        summary->arguments[0] = std::to_string(count - max_per_message);
}

bool Report::has(Weight weight) const {
    return std::any_of(findings_.begin(), findings_.end(),
                       [weight](const Finding& f) { return f.weight == weight; });
}

// Nothing is called valid that was not hashed again and led to a signed root.
Verdict Report::verdict() const {
    if (has(Weight::tampered)) return Verdict::tampered;
    const bool complete =
        !generations.empty() &&
        std::all_of(generations.begin(), generations.end(),
                    [](const Coverage& c) { return c.signature_good && c.root_checked; });
    if (has(Weight::unchecked)) return Verdict::unverifiable;
    if (has(Weight::gap)) return Verdict::gap;
    if (!complete || !key_trusted) return Verdict::unverifiable;
    return witnessed ? Verdict::valid : Verdict::valid_not_witnessed;
}

int Report::exit_code() const {
    switch (verdict()) {
        case Verdict::valid:
        case Verdict::valid_not_witnessed:
        case Verdict::pruned:
            return 0;
        case Verdict::tampered:
            return 1;
        case Verdict::gap:
        case Verdict::unverifiable:
            break;
    }
    return 2;
}

const Finding* Report::first_bad() const {
    const Finding* best = nullptr;
    // root_differs only knows a lower bound: it counts when nothing more exact was found.
    const auto rank = [](const Finding& f) {
        return std::tuple(f.message == Message::root_differs, f.generation, *f.index);
    };
    for (const Finding& finding : findings_)
        if (finding.weight == Weight::tampered && finding.index &&
            (best == nullptr || rank(finding) < rank(*best)))
            best = &finding;
    return best;
}

std::string_view word_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::valid:
            return "VALID";
        case Verdict::valid_not_witnessed:
            return "VALID BUT NOT WITNESSED";
        case Verdict::pruned:
            return "PRUNED";
        case Verdict::gap:
            return "GAP";
        case Verdict::unverifiable:
            return "UNVERIFIABLE";
        case Verdict::tampered:
            return "TAMPERED";
    }
    return "UNVERIFIABLE";
}

}  // namespace persandian::verify
