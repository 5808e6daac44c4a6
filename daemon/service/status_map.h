#pragma once

// absl::Status to what a gRPC client receives: the same code and message, the reason in the
// trailing metadata "lab-reason", and for a refused config its errors in "lab-errors-bin".
// Any thread.

#include <string>

#include <google/protobuf/repeated_field.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "core/base/status.h"
#include "lab/v1/config.pb.h"

namespace lab {

inline constexpr char kReasonTrailer[] = "lab-reason";
inline constexpr char kErrorsTrailer[] = "lab-errors-bin";

// `status` as gRPC spells it; its reason is added to `context`'s trailers. A message that is too
// long for a header is cut at a character and ends in "…"; ill-formed UTF-8 becomes U+FFFD.
grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context);

// INVALID_ARGUMENT for a refused config. The message is the first error as people read it and how
// many more there are; the trailer holds a CheckReport with the first 20 errors at most, within
// 5 kB (a client accepts 8 kB of headers by default), the last of which then says how many were
// left out. Requires: `report` has errors.
grpc::Status RefusedConfig(const v1::CheckReport& report, grpc::ServerContext& context);

// `report` with its errors cut to what fits, as RefusedConfig sends it.
v1::CheckReport FitForTrailer(const v1::CheckReport& report);

}  // namespace lab
