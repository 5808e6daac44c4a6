#pragma once

// POSIX tar, as much of it as job files need: plain files in a stream, written and read once from
// front to back. Sizes from 8 GiB on are in a pax header. The reader treats its input as hostile.
// An object belongs to one thread.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kJobFileInvalid = "JOB_FILE_INVALID";  // breaks the format
inline constexpr std::string_view kJobFileCorrupt = "JOB_FILE_CORRUPT";  // cut short or changed
}  // namespace reason

inline constexpr size_t kTarBlock = 512;
inline constexpr size_t kMaxTarName = 255;

// OK for a relative path of plain components: none is empty or begins with a dot, no backslash, no
// control character, at most 255 bytes in all. INVALID_ARGUMENT (JOB_FILE_INVALID) names it.
absl::Status CheckEntryName(std::string_view name);

class TarWriter {
 public:
  // Takes the bytes of the file; may refuse them.
  using Sink = std::function<absl::Status(std::string_view bytes)>;
  explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

  // Begins a file of exactly `size` bytes. INVALID_ARGUMENT for a name that cannot stand in a
  // header. Requires: the file before it is complete.
  absl::Status Begin(std::string_view name, int64_t size, int64_t unix_seconds);
  // Requires: no more than what is left of the file.
  absl::Status Write(std::string_view bytes);
  // Ends the archive. Requires: the last file is complete.
  absl::Status Finish();

 private:
  absl::Status Pad(int64_t size);

  const Sink sink_;
  int64_t size_ = 0;  // of the open file
  int64_t left_ = 0;  // of it
};

class TarReader {
 public:
  class Delegate {
   public:
    virtual ~Delegate() = default;
    // A file begins; its name was checked (CheckEntryName).
    virtual absl::Status BeginEntry(const std::string& name, int64_t size) = 0;
    virtual absl::Status EntryData(std::string_view bytes) = 0;
    virtual absl::Status EndEntry() = 0;
  };
  explicit TarReader(Delegate* delegate) : delegate_(delegate) {}

  // Takes the next bytes, in pieces of any length. Anything but plain files, bad names, bad
  // checksums and bytes behind the end are refused, naming the entry or the place in the file; the
  // delegate's failures are passed on. After a failure nothing more may be appended.
  absl::Status Append(std::string_view bytes);
  // DATA_LOSS (JOB_FILE_CORRUPT) if the archive has not come to its end.
  absl::Status Finish() const;

 private:
  enum class Part { kHeader, kPax, kData, kPadding, kEnd };

  absl::Status TakeHeader();
  absl::Status TakePax();
  absl::Status BeginData(std::string name, int64_t size);
  absl::Status EndData();
  std::string Where() const;

  Delegate* const delegate_;
  Part part_ = Part::kHeader;
  std::string block_;      // of a header or a pax header that is not complete
  int64_t offset_ = 0;     // in the file
  int64_t left_ = 0;       // bytes of the present part
  int64_t padding_ = 0;    // behind the present data
  int64_t pax_size_ = -1;  // for the next file; -1: none
  int zero_blocks_ = 0;    // in a row
  std::string name_;       // of the present or last file; "" before the first
};

}  // namespace lab
