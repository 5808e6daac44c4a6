#include "core/data/batch_order.h"

#include "core/base/philox.h"

namespace lab {
namespace {

constexpr int kRounds = 6;
using RoundKeys = std::array<uint32_t, kRounds>;

// MurmurHash3's 32-bit finaliser (Appleby 2011) of the keyed half.
uint32_t Mix(uint32_t half, uint32_t key) {
  uint32_t x = half * 0x9E3779B1u + key;
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

// A Feistel network permutes all numbers of 2 · half_bits bits, whatever Mix does.
uint64_t Permute(uint64_t value, const RoundKeys& keys, int half_bits) {
  const uint32_t mask = static_cast<uint32_t>((uint64_t{1} << half_bits) - 1);
  uint32_t left = static_cast<uint32_t>(value >> half_bits) & mask;
  uint32_t right = static_cast<uint32_t>(value) & mask;
  for (uint32_t key : keys) {
    uint32_t next = left ^ (Mix(right, key) & mask);
    left = right;
    right = next;
  }
  return uint64_t{left} << half_bits | right;
}

}  // namespace

BatchOrder::BatchOrder(uint64_t seed, int64_t window_count)
    : seed_(seed), window_count_(window_count), half_bits_(1) {
  while (half_bits_ < 31 && (uint64_t{1} << (2 * half_bits_)) < uint64_t(window_count)) {
    ++half_bits_;
  }
}

int64_t BatchOrder::WindowAt(int64_t position) const {
  uint64_t epoch = static_cast<uint64_t>(position / window_count_);
  PhiloxStream stream(seed_, Purpose::kBatchOrder, epoch);
  RoundKeys keys;
  for (uint32_t& key : keys) key = stream.NextU32();
  // Cycle walking: the network permutes up to four times as many numbers as there are windows;
  // following it until it returns to a window leaves a permutation of the windows (Black & Rogaway
  // 2002, "Ciphers with arbitrary finite domains").
  uint64_t window = static_cast<uint64_t>(position % window_count_);
  do {
    window = Permute(window, keys, half_bits_);
  } while (window >= static_cast<uint64_t>(window_count_));
  return static_cast<int64_t>(window);
}

}  // namespace lab
