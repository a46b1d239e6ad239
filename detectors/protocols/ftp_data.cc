// SPDX-License-Identifier: Apache-2.0
//
// FTP's data connections, as ftp.cc announces them: the file itself (`fileinfo`) and one event that
// says what it was for. What FTP transfers as text is hashed as it stands on the wire.
//
// Source: RFC 959 section 3; names as in EVE.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/text_scan.h"
#include "detectors/protocols/transferred_file.h"

namespace persandian::protocols {
namespace {

constexpr Field command{"ftp_data.command", FieldKind::text,
                        "RETR, STOR, LIST, … of the control connection", "EVE"};
constexpr Field filename{"ftp_data.filename", FieldKind::text, "argument of that command", "EVE"};
constexpr std::array<const Field*, 2> fields_of_ftp_data = {&command, &filename};

class FtpDataParser final : public ProtocolParser {
  public:
    void on_announced(std::shared_ptr<const std::string> note) noexcept override {
        note_ = std::move(note);
    }
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        if (!file_) {
            std::string_view rest = note_ != nullptr ? std::string_view(*note_) : "";
            command_ = take_word(rest);
            name_ = rest;
            sender_ = chunk.direction;
            file_.emplace(out, name_);
        }
        if (chunk.direction != sender_) return ParseStatus::ok;
        file_->lose(chunk.gap_bytes);
        file_->add(chunk.bytes);
        return ParseStatus::ok;
    }
    void on_direction_end(flow::Direction direction, Timestamp time,
                          EventEmitter& out) noexcept override {
        if (file_ && direction == sender_) tell(true, time, out);
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override { tell(false, time, out); }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + command_.capacity() + name_.capacity() +
               (file_ ? file_->held_bytes() : 0);
    }
    ParseProblem problem() const noexcept override { return {}; }

  private:
    /// The first time only.
    void tell(bool whole, Timestamp time, EventEmitter& out) {
        if (!file_ || told_) return;
        told_ = true;
        Event& event = out.begin("ftp_data", sender_, time);
        if (!command_.empty()) event.add(command, command_);
        if (!name_.empty()) event.add(filename, name_);
        out.commit();
        const bool is_file = command_ == "RETR" || command_ == "STOR" || command_ == "STOU" ||
                             command_ == "APPE" || command_.empty();
        if (is_file) file_->finish(out, sender_, time, whole);
    }

    std::shared_ptr<const std::string> note_;
    std::string command_, name_;
    std::optional<TransferredFile> file_;
    flow::Direction sender_ = flow::Direction::to_client;
    bool told_ = false;
};

constexpr std::array<LimitInfo, 1> limits = {
    {{"name of the file", TransferredFile::max_name_bytes, "bytes"}}};
constexpr std::array<std::string_view, 1> references = {"RFC 959 section 3"};

}  // namespace

const ProtocolEntry& ftp_data_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "ftp-data",
        .transport = Transport::tcp,
        .fields = fields_of_ftp_data,
        .limits = limits,
        .references = references,
        .make = []() -> std::unique_ptr<ProtocolParser> {
            return std::make_unique<FtpDataParser>();
        },
    };
    return entry;
}

}  // namespace persandian::protocols
