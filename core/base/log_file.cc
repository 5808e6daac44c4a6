#include "core/base/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostFiles = 1000;  // that are looked for
constexpr int64_t kBlock = 64 * 1024;

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

// The inode with the time at which it was made: a new file may get the number of a deleted one.
uint64_t NumberOf(int fd) {
  struct statx info = {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info) != 0) return 0;
  uint64_t number = info.stx_ino;
  if ((info.stx_mask & STATX_BTIME) != 0) {
    const auto made =
        static_cast<uint64_t>(info.stx_btime.tv_sec) * 1'000'000'000 + info.stx_btime.tv_nsec;
    number ^= made * 0x9E3779B97F4A7C15;  // spreads the bits of times that are close
  }
  return std::max<uint64_t>(1, number);
}

// Where the last `*lines` lines of a file begin; 0, and what is missing in `*lines`, if it has
// fewer.
int64_t FindTail(int fd, const fs::path& path, int64_t* lines) {
  struct stat found = {};
  if (::fstat(fd, &found) != 0) return 0;
  const int64_t size = found.st_size;
  int64_t newlines = 0;
  for (int64_t end = size; end > 0;) {
    int64_t start = std::max<int64_t>(0, end - kBlock);
    auto block = ReadAt(fd, start, static_cast<size_t>(end - start), path);
    if (!block.ok()) break;
    for (int64_t i = static_cast<int64_t>(block->size()) - 1; i >= 0; --i) {
      // The newline that ends the last line separates nothing.
      if ((*block)[static_cast<size_t>(i)] != '\n' || start + i == size - 1) continue;
      if (++newlines == *lines) {
        *lines = 0;
        return start + i + 1;
      }
    }
    end = start;
  }
  *lines -= newlines + (size > 0 ? 1 : 0);
  return 0;
}

}  // namespace

fs::path OlderLog(const fs::path& path, int64_t number) {
  return number == 0 ? path : fs::path(StrCat(path.native(), ".", number));
}

absl::Status RotateLog(const fs::path& path, int64_t keep) {
  std::error_code error;
  // Also those that a larger limit once allowed.
  int64_t last = 0;
  while (last < kMostFiles && fs::exists(OlderLog(path, last + 1), error)) ++last;
  for (int64_t number = last; number >= 0; --number) {
    const fs::path from = OlderLog(path, number);
    if (number >= keep) {
      fs::remove(from, error);
    } else {
      fs::rename(from, OlderLog(path, number + 1), error);
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Failure(absl::StatusCode::kUnavailable, reason::kIoError,
                     StrCat("rotating ", from.native(), ": ", error.message()));
    }
  }
  return absl::OkStatus();
}

LogReader::LogReader(fs::path path, int64_t tail_lines) : path_(std::move(path)) {
  OpenAll();
  if (tail_lines <= 0) return;
  size_t first = files_.size();
  while (first > 0 && tail_lines > 0) {
    offset_ = FindTail(files_[--first].get(), path_, &tail_lines);
  }
  files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(first));
}

LogReader::LogReader(fs::path path, const LogPosition& position) : path_(std::move(path)) {
  OpenAll();
  auto found = std::find_if(files_.begin(), files_.end(), [&](const Descriptor& file) {
    return NumberOf(file.get()) == position.file;
  });
  if (found == files_.end()) return;
  files_.erase(files_.begin(), found);
  struct stat info = {};
  const bool reaches = ::fstat(files_.front().get(), &info) == 0 && info.st_size >= position.offset;
  offset_ = reaches ? position.offset : 0;
}

LogPosition LogReader::position() const {
  if (files_.empty()) return {};
  return {NumberOf(files_.front().get()), offset_};
}

// The newest first: what a rotation renames meanwhile is met again under its new name, and passed
// over, and nothing is missed.
void LogReader::OpenAll() {
  files_.clear();
  offset_ = 0;
  struct stat newer = {};
  for (int64_t number = 0; number < kMostFiles; ++number) {
    Descriptor file(::open(OlderLog(path_, number).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info = {};
    // Between two steps of a rotation nothing has the name itself.
    if (file.get() < 0 && number == 0) continue;
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0) break;
    if (!files_.empty() && SameFile(info, newer)) continue;
    newer = info;
    files_.push_front(std::move(file));
  }
}

bool LogReader::Replaced() const {
  struct stat mine = {};
  struct stat named = {};
  if (::fstat(files_.front().get(), &mine) != 0 || ::stat(path_.c_str(), &named) != 0) return false;
  return !SameFile(mine, named) || mine.st_size < offset_;
}

// Takes the files that came after the one that was read, or stays with it.
void LogReader::GoOn() {
  if (files_.size() > 1) {
    files_.pop_front();
    offset_ = 0;
    return;
  }
  Descriptor present = std::move(files_.front());
  const int64_t offset = offset_;
  struct stat mine = {};
  const bool known = ::fstat(present.get(), &mine) == 0;
  OpenAll();
  for (size_t i = 0; known && i < files_.size(); ++i) {
    struct stat info = {};
    if (::fstat(files_[i].get(), &info) != 0 || !SameFile(info, mine)) continue;
    const bool cut = mine.st_size < offset;
    files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(i + (cut ? 0 : 1)));
    break;
  }
  if (!files_.empty()) return;
  files_.push_back(std::move(present));
  offset_ = offset;
}

absl::StatusOr<std::string> LogReader::Next(size_t limit) {
  if (files_.empty()) OpenAll();
  while (!files_.empty()) {
    const bool more = files_.size() > 1 || Replaced();
    // After that look: what was written before the file lost its name is not left behind.
    ASSIGN_OR_RETURN(std::string data, ReadAt(files_.front().get(), offset_, limit, path_));
    offset_ += static_cast<int64_t>(data.size());
    if (!data.empty() || !more) return data;
    GoOn();
  }
  return std::string();
}

}  // namespace lab
