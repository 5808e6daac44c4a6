#pragma once

// Whether what was found in one model can be taken from what was found in another. Pure.

#include <QString>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "lab/v1/inspect.pb.h"

namespace lab::gui {

// A model that was looked into, and the text's tokens in it.
struct LookedAt {
  std::string reference;
  v1::OpenResponse model;
  std::vector<int64_t> ids;
};
template <class Tokens>
std::vector<int64_t> idsOf(const Tokens& tokens) {
  std::vector<int64_t> ids;
  for (const v1::InspectToken& token : tokens) ids.push_back(token.id());
  return ids;
}

// "2 layers × 4 heads, 64 wide".
QString shapeWords(const v1::OpenResponse& model);

// OK where both have one shape and the same tokens; else why not, with what each has.
absl::Status comparable(const LookedAt& a, const LookedAt& b);

}  // namespace lab::gui
