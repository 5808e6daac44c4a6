#pragma once

// The frame between labd and a worker: u32 header bytes, u32 payload bytes, JSON header, raw
// payload; little-endian. Byte by byte in docs/formats/worker_frame.md. A FrameDecoder belongs to
// one thread; WriteFrame may be called by one thread at a time per descriptor.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/base/status.h"

namespace lab {

inline constexpr int kFrameProtocol = 1;
inline constexpr uint32_t kMaxFrameHeaderBytes = 1u << 20;
inline constexpr uint32_t kMaxFramePayloadBytes = 16u << 20;

struct Frame {
  nlohmann::json header;  // an object with at least "type"
  std::string payload;

  // header["type"], "" if absent.
  std::string type() const;
};

// The bytes of a frame. Header strings must be UTF-8; ill-formed ones are written with U+FFFD.
// Requires: both parts within their limits.
std::string EncodeFrame(const nlohmann::json& header, std::string_view payload = {});

// Takes bytes as they come and gives frames as they become whole.
class FrameDecoder {
 public:
  void Append(std::string_view bytes) { buffer_.append(bytes); }
  // The next frame; nullopt if more bytes are needed; an error with reason WORKER_PROTOCOL for
  // sizes over the limits, a header that is not a JSON object, or one without "type". After an
  // error the stream is unusable.
  absl::StatusOr<std::optional<Frame>> Next();
  // True when no part of a frame is pending.
  bool empty() const { return buffer_.size() == start_; }

 private:
  std::string buffer_;
  size_t start_ = 0;
};

// Blocking read of one frame from `fd`; nullopt at a clean end of file between frames.
absl::StatusOr<std::optional<Frame>> ReadFrame(int fd, FrameDecoder& decoder);

// Blocking write of already encoded bytes to a socket `fd` (never raises SIGPIPE).
absl::Status WriteBytes(int fd, std::string_view bytes);

// A metric point in the payload of a "points" frame: 28 bytes, packed, little-endian:
// u32 metric index, u64 step, f64 seconds, f64 value.
struct PointRecord {
  uint32_t metric = 0;
  uint64_t step = 0;
  double seconds = 0;
  double value = 0;
};
inline constexpr size_t kPointRecordBytes = 28;
void AppendPoint(std::string* payload, const PointRecord& point);
// Requires: index < payload.size() / kPointRecordBytes.
PointRecord PointAt(std::string_view payload, size_t index);

}  // namespace lab
