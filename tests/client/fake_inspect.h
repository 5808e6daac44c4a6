#pragma once

// What a FakeLab answers to a look inside: a synthetic model of 2 layers and 4 heads, 8 channels
// wide, with one token a byte, that does known things. Head 0 looks at the token before, head 1 at
// the first token, head 2 everywhere alike, head 3 at what came next the last time; the more, the
// later the step. The statistics of its residual stream rise by 1 in 1,000 steps.

#include <memory>
#include <vector>

#include "lab/v1/inspect.grpc.pb.h"

namespace lab::testing {

class FakeLab;

inline constexpr int64_t kFakeLayers = 2, kFakeHeads = 4, kFakeWidth = 8, kFakeContext = 1024;
// A job whose models are twice as wide.
inline constexpr int64_t kFakeWideJob = 77;

// The probability that a head of the model at `step` gives each key, query by query: [T, T]. Rows
// sum to 1, what lies after the query is 0.
std::vector<float> FakePattern(const std::vector<int64_t>& tokens, int64_t layer, int64_t head,
                               int64_t step);

// The service, answering from the members of `lab`, which outlives it.
std::unique_ptr<v1::InspectService::Service> MakeFakeInspect(FakeLab& lab);

}  // namespace lab::testing
