#pragma once

// The scripts with which shells complete labctl's arguments: they ask `labctl __complete`. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace lab::cli {

// "bash", "zsh", "fish".
std::vector<std::string> CompletionShells();

// Requires: `shell` is one of them.
std::string_view CompletionScript(std::string_view shell);

}  // namespace lab::cli
