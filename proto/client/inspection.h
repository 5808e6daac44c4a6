#pragma once

// A whole look into a model as labd streams it: the plan, the tensors put together, the summary.
// What does not fit the plan is refused. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "lab/v1/inspect.pb.h"
#include "proto/client/lab_client.h"

namespace lab {

struct InspectedTensor {
  v1::TensorFacts facts;          // the shape as it came
  std::vector<float> floats;      // row-major; of float32
  std::vector<int64_t> integers;  // of int64

  size_t size() const { return floats.size() + integers.size(); }
  int64_t Dim(int axis) const { return facts.shape(axis); }
  // The row-major place of an element. Requires: one index an axis, within the shape.
  size_t At(std::initializer_list<int64_t> indices) const;
  float Float(std::initializer_list<int64_t> indices) const { return floats[At(indices)]; }
  int64_t Integer(std::initializer_list<int64_t> indices) const { return integers[At(indices)]; }
  // What stands at `index` of an axis: its label, or the index.
  std::string Label(int axis, int64_t index) const;
};

struct Inspection {
  v1::InspectPlan plan;
  std::vector<InspectedTensor> tensors;  // as planned
  v1::InspectSummary summary;

  // Null if it was not asked for.
  const InspectedTensor* Find(std::string_view name) const;
  // The text of an id that a tensor names; "" if none does.
  std::string WordOf(int64_t id) const;
};

// Takes the events one by one; a failure says what is wrong with one.
class InspectionReader {
 public:
  // `plan_only`: no tensor is expected.
  explicit InspectionReader(bool plan_only = false) : plan_only_(plan_only) {}

  absl::Status Take(const v1::InspectEvent& event);
  // DATA_LOSS if something is missing.
  absl::StatusOr<Inspection> Finish();

 private:
  absl::Status TakePart(const v1::TensorPart& part);

  const bool plan_only_;
  Inspection inspection_;
  std::vector<std::string> bytes_;  // of each tensor
  bool planned_ = false, ended_ = false;
};

// Runs the look. CANCELLED after cancellation (may be null). Blocks.
absl::StatusOr<Inspection> ReadInspection(const LabClient& client,
                                          const v1::InspectRequest& request,
                                          Cancellation* cancellation = nullptr);

}  // namespace lab
