// SPDX-License-Identifier: Apache-2.0
//
// Writes the records of one audit event into one Event, under the names that the records use and
// that Sigma's auditd rules expect. Joining records is auditd.cc's work.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/logs/audit_record.h"

namespace persandian::logs {

/// One per event: add() each record in order, then finish(). What a limit leaves out sets
/// audit.cut; log.raw has it all.
class AuditEventWriter {
  public:
    static constexpr std::size_t max_pairs = 2048;             ///< name=value pairs of one event
    static constexpr std::size_t max_name_bytes = 128;         ///< of one pair
    static constexpr std::size_t max_joined_arguments = 4096;  ///< in CommandLine
    static constexpr std::size_t max_arguments = 256;          ///< as a0, a1, …
    static constexpr std::size_t max_cached_system_calls = 1024;

    /// Names already looked up, by architecture and number; kept by the caller between events.
    using SystemCallNames = std::unordered_map<std::uint64_t, std::string>;

    /// Both must outlive the writer.
    AuditEventWriter(Event& event, SystemCallNames& names) : event_(event), names_(names) {}

    void add(const AuditRecord& record);
    /// What needs all records. `cut`: records were left out before.
    void finish(std::uint64_t serial, bool cut);

    /// The fields it declares; records may carry any others. Static storage.
    [[nodiscard]] static std::span<const Field* const> fields() noexcept;

  private:
    bool add_argument(const AuditPair& pair);
    bool add_register(const AuditPair& pair);
    void add_system_call();
    [[nodiscard]] std::string_view system_call_name();
    void add_command();
    void add_permissions(std::string_view body);
    void add_pair(const AuditPair& pair, bool is_path);
    [[nodiscard]] bool already_there(std::string_view name, std::string_view text) const;
    void add_value(const AuditPair& pair, const std::string& text);
    void add_keys(const AuditPair& pair);
    void add_who_and_where();

    Event& event_;
    SystemCallNames& names_;
    std::size_t records_ = 0;
    std::size_t pairs_ = 0;
    std::size_t keys_ = 0;
    std::vector<std::string> arguments_;
    std::vector<std::pair<std::string, std::string>> registers_;  ///< a0…a3 of SYSCALL
    std::unordered_map<std::string, std::size_t> counts_;         ///< values so far, by name
    std::optional<std::uint32_t> arch_;
    std::optional<std::uint64_t> number_;  ///< of the system call
    std::string named_;                    ///< the system call in the enriched part
    std::string account_;
    std::string login_;
    std::optional<IpAddress> source_;
    std::optional<AuditSocketAddress> socket_;
    bool cut_ = false;
};

}  // namespace persandian::logs
