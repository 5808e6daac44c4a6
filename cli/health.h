#pragma once

// What labctl itself can see of an installation, without labd: folders, socket, programs, machine.
// Each look gives findings; none fails. One thread.

#include <string>
#include <vector>

#include "core/base/places.h"
#include "lab/v1/storage.pb.h"

namespace lab::cli {

inline constexpr char kFine[] = "ok";
inline constexpr char kWarning[] = "warning";
inline constexpr char kProblem[] = "problem";

using Findings = std::vector<v1::Finding>;

v1::Finding MakeFinding(const char* check, const char* verdict, std::string message,
                        std::string advice = "");

// Folders: there or can be made, ours, writable, on what kind of file system, how full.
Findings CheckHome(const Places& places);
// The socket's path and folder; a socket that nobody serves.
Findings CheckSocket(const Places& places);
// labd, its settings and lab-worker: there, sound, of this version, and the worker describes
// itself.
Findings CheckPrograms(const Environment& environment);
// Cores and what the kernel lets us use of them, memory, clock.
Findings CheckMachine();

}  // namespace lab::cli
