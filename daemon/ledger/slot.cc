// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/slot.h"

#include <algorithm>
#include <array>

#include "daemon/ledger/format.h"

namespace persandian::ledger {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    constexpr std::uint32_t castagnoli_reflected = 0x82F63B78U;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1U) ^ ((value & 1U) != 0 ? castagnoli_reflected : 0U);
        table[i] = value;
    }
    return table;
}();

void append_big_endian(std::string& out, std::uint64_t value, unsigned width) {
    for (unsigned shift = width * 8; shift > 0; shift -= 8)
        out += static_cast<char>((value >> (shift - 8)) & 0xFFU);
}

}  // namespace

std::uint32_t crc32c(ByteView bytes) {
    std::uint32_t crc = ~0U;
    for (const std::byte b : bytes)
        crc = (crc >> 8U) ^ crc_table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFFU];
    return ~crc;
}

std::string encode_slot(const Slot& slot) {
    PERSANDIAN_CHECK(!slot.note.empty() && slot.note.size() <= max_note_bytes);
    std::string out(slot_magic);
    append_big_endian(out, slot.sequence, 8);
    append_big_endian(out, slot.note.size(), 4);
    out += slot.note;
    append_big_endian(out, crc32c(as_bytes(out)), 4);
    out.resize(slot_bytes, '\0');
    return out;
}

Result<Slot> decode_slot(ByteView bytes) {
    const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
    if (std::ranges::all_of(bytes, is_zero))
        return Error{ErrorCode::not_found, "the commit slot was never written"};
    static constexpr Error bad{ErrorCode::malformed, "the commit slot is damaged"};
    if (bytes.size() != slot_bytes) return bad;
    ByteReader reader(bytes);
    if (as_text(reader.take(slot_magic.size())) != slot_magic) return bad;
    Slot out;
    out.sequence = reader.u64();
    const std::uint32_t length = reader.u32();
    if (length == 0 || length > max_note_bytes) return bad;
    out.note = as_text(reader.take(length));
    const std::uint32_t expected = crc32c(bytes.first(reader.position()));
    if (reader.u32() != expected || !reader.ok()) return bad;
    if (!std::ranges::all_of(reader.rest(), is_zero)) return bad;
    return out;
}

}  // namespace persandian::ledger
