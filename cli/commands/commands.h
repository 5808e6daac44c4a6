#pragma once

// The commands that the registry lists; each is defined in the file of its name (the verbs that
// only name a job share verbs.cc). Each declares its arguments on `app`, which outlives the answer.

#include "cli/command.h"

namespace lab::cli {

Run ConfigureSubmit(CLI::App& app);
Run ConfigureList(CLI::App& app);
Run ConfigureShow(CLI::App& app);
Run ConfigureConfig(CLI::App& app);
Run ConfigureLogs(CLI::App& app);
Run ConfigureWatch(CLI::App& app);
Run ConfigurePause(CLI::App& app);
Run ConfigureResume(CLI::App& app);
Run ConfigureCancel(CLI::App& app);
Run ConfigureCheckpoint(CLI::App& app);
Run ConfigureHold(CLI::App& app);
Run ConfigureRelease(CLI::App& app);
Run ConfigureRemove(CLI::App& app);
Run ConfigureMetrics(CLI::App& app);
Run ConfigureSamples(CLI::App& app);
Run ConfigureArtifacts(CLI::App& app);
Run ConfigureFetch(CLI::App& app);
Run ConfigureCheckpoints(CLI::App& app);
Run ConfigureGenerate(CLI::App& app);
Run ConfigureTypes(CLI::App& app);
Run ConfigureExplain(CLI::App& app);
Run ConfigurePresets(CLI::App& app);
Run ConfigureCorpora(CLI::App& app);
Run ConfigureSystem(CLI::App& app);
Run ConfigureDaemon(CLI::App& app);
Run ConfigureVersion(CLI::App& app);

}  // namespace lab::cli
