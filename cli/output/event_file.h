#pragma once

// TensorBoard's event files: length-prefixed records with masked CRC-32C, each an Event message of
// TensorFlow's event.proto (encoded here, so that no TensorFlow is needed). Scalars are rounded to
// 32 bits: TensorBoard's data server leaves tensors of doubles out. docs/formats/tensorboard.md.
// One thread.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab::cli {

// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78).
uint32_t Crc32c(std::string_view bytes);

// A line with its band on TensorBoard's "Custom Scalars" page: three tags.
struct MarginChart {
  std::string category;  // charts of one category stand together
  std::string title;
  std::string value, lower, upper;
};

class EventFile {
 public:
  // Begins a temporary file beside `path`, whose folder is made where it lacks.
  static absl::StatusOr<EventFile> Create(const std::filesystem::path& path, double wall_time);
  EventFile(EventFile&& other) noexcept;
  // Removes the temporary file if Finish was not reached.
  ~EventFile();

  // One value of a tag, as the nearest float; `wall_time` in seconds since 1970. NaN and infinities
  // stay, and what no float can hold becomes an infinity.
  void Scalar(const std::string& tag, int64_t step, double wall_time, double value);
  // Markdown.
  void Text(const std::string& tag, int64_t step, double wall_time, const std::string& markdown);
  // Which bands to draw.
  void Layout(double wall_time, const std::vector<MarginChart>& charts);

  int64_t scalar_count() const { return scalar_count_; }

  // Syncs and renames over `path`. A full disk is DISK_FULL.
  absl::Status Finish();

 private:
  EventFile(std::filesystem::path path, std::filesystem::path temporary);
  void Record(std::string_view event);
  // An event with one summary value, which is `field`; metadata goes with a tag's first one only.
  void Value(const std::string& tag, int64_t step, double wall_time, std::string_view plugin,
             int data_class, const std::string& field);

  std::filesystem::path path_, temporary_;
  std::ofstream out_;
  std::set<std::string> tags_;  // that have their metadata
  int64_t scalar_count_ = 0;
};

}  // namespace lab::cli
