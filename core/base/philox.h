#pragma once

// The one source of randomness: Philox4x32-10, a counter-based generator, so that every number is
// a pure function of (seed, purpose, step, index) and no consumer can move another's stream.
// Layout and version in docs/formats/random.md; a checkpoint records kRandomVersion.
// Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".

#include <array>
#include <cmath>
#include <cstdint>

namespace lab {

inline constexpr int kRandomVersion = 1;

// Who asks. Numbers are part of the format: never reuse one.
enum class Purpose : uint32_t {
  kInit = 1,        // weight initialisation; step = index of the parameter
  kBatchOrder = 2,  // keys of the batch permutation; step = epoch
  kDropout = 3,     // masks; see kernels/dropout.h
  kSample = 4,      // token sampling; step = training step, or 0 for a person's request
  kCorpus = 5,      // generated corpora; step = document
  kInspect = 6,     // random texts to look at a model with; step = row
};

using PhiloxBlock = std::array<uint32_t, 4>;

// Ten rounds over `counter` under `key`.
constexpr PhiloxBlock Philox4x32(PhiloxBlock counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t{0xD2511F53u} * counter[0];
    uint64_t b = uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

// The numbers of one (seed, purpose, step), in order. Counter: (index of the block low, high,
// step low, purpose in the top byte over the step's bits 32–55); key: the seed's halves.
class PhiloxStream {
 public:
  PhiloxStream(uint64_t seed, Purpose purpose, uint64_t step)
      : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
        low_(static_cast<uint32_t>(step)),
        high_(static_cast<uint32_t>(purpose) << 24 |
              (static_cast<uint32_t>(step >> 32) & 0xFFFFFFu)) {}

  uint32_t NextU32() {
    if (used_ == 4) {
      block_ = Philox4x32(
          {static_cast<uint32_t>(index_), static_cast<uint32_t>(index_ >> 32), low_, high_}, key_);
      ++index_;
      used_ = 0;
    }
    return block_[used_++];
  }
  uint64_t NextU64() {
    uint64_t low = NextU32();
    return low | uint64_t{NextU32()} << 32;
  }
  // Uniform in [0, 1) with 53 bits.
  double NextUniform() { return static_cast<double>(NextU64() >> 11) * 0x1p-53; }
  // Uniform in 0 … n−1 without bias (Lemire 2019, arXiv:1805.10941). Requires: n > 0.
  uint32_t NextBelow(uint32_t n) {
    uint64_t product = uint64_t{NextU32()} * n;
    if (static_cast<uint32_t>(product) < n) {
      uint32_t threshold = (0u - n) % n;
      while (static_cast<uint32_t>(product) < threshold) product = uint64_t{NextU32()} * n;
    }
    return static_cast<uint32_t>(product >> 32);
  }
  // Standard normal by Box & Muller (1958); one number a pair of uniforms.
  double NextNormal() {
    double u = 1.0 - NextUniform();  // (0, 1]
    double v = NextUniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * 3.14159265358979323846 * v);
  }

 private:
  std::array<uint32_t, 2> key_;
  uint32_t low_, high_;
  uint64_t index_ = 0;
  PhiloxBlock block_{};
  int used_ = 4;
};

}  // namespace lab
