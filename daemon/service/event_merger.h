#pragma once

// Makes few messages of many events: points that follow each other become one message, of several
// progress reports the newest stays. Stored events keep their order; progress and log lines, which
// carry no sequence of their own, come after the points beside them. Belongs to one thread.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lab/v1/event.pb.h"

namespace lab {

class EventMerger {
 public:
  // Bounds of a message and of what is held: well within gRPC's 4 MiB.
  static constexpr int kMaxPoints = 20'000;
  static constexpr size_t kMaxHeldBytes = 1 << 20;
  static constexpr size_t kMaxHeldEvents = 512;

  void Add(const v1::WatchEvent& event);
  bool empty() const;
  // True if Take() should not wait for more.
  bool full() const;
  // The messages so far, in order; nothing is held afterwards.
  std::vector<v1::WatchEvent> Take();

 private:
  void AddPoints(const v1::WatchEvent& event);
  void ClosePoints();     // moves points_ to messages_
  void CloseTransient();  // the same for progress_ and logs_

  std::vector<v1::WatchEvent> messages_;
  v1::WatchEvent points_;                       // being filled
  std::unordered_map<std::string, int> names_;  // index in points_
  std::optional<v1::WatchEvent> progress_;
  std::vector<v1::WatchEvent> logs_;
  size_t held_bytes_ = 0;
  size_t held_points_ = 0;
};

}  // namespace lab
