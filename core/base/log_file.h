#pragma once

// Log files that are kept small: "labd.log" is written to, "labd.log.1" is the one before it, and
// so on up to a limit. Used by who writes them and by who reads them. Each object belongs to one
// thread.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>

#include "core/base/descriptor.h"
#include "core/base/status.h"

namespace lab {

// "labd.log.2" for 2, `path` itself for 0.
std::filesystem::path OlderLog(const std::filesystem::path& path, int64_t number);

// Gives every file the next number, and deletes those above `keep`. Nothing is at `path` then.
// Whoever has it open goes on in what is now number 1.
absl::Status RotateLog(const std::filesystem::path& path, int64_t keep);

// A place in a log that stays the same when its files are rotated.
struct LogPosition {
  uint64_t file = 0;   // tells one file from another, also where a number was used again; 0: none
  int64_t offset = 0;  // in bytes
};

// Reads a log from its oldest file on, while it is written to and rotated; also one that does not
// exist yet.
class LogReader {
 public:
  // Starts `tail_lines` lines before the present end, in an older file if need be; 0: at the
  // beginning of the oldest.
  LogReader(std::filesystem::path path, int64_t tail_lines);
  // Goes on where another reader was; at the beginning of the oldest if that file is gone, at its
  // own beginning if it was cut.
  LogReader(std::filesystem::path path, const LogPosition& position);
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // The next at most `limit` bytes; "" at the present end or while there is no file.
  absl::StatusOr<std::string> Next(size_t limit = 256 * 1024);
  // Behind the last byte that Next gave.
  LogPosition position() const;

 private:
  void OpenAll();
  void GoOn();
  // Another file has the name, or the present one was cut.
  bool Replaced() const;

  const std::filesystem::path path_;
  std::deque<Descriptor> files_;  // oldest first; the last one may still be written to
  int64_t offset_ = 0;            // in the first
};

}  // namespace lab
