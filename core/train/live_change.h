#pragma once

// A setting that a person changed while its run goes on, and its form in frames and checkpoints.
// Pure functions, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lab {

struct LiveChange {
  int64_t id = 0;      // 1, 2, … within the job; changes act in this order
  std::string field;   // "optim.learning_rate"
  std::string before;  // YAML
  std::string value;   // YAML
  int64_t step = -1;   // updates that were done when it acted; -1: it has not
};

// "optim.learning_rate 0.001 → 0.0001"
std::string LiveChangeText(const LiveChange& change);

// [{id, field, before, value, step}]; what is malformed is left out when reading.
nlohmann::json LiveChangesJson(const std::vector<LiveChange>& changes);
std::vector<LiveChange> LiveChangesOf(const nlohmann::json& list);

}  // namespace lab
