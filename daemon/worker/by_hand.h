#pragma once

// lab-worker without labd: describes itself, checks a config file, runs a job's folder with a live
// line. For people and for debugging; nothing is recorded but checkpoints.

#include <string>
#include <vector>

namespace lab {

// Prints the installation's description as JSON.
int DescribeByHand();

// Checks `file` (YAML) with overrides and prints the verdict, the resolved config and the forecast.
// 0 if it would be queued, 2 if not.
int CheckByHand(const std::string& file, const std::vector<std::string>& overrides);

// Runs FOLDER/config.yaml in FOLDER, from its newest full checkpoint if it has one. SIGINT leaves a
// checkpoint. 0 at the end, 1 on failure, 2 for a refused config, 130 when interrupted.
int RunByHand(const std::string& folder);

}  // namespace lab
