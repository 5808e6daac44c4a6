#include "core/kernels/dropout.h"

#include <algorithm>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

constexpr uint32_t kPurpose =
    3;                      // Purpose::kDropout of base/philox.h, which this folder cannot see
constexpr int kLanes = 16;  // blocks made at once

// Philox4x32-10 (see base/philox.h) of blocks first … first + kLanes − 1, lane by lane, so that the
// compiler turns each round into a few vector instructions. words: [kLanes, 4].
LAB_CLONES void Words(const DropoutMask& mask, uint32_t row, uint32_t first, uint32_t* words) {
  uint32_t c0[kLanes], c1[kLanes], c2[kLanes], c3[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    c0[i] = first + static_cast<uint32_t>(i);
    c1[i] = mask.site << 20 | row;
    c2[i] = static_cast<uint32_t>(mask.step);
    c3[i] = kPurpose << 24 | (static_cast<uint32_t>(mask.step >> 32) & 0xFFFFFFu);
  }
  uint32_t key0 = static_cast<uint32_t>(mask.seed), key1 = static_cast<uint32_t>(mask.seed >> 32);
  for (int round = 0; round < 10; ++round) {
#pragma omp simd
    for (int i = 0; i < kLanes; ++i) {
      uint64_t a = uint64_t{0xD2511F53u} * c0[i];
      uint64_t b = uint64_t{0xCD9E8D57u} * c2[i];
      uint32_t next0 = static_cast<uint32_t>(b >> 32) ^ c1[i] ^ key0;
      uint32_t next2 = static_cast<uint32_t>(a >> 32) ^ c3[i] ^ key1;
      c1[i] = static_cast<uint32_t>(b);
      c3[i] = static_cast<uint32_t>(a);
      c0[i] = next0;
      c2[i] = next2;
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  for (int i = 0; i < kLanes; ++i) {
    words[4 * i] = c0[i];
    words[4 * i + 1] = c1[i];
    words[4 * i + 2] = c2[i];
    words[4 * i + 3] = c3[i];
  }
}

template <class T>
LAB_CLONES void Multiply(int64_t count, const T* x, const float* factors, T* y) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) Store(Load(x[i]) * factors[i], y[i]);
}

}  // namespace

void DropoutFactors(const DropoutMask& mask, int64_t row, int64_t first, int64_t count,
                    float* factors) {
  constexpr int64_t kWords = 4 * kLanes;
  const uint32_t threshold = static_cast<uint32_t>(static_cast<double>(mask.probability) * 0x1p32);
  const float kept = 1.0f / (1.0f - mask.probability);
  const uint32_t batch_row = static_cast<uint32_t>(mask.first_row + row);
  uint32_t words[kWords];
  for (int64_t done = 0; done < count;) {
    const int64_t element = first + done;
    const int64_t skip = element % 4;
    const int64_t size = std::min(count - done, kWords - skip);
    Words(mask, batch_row, static_cast<uint32_t>(element / 4), words);
    for (int64_t i = 0; i < size; ++i) {
      factors[done + i] = words[skip + i] < threshold ? 0.0f : kept;
    }
    done += size;
  }
}

template <class T>
void Dropout(const DropoutMask& mask, int64_t rows, int64_t columns, const T* x, T* y) {
  constexpr int64_t kBlock = 2048;
  const int64_t blocks = CeilDiv(columns, kBlock);
#pragma omp parallel for collapse(2) schedule(static) if (rows * columns > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t block = 0; block < blocks; ++block) {
      float factors[kBlock];
      const int64_t begin = block * kBlock, size = std::min(kBlock, columns - begin);
      DropoutFactors(mask, r, begin, size, factors);
      Multiply(size, x + r * columns + begin, factors, y + r * columns + begin);
    }
  }
}

template void Dropout(const DropoutMask&, int64_t, int64_t, const float*, float*);
template void Dropout(const DropoutMask&, int64_t, int64_t, const BFloat16*, BFloat16*);

}  // namespace lab::kernels
