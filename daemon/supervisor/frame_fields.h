#pragma once

// The fields of a worker's frame, read with care: what is missing or of a wrong type is a breach of
// the protocol that names it. Plain data, any thread.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/base/status.h"

namespace lab {

// INVALID_ARGUMENT with reason WORKER_PROTOCOL.
absl::Status ProtocolError(std::string_view message);

// Reads a header's fields and keeps the first that is missing or of a wrong type.
class Fields {
 public:
  // `header` outlives this.
  explicit Fields(const nlohmann::json& header) : header_(header) {}
  explicit Fields(nlohmann::json&&) = delete;

  int64_t Integer(const char* key);
  double Number(const char* key);
  std::string Text(const char* key);
  bool Boolean(const char* key);
  // "" if absent.
  std::string OptionalText(const char* key) { return Absent(key) ? "" : Text(key); }
  // None if absent.
  std::vector<double> Numbers(const char* key);
  std::vector<int64_t> Integers(const char* key);
  std::vector<std::string> Texts(const char* key);
  // An empty one if it is absent or no list.
  const nlohmann::json& List(const char* key);
  bool Absent(const char* key) const;
  void Complain(const char* key, std::string_view what);
  // The first complaint.
  absl::Status status() const;

 private:
  const nlohmann::json* Need(const char* key);

  const nlohmann::json& header_;
  std::string problem_;
};

// Cuts the payload by the header's "lengths"; they must cover it exactly.
absl::StatusOr<std::vector<std::string>> SplitPayload(const Frame& frame, Fields& in);

}  // namespace lab
