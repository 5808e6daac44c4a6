#pragma once

// Results on their way to labd, part by part. Each stream may be a few parts ahead of what its
// reader has taken, so that one who has stopped reading holds up nobody else. Any thread.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "daemon/worker/looks.h"

namespace lab {

class ResultStreams {
 public:
  void Add(nlohmann::json request, std::shared_ptr<const LookResult> result);
  // The reader has taken one part more.
  void Took(const nlohmann::json& request);
  void Abandon(const nlohmann::json& request);

  // True if Next would give a frame.
  bool Ready() const;
  // The next frame of the stream whose turn it is: a part, or its end; nullopt if all wait for
  // their readers.
  std::optional<Frame> Next();

 private:
  struct Stream {
    nlohmann::json request;
    std::shared_ptr<const LookResult> result;
    size_t tensor = 0;
    int64_t offset = 0;
    int64_t ahead = 0;  // parts sent and not taken
  };
  static bool MaySend(const Stream& stream);
  static Frame PartOf(Stream& stream);
  static Frame EndOf(const Stream& stream);

  mutable std::mutex mutex_;   // guards what follows
  std::list<Stream> streams_;  // whose turn is next, first
};

}  // namespace lab
