#pragma once

// SHA-256 of what comes piece by piece; `Sha256` and `Sha256File` (file.h) take it whole. An object
// belongs to one thread.

#include <memory>
#include <string>
#include <string_view>

namespace lab {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Add(std::string_view bytes);
  // Lower-case hexadecimal. Nothing may be added after it.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lab
