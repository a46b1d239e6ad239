// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/literal_matcher.h"

#include <cstdlib>

#include <hs/hs.h>

#include "detectors/base/byte_search.h"
#include "detectors/base/check.h"

namespace persandian::sigma {
namespace {

/// Up to this many literals, searching one by one is as fast as a database.
constexpr std::size_t max_few = 2;

int collect(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
    static_cast<std::vector<std::uint32_t>*>(context)->push_back(id);
    return 0;
}

int stop_at_first(unsigned, unsigned long long, unsigned long long, unsigned, void*) {
    return 1;
}

hs_database_t* compile(std::span<const std::string> literals, LiteralMatcher::Letters letters) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    std::vector<unsigned> ids;
    for (const std::string& literal : literals) {
        ids.push_back(static_cast<unsigned>(texts.size()));
        texts.push_back(literal.data());
        sizes.push_back(literal.size());
    }
    // Without HS_FLAG_SINGLEMATCH: the library's path for literals alone is faster, and a literal
    // that is found again costs who asked next to nothing.
    const std::vector<unsigned> flags(
        texts.size(), letters == LiteralMatcher::Letters::any_case ? HS_FLAG_CASELESS : 0);
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const hs_error_t code = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(),
                                                 sizes.data(), static_cast<unsigned>(texts.size()),
                                                 HS_MODE_BLOCK, nullptr, &database, &error);
    if (error != nullptr) hs_free_compile_error(error);
    PERSANDIAN_CHECK(code == HS_SUCCESS);
    return database;
}

std::string serialized(const hs_database_t* database) {
    char* bytes = nullptr;
    std::size_t size = 0;
    PERSANDIAN_CHECK(hs_serialize_database(database, &bytes, &size) == HS_SUCCESS);
    std::string out(bytes, size);
    std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): how the library hands it over
    return out;
}

/// Another version of the library compiles anew; another processor is refused by the library.
Digest key_of(std::span<const std::string> literals, LiteralMatcher::Letters letters) {
    std::string content = std::string("literals 1\n") + hs_version() + '\n';
    if (letters == LiteralMatcher::Letters::any_case) content += "any case\n";
    for (const std::string& literal : literals) {
        content += std::to_string(literal.size()) + ':';
        content += literal;
    }
    return sha256(as_bytes(content));
}

}  // namespace

struct LiteralMatcher::Database {
    hs_database_t* handle = nullptr;
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database() { hs_free_database(handle); }
};

struct LiteralMatcher::Scratch::State {
    hs_scratch_t* handle = nullptr;
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { hs_free_scratch(handle); }
};

LiteralMatcher::Scratch::Scratch() : state_(std::make_unique<State>()) {}
LiteralMatcher::Scratch::~Scratch() = default;
LiteralMatcher::Scratch::Scratch(Scratch&&) noexcept = default;
LiteralMatcher::Scratch& LiteralMatcher::Scratch::operator=(Scratch&&) noexcept = default;

LiteralMatcher::LiteralMatcher(std::span<const std::string> literals, DerivedCache* cache,
                               Letters letters) {
    for (const std::string& literal : literals) PERSANDIAN_CHECK(!literal.empty());
    if (literals.size() <= max_few && letters == Letters::exact_case) {
        few_.assign(literals.begin(), literals.end());
        return;
    }
    database_ = std::make_unique<Database>();
    if (cache == nullptr) {
        database_->handle = compile(literals, letters);
        return;
    }
    const Digest key = key_of(literals, letters);
    if (const auto kept = cache->find(key))
        if (hs_deserialize_database(kept->data(), kept->size(), &database_->handle) == HS_SUCCESS)
            return;
    database_->handle = compile(literals, letters);
    cache->keep(key, serialized(database_->handle));
}

LiteralMatcher::~LiteralMatcher() = default;

void LiteralMatcher::prepare(Scratch& scratch) const {
    if (database_ == nullptr) return;
    PERSANDIAN_CHECK(hs_alloc_scratch(database_->handle, &scratch.state_->handle) == HS_SUCCESS);
}

void LiteralMatcher::scan(std::string_view text, Scratch& scratch,
                          std::vector<std::uint32_t>& found) const {
    for (std::uint32_t i = 0; i < few_.size(); ++i)
        if (contains(text, few_[i])) found.push_back(i);
    if (database_ == nullptr) return;
    (void)hs_scan(database_->handle, text.data(), static_cast<unsigned>(text.size()), 0,
                  scratch.state_->handle, collect, &found);
}

bool LiteralMatcher::any_in(std::string_view text, Scratch& scratch) const {
    for (const std::string& literal : few_)
        if (contains(text, literal)) return true;
    if (database_ == nullptr) return false;
    return hs_scan(database_->handle, text.data(), static_cast<unsigned>(text.size()), 0,
                   scratch.state_->handle, stop_at_first, nullptr) == HS_SCAN_TERMINATED;
}

std::size_t LiteralMatcher::database_size_bytes() const {
    std::size_t size = 0;
    if (database_ != nullptr) (void)hs_database_size(database_->handle, &size);
    return size;
}

}  // namespace persandian::sigma
