#include "daemon/worker/result_streams.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lab {
namespace {

using nlohmann::json;

constexpr int64_t kPartBytes = 1 << 20;
constexpr int64_t kMostAhead = 8;  // parts

int64_t BytesOf(const at::Tensor& x) { return x.numel() * static_cast<int64_t>(x.element_size()); }

}  // namespace

void ResultStreams::Add(json request, std::shared_ptr<const LookResult> result) {
  std::lock_guard lock(mutex_);
  streams_.push_back({std::move(request), std::move(result)});
}

void ResultStreams::Took(const json& request) {
  std::lock_guard lock(mutex_);
  for (Stream& stream : streams_) {
    if (stream.request == request) --stream.ahead;
  }
}

void ResultStreams::Abandon(const json& request) {
  std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&](const Stream& stream) { return stream.request == request; });
}

bool ResultStreams::MaySend(const Stream& stream) { return stream.ahead < kMostAhead; }

bool ResultStreams::Ready() const {
  std::lock_guard lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(), MaySend);
}

std::optional<Frame> ResultStreams::Next() {
  std::lock_guard lock(mutex_);
  auto turn = std::find_if(streams_.begin(), streams_.end(), MaySend);
  if (turn == streams_.end()) return std::nullopt;
  if (turn->tensor == turn->result->tensors.size()) {
    Frame end = EndOf(*turn);
    streams_.erase(turn);
    return end;
  }
  Frame part = PartOf(*turn);
  ++turn->ahead;
  streams_.splice(streams_.end(), streams_, turn);
  return part;
}

Frame ResultStreams::PartOf(Stream& stream) {
  const at::Tensor& x = stream.result->tensors[stream.tensor];
  const int64_t bytes = BytesOf(x), size = std::min(kPartBytes, bytes - stream.offset);
  Frame part;
  part.header = {{"type", "part"},
                 {"request", stream.request},
                 {"tensor", stream.tensor},
                 {"offset", stream.offset}};
  if (stream.offset == 0) part.header["shape"] = x.sizes().vec();
  const auto* data = static_cast<const char*>(x.const_data_ptr());
  if (size > 0) part.payload.assign(data + stream.offset, static_cast<size_t>(size));
  stream.offset += size;
  if (stream.offset == bytes) {
    ++stream.tensor;
    stream.offset = 0;
  }
  return part;
}

Frame ResultStreams::EndOf(const Stream& stream) {
  Frame end;
  json lengths = json::array();
  for (const std::string& text : stream.result->word_text) {
    lengths.push_back(text.size());
    end.payload += text;
  }
  end.header = {{"type", "inspected"},
                {"request", stream.request},
                {"ok", true},
                {"seconds", stream.result->seconds},
                {"cached", stream.result->cached},
                {"words", stream.result->words},
                {"lengths", lengths}};
  return end;
}

}  // namespace lab
