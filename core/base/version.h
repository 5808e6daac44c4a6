#pragma once

// The lab's version, one for all its programs.

namespace lab {

inline constexpr char kLabVersion[] = "0.1.0";

}  // namespace lab
