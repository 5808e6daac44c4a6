#pragma once

// Working memory of a kernel's thread at a 64-byte boundary: MKL gives the same bits from run to
// run only where its operands are aligned the same. Only for .cc files of this folder.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace lab::kernels {

class Scratch {
 public:
  // Uninitialised. Throws std::bad_alloc.
  explicit Scratch(int64_t count)
      : data_(static_cast<float*>(
            std::aligned_alloc(64, (static_cast<size_t>(count) * sizeof(float) + 63) / 64 * 64))) {
    if (!data_) throw std::bad_alloc();
  }
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
};

}  // namespace lab::kernels
