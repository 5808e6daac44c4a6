#pragma once

// A row of JobTreeModel; for its two sources only.

#include <memory>
#include <vector>

#include "gui/models/job_tree_model.h"
#include "gui/models/job_words.h"

namespace lab::gui {

struct JobTreeModel::Node {
  Node* parent = nullptr;
  size_t row = 0;
  int64_t key = 0;  // a job's id, or less than 0 for a group
  uint64_t print = 0;
  v1::Job job;         // of a group: its first member's id, name and type
  StateCounts counts;  // of a group
  std::vector<std::unique_ptr<Node>> children;

  bool is_group() const { return key < 0; }
};

}  // namespace lab::gui
