#pragma once

// Where labd's log goes: to stderr, as lines with time and level; to the journal with its priority
// before each line and no time, as the journal has its own; or to the log file of the home, which
// is then kept small.

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <spdlog/sinks/base_sink.h>

#include "core/base/places.h"

namespace lab {

class LogSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // `to_journal`: stderr is the journal's.
  explicit LogSink(bool to_journal);

  // Stderr is `file`: from now on it is rotated when it grows beyond `max_bytes`, with `keep`
  // older files; stderr goes on in the new one. Any thread, also again with other limits.
  void Limit(std::filesystem::path file, int64_t max_bytes, int64_t keep);
  // Goes on in a new file if somebody else has moved the present one away.
  void Reopen();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  // The base's mutex is held.
  void Rotate();
  bool OpenNew();

  const bool to_journal_;
  std::filesystem::path file_;  // empty: nothing is rotated
  int64_t max_bytes_ = 0;
  int64_t keep_ = 0;
  int64_t retry_bytes_ = 0;  // where rotating failed: not again before the file has so many
};

// Makes it the place where everything is logged.
std::shared_ptr<LogSink> StartLog(bool to_journal);

// True if JOURNAL_STREAM names stderr: device:inode.
bool StderrIsJournal(const Environment& environment);

// The log file that stderr goes to, if it is the one of this home; else empty.
std::filesystem::path LogFileOfStderr(const Places& places);

}  // namespace lab
