#include "daemon/process/log_sink.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/log_file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

bool IsStderr(const std::filesystem::path& path) {
  struct stat here = {};
  struct stat there = {};
  return ::fstat(STDERR_FILENO, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

// As syslog(3) counts them.
int Priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
      return 2;
    case spdlog::level::err:
      return 3;
    case spdlog::level::warn:
      return 4;
    case spdlog::level::info:
      return 6;
    default:
      return 7;
  }
}

// A log that cannot be written to is nothing that could be logged.
void Write(std::string_view text) {
  while (!text.empty()) {
    ssize_t wrote = ::write(STDERR_FILENO, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
}

std::string JournalLines(spdlog::level::level_enum level, std::string_view text) {
  std::string lines;
  while (true) {
    const size_t end = text.find('\n');
    lines += StrCat("<", Priority(level), ">", text.substr(0, end), "\n");
    if (end == std::string_view::npos || end + 1 == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

LogSink::LogSink(bool to_journal) : to_journal_(to_journal) {}

void LogSink::Limit(std::filesystem::path file, int64_t max_bytes, int64_t keep) {
  std::lock_guard lock(mutex_);
  file_ = std::move(file);
  max_bytes_ = max_bytes;
  keep_ = keep;
  retry_bytes_ = 0;
}

void LogSink::Reopen() {
  std::lock_guard lock(mutex_);
  if (!file_.empty() && !IsStderr(file_)) OpenNew();
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (to_journal_) {
    return Write(JournalLines(message.level, {message.payload.data(), message.payload.size()}));
  }
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  Write({line.data(), line.size()});
  if (!file_.empty()) Rotate();
}

void LogSink::Rotate() {
  struct stat info = {};
  // Also what others have written to stderr counts.
  if (::fstat(STDERR_FILENO, &info) != 0 || info.st_size <= max_bytes_) return;
  if (info.st_size < retry_bytes_) return;
  retry_bytes_ = info.st_size + max_bytes_;
  if (IsStderr(file_)) {
    if (absl::Status rotated = RotateLog(file_, keep_); !rotated.ok()) {
      return Write(StrCat("labd: the log grows on: ", MessageOf(rotated), "\n"));
    }
  }
  if (OpenNew()) retry_bytes_ = 0;
}

bool LogSink::OpenNew() {
  Descriptor fresh(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (fresh.get() < 0) {
    Write(StrCat("labd: ", MessageOf(ErrnoStatus("opening", file_)), "\n"));
    return false;
  }
  return ::dup2(fresh.get(), STDERR_FILENO) == STDERR_FILENO;
}

std::shared_ptr<LogSink> StartLog(bool to_journal) {
  auto sink = std::make_shared<LogSink>(to_journal);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("labd", sink));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return sink;
}

bool StderrIsJournal(const Environment& environment) {
  struct stat here = {};
  if (::fstat(STDERR_FILENO, &here) != 0) return false;
  return environment("JOURNAL_STREAM") == StrCat(here.st_dev, ":", here.st_ino);
}

std::filesystem::path LogFileOfStderr(const Places& places) {
  return IsStderr(places.log()) ? places.log() : std::filesystem::path();
}

}  // namespace lab
