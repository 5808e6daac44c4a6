#include "core/base/frame.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

#include "core/base/strings.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are copied as they lie");

absl::Status ProtocolError(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol, message);
}

template <class T>
T Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
void Store(std::string* to, T value) {
  to->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace

std::string Frame::type() const {
  auto found = header.find("type");
  return found != header.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string EncodeFrame(const nlohmann::json& header, std::string_view payload) {
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string bytes;
  bytes.reserve(8 + text.size() + payload.size());
  Store(&bytes, static_cast<uint32_t>(text.size()));
  Store(&bytes, static_cast<uint32_t>(payload.size()));
  bytes += text;
  bytes += payload;
  return bytes;
}

absl::StatusOr<std::optional<Frame>> FrameDecoder::Next() {
  size_t have = buffer_.size() - start_;
  if (have < 8) return std::nullopt;
  uint32_t header_bytes = Load<uint32_t>(buffer_.data() + start_);
  uint32_t payload_bytes = Load<uint32_t>(buffer_.data() + start_ + 4);
  if (header_bytes > kMaxFrameHeaderBytes || payload_bytes > kMaxFramePayloadBytes) {
    return ProtocolError(StrCat("a frame announces ", header_bytes, " header and ", payload_bytes,
                                " payload bytes, over the limits"));
  }
  size_t whole = size_t{8} + header_bytes + payload_bytes;
  if (have < whole) return std::nullopt;
  Frame frame;
  const char* header = buffer_.data() + start_ + 8;
  frame.header = nlohmann::json::parse(header, header + header_bytes, nullptr, false);
  if (!frame.header.is_object() || frame.type().empty()) {
    return ProtocolError("a frame's header is not a JSON object with a type");
  }
  frame.payload.assign(header + header_bytes, payload_bytes);
  start_ += whole;
  if (start_ == buffer_.size() || start_ > (1u << 20)) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  return frame;
}

absl::StatusOr<std::optional<Frame>> ReadFrame(int fd, FrameDecoder& decoder) {
  std::array<char, 65536> chunk;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Frame> frame, decoder.Next());
    if (frame) return frame;
    ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::UnavailableError(StrCat("reading a frame: ", std::strerror(errno)));
    if (got == 0) {
      if (decoder.empty()) return std::nullopt;
      return absl::DataLossError("the stream ended inside a frame");
    }
    decoder.Append({chunk.data(), static_cast<size_t>(got)});
  }
}

absl::Status WriteBytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t wrote = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return absl::UnavailableError(StrCat("writing a frame: ", std::strerror(errno)));
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

void AppendPoint(std::string* payload, const PointRecord& point) {
  Store(payload, point.metric);
  Store(payload, point.step);
  Store(payload, point.seconds);
  Store(payload, point.value);
}

PointRecord PointAt(std::string_view payload, size_t index) {
  const char* at = payload.data() + index * kPointRecordBytes;
  return {Load<uint32_t>(at), Load<uint64_t>(at + 4), Load<double>(at + 12), Load<double>(at + 20)};
}

}  // namespace lab
