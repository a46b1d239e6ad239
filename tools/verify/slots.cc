// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/slots.h"

#include <array>
#include <chrono>
#include <thread>

#include "tools/verify/encoding.h"
#include "tools/verify/file.h"

namespace persandian::verify {

namespace {

constexpr std::array<const char*, 2> names = {"commit.a", "commit.b"};

struct SlotFile {
    bool written = false;
    bool unreadable = false;
    Fault fault = nullptr;
    Slot slot;
};

SlotFile read_slot(const std::filesystem::path& path) {
    SlotFile out;
    const FileContent content = read_small_file(path, slot_bytes);
    if (content.state == FileState::missing) return out;
    if (content.state != FileState::ok) {
        out.written = true;
        out.unreadable = content.state == FileState::unreadable;
        if (!out.unreadable) out.fault = "longer than 16,384 bytes";
        return out;
    }
    auto parsed = parse_slot(content.bytes);
    out.written = !std::holds_alternative<UnwrittenSlot>(parsed);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) out.fault = *fault;
    if (Slot* slot = std::get_if<Slot>(&parsed)) out.slot = std::move(*slot);
    return out;
}

/// A writer at work may be caught in the middle of a write: look again before calling it damaged.
SlotFile read_slot_patiently(const std::filesystem::path& path) {
    SlotFile out = read_slot(path);
    for (int attempt = 0; attempt < 2 && out.fault != nullptr; ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        out = read_slot(path);
    }
    return out;
}

std::string hex_key_id(const std::string& origin, const PublicKey& key) {
    const std::string vkey = vkey_of(origin, key);
    return vkey.substr(origin.size() + 1, 8);
}

class SlotReader {
  public:
    SlotReader(std::string generation, const PublicKey& key, Report& report)
        : generation_(std::move(generation)), key_(key), report_(report) {}

    void tell(Weight weight, Message message, const std::string& where,
              std::vector<std::string> arguments) {
        for (std::string& argument : arguments) argument = printable(argument);
        report_.add({.weight = weight,
                     .message = message,
                     .where = where,
                     .generation = generation_,
                     .arguments = std::move(arguments)});
    }

    std::optional<SignedHead> open(const SlotFile& file, std::size_t which) {
        const std::string where = "log/" + generation_ + "/" + names[which];
        if (file.unreadable) tell(Weight::unchecked, Message::unreadable, where, {});
        if (file.fault != nullptr)
            tell(Weight::tampered, Message::slot_damaged, where, {file.fault});
        if (!file.written || file.unreadable || file.fault != nullptr) return std::nullopt;
        if (file.slot.sequence % 2 != (which == 0 ? 1U : 0U)) {
            tell(Weight::tampered, Message::slots_contradict, where,
                 {"odd commits stand in commit.a, even ones in commit.b"});
            return std::nullopt;
        }
        auto parsed = parse_checkpoint(file.slot.note);
        if (const Fault* fault = std::get_if<Fault>(&parsed)) {
            tell(Weight::tampered, Message::checkpoint_malformed, where, {*fault});
            return std::nullopt;
        }
        SignedHead out{std::get<Checkpoint>(std::move(parsed)), file.slot.note, file.slot.sequence,
                       where};
        if (!is_signed(out)) return std::nullopt;
        return out;
    }

  private:
    bool is_signed(const SignedHead& head) {
        const Checkpoint& checkpoint = head.checkpoint;
        const auto parts = split_origin(checkpoint.origin);
        if (!parts || parts->generation != generation_) {
            tell(Weight::tampered, Message::origin_differs, head.where,
                 {checkpoint.origin, "…/" + generation_});
            return false;
        }
        const SignatureState state = check_log_signature(checkpoint, key_);
        if (state == SignatureState::good) return true;
        const Message message =
            state == SignatureState::bad ? Message::signature_bad : Message::signature_absent;
        tell(Weight::tampered, message, head.where,
             {hex_key_id(checkpoint.origin, key_), std::to_string(checkpoint.size)});
        return false;
    }

    std::string generation_;
    const PublicKey& key_;
    Report& report_;
};

const char* contradiction(const SignedHead& older, const SignedHead& latest) {
    if (older.sequence + 1 != latest.sequence) return "their commits do not follow each other";
    if (older.checkpoint.origin != latest.checkpoint.origin) return "they name two logs";
    if (older.checkpoint.size > latest.checkpoint.size) return "the newer one has fewer records";
    if (older.checkpoint.size == latest.checkpoint.size &&
        older.checkpoint.root != latest.checkpoint.root)
        return "one size, two roots: the log was forked";
    return nullptr;
}

}  // namespace

SlotPair read_slots(const std::filesystem::path& folder, const std::string& generation,
                    const PublicKey& key, Report& report) {
    SlotReader reader(generation, key, report);
    const std::array<SlotFile, 2> files = {read_slot_patiently(folder / names[0]),
                                           read_slot_patiently(folder / names[1])};
    SlotPair out;
    out.unwritten = !files[0].written && !files[1].written;
    std::optional<SignedHead> a = reader.open(files[0], 0);
    std::optional<SignedHead> b = reader.open(files[1], 1);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::optional<SignedHead>& other = i == 0 ? b : a;
        if (!files[i].written && other && other->sequence > 1)
            reader.tell(Weight::tampered, Message::slot_missing,
                        "log/" + generation + "/" + names[i],
                        {std::to_string(other->sequence - 1)});
    }
    if (a && b) {
        const bool a_is_newer = a->sequence > b->sequence;
        out.latest = a_is_newer ? std::move(a) : std::move(b);
        out.older = a_is_newer ? std::move(b) : std::move(a);
        if (const char* fault = contradiction(*out.older, *out.latest))
            reader.tell(Weight::tampered, Message::slots_contradict, out.latest->where, {fault});
    } else {
        out.latest = a ? std::move(a) : std::move(b);
    }
    return out;
}

std::optional<std::uint64_t> signed_size_now(const std::filesystem::path& folder,
                                             const std::string& origin, const PublicKey& key) {
    std::optional<std::uint64_t> size;
    for (const char* name : names) {
        const SlotFile file = read_slot(folder / name);
        if (!file.written || file.unreadable || file.fault != nullptr) continue;
        const auto parsed = parse_checkpoint(file.slot.note);
        const auto* checkpoint = std::get_if<Checkpoint>(&parsed);
        if (checkpoint == nullptr || checkpoint->origin != origin) continue;
        if (check_log_signature(*checkpoint, key) != SignatureState::good) continue;
        if (!size || checkpoint->size > *size) size = checkpoint->size;
    }
    return size;
}

}  // namespace persandian::verify
