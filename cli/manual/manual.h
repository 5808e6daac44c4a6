#pragma once

// The manual page labctl(1), made from what the commands declare. Pure.

#include <string>
#include <string_view>

#include "cli/description.h"

namespace lab::cli {

// In roff's man macros. The build asks for it by `labctl __man`.
std::string ManualPage(const Description& labctl);

// `text` as roff prints it unchanged.
std::string Roff(std::string_view text);

}  // namespace lab::cli
