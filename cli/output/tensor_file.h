#pragma once

// A look's tensors as a file: .npz for NumPy, .safetensors for everything else. Names are those of
// the look; raw activations get a first axis of 1, the batch, as TransformerLens has it.

#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/client/inspection.h"

namespace lab::cli {

// By the name's ending. INVALID_ARGUMENT for another one; an old file stays as it was on failure.
absl::Status WriteTensorFile(const std::string& path, const Inspection& inspection);
// Whether `path` ends as WriteTensorFile needs it; INVALID_ARGUMENT if not.
absl::Status CheckTensorFile(const std::string& path);

}  // namespace lab::cli
