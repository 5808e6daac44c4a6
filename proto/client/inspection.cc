#include "proto/client/inspection.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::DataLossError(Absl(StrCat("labd's answer is malformed: ", what)));
}

// The elements of a shape; nullopt if a size is negative or they are more than `most`.
std::optional<size_t> ElementsOf(const google::protobuf::RepeatedField<int64_t>& shape,
                                 size_t most) {
  size_t elements = 1;
  for (int64_t size : shape) {
    if (size < 0 || static_cast<size_t>(size) > most) return std::nullopt;
    elements *= static_cast<size_t>(size);
    if (elements > most) return std::nullopt;
  }
  return elements;
}

size_t WidthOf(const v1::TensorFacts& facts) { return facts.dtype() == "int64" ? 8 : 4; }

}  // namespace

size_t InspectedTensor::At(std::initializer_list<int64_t> indices) const {
  size_t at = 0;
  int axis = 0;
  for (int64_t index : indices) {
    at = at * static_cast<size_t>(facts.shape(axis++)) + static_cast<size_t>(index);
  }
  return at;
}

std::string InspectedTensor::Label(int axis, int64_t index) const {
  const v1::TensorAxis& one = facts.axes(axis);
  return index < one.labels_size() ? one.labels(static_cast<int>(index)) : StrCat(index);
}

const InspectedTensor* Inspection::Find(std::string_view name) const {
  for (const InspectedTensor& tensor : tensors) {
    if (tensor.facts.name() == name) return &tensor;
  }
  return nullptr;
}

std::string Inspection::WordOf(int64_t id) const {
  for (const v1::InspectToken& word : summary.words()) {
    if (word.id() == id) return word.text();
  }
  return "";
}

absl::Status InspectionReader::Take(const v1::InspectEvent& event) {
  if (ended_) return Malformed("something follows its end");
  if (event.has_plan()) {
    if (planned_) return Malformed("it has two plans");
    planned_ = true;
    for (const v1::TensorFacts& facts : event.plan().tensors()) {
      if (facts.dtype() != "int64" && facts.dtype() != "float32") {
        return Malformed(StrCat(facts.name(), " has the unknown type ", facts.dtype()));
      }
      inspection_.tensors.emplace_back().facts = facts;
    }
    bytes_.resize(inspection_.tensors.size());
    inspection_.plan = event.plan();
    return absl::OkStatus();
  }
  if (!planned_) return Malformed("it does not begin with a plan");
  if (event.has_part()) return TakePart(event.part());
  inspection_.summary = event.summary();
  ended_ = true;
  return absl::OkStatus();
}

absl::Status InspectionReader::TakePart(const v1::TensorPart& part) {
  if (part.tensor() < 0 || static_cast<size_t>(part.tensor()) >= bytes_.size()) {
    return Malformed("a part belongs to no tensor");
  }
  const auto index = static_cast<size_t>(part.tensor());
  v1::TensorFacts& facts = inspection_.tensors[index].facts;
  std::string& bytes = bytes_[index];
  if (part.offset() != static_cast<int64_t>(bytes.size())) {
    return Malformed(StrCat("a part of ", facts.name(), " is missing"));
  }
  if (part.offset() == 0) {
    // A bound is kept by the axis that has one; all other sizes are as planned.
    const v1::TensorFacts& planned = inspection_.plan.tensors(part.tensor());
    bool fits = part.shape_size() == planned.shape_size();
    for (int axis = 0; fits && axis < part.shape_size(); ++axis) {
      const bool bound = axis == 0 && planned.axes_size() > 0 && planned.axes(0).name() == "rank";
      fits =
          bound ? part.shape(axis) <= planned.shape(axis) : part.shape(axis) == planned.shape(axis);
    }
    if (!fits) return Malformed(StrCat(facts.name(), " has not the shape that was planned"));
    *facts.mutable_shape() = part.shape();
  }
  bytes += part.data();
  const auto most = static_cast<size_t>(inspection_.plan.result_bytes());
  const std::optional<size_t> elements = ElementsOf(facts.shape(), most);
  if (!elements || bytes.size() > *elements * WidthOf(facts)) {
    return Malformed(StrCat(facts.name(), " is larger than was planned"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Inspection> InspectionReader::Finish() {
  if (!ended_) return Malformed("its end is missing");
  if (plan_only_) return std::move(inspection_);
  const auto most = static_cast<size_t>(std::max<int64_t>(0, inspection_.plan.result_bytes()));
  for (size_t i = 0; i < bytes_.size(); ++i) {
    InspectedTensor& tensor = inspection_.tensors[i];
    const std::optional<size_t> elements = ElementsOf(tensor.facts.shape(), most);
    if (!elements || bytes_[i].size() != *elements * WidthOf(tensor.facts)) {
      return Malformed(StrCat(tensor.facts.name(), " is not whole"));
    }
    if (WidthOf(tensor.facts) == 8) {
      tensor.integers.resize(*elements);
      std::memcpy(tensor.integers.data(), bytes_[i].data(), bytes_[i].size());
    } else {
      tensor.floats.resize(*elements);
      std::memcpy(tensor.floats.data(), bytes_[i].data(), bytes_[i].size());
    }
    bytes_[i] = std::string();
  }
  return std::move(inspection_);
}

absl::StatusOr<Inspection> ReadInspection(const LabClient& client,
                                          const v1::InspectRequest& request,
                                          Cancellation* cancellation) {
  InspectionReader reader(request.plan_only());
  absl::Status taken;
  RETURN_IF_ERROR(client.Inspect(
      request,
      [&](const v1::InspectEvent& event) {
        taken = reader.Take(event);
        return taken.ok();
      },
      cancellation));
  RETURN_IF_ERROR(taken);
  return reader.Finish();
}

}  // namespace lab
