#pragma once

// Puts what happened to one job into messages for watchers: neighbouring points share one. Used
// for live events and for history, so both read alike. Belongs to one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/chunk.h"
#include "lab/v1/event.pb.h"

namespace lab {

class EventPacker {
 public:
  static constexpr int kMessagePoints = 4096;  // keeps a message far under gRPC's 4 MB

  // Both: in order of sequence. `metric` is the point's number within the job, from 1.
  void AddPoint(int64_t metric, const std::string& name, const StoredPoint& point, int64_t time_ms);
  void AddEvent(v1::WatchEvent event);
  std::vector<v1::WatchEvent> Take();
  bool empty() const { return events_.empty(); }

 private:
  std::vector<v1::WatchEvent> events_;
  std::vector<int32_t> place_;  // metric → place among the open message's names; -1: not there
  bool open_ = false;           // the last event takes more points
};

// Times as protobuf has them.
google::protobuf::Timestamp ToTimestamp(int64_t unix_ms);
int64_t ToMillis(const google::protobuf::Timestamp& time);

}  // namespace lab
