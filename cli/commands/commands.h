#pragma once

// The commands that the registry lists; each is defined in the file of its name (the verbs that
// only name a job share verbs.cc, those that give it a word edit.cc). Each declares what it takes.

#include "cli/command.h"

namespace lab::cli {

Run ConfigureSubmit(Arguments& takes);
Run ConfigureDuplicate(Arguments& takes);
Run ConfigureList(Arguments& takes);
Run ConfigureShow(Arguments& takes);
Run ConfigureConfig(Arguments& takes);
Run ConfigureDiff(Arguments& takes);
Run ConfigureLogs(Arguments& takes);
Run ConfigureWatch(Arguments& takes);
Run ConfigurePause(Arguments& takes);
Run ConfigureResume(Arguments& takes);
Run ConfigureCancel(Arguments& takes);
Run ConfigureCheckpoint(Arguments& takes);
Run ConfigureHold(Arguments& takes);
Run ConfigureRelease(Arguments& takes);
Run ConfigureMove(Arguments& takes);
Run ConfigurePriority(Arguments& takes);
Run ConfigureRename(Arguments& takes);
Run ConfigureTag(Arguments& takes);
Run ConfigureNote(Arguments& takes);
Run ConfigureSet(Arguments& takes);
Run ConfigureRemove(Arguments& takes);
Run ConfigureMetrics(Arguments& takes);
Run ConfigureCompare(Arguments& takes);
Run ConfigureSamples(Arguments& takes);
Run ConfigureArtifacts(Arguments& takes);
Run ConfigureFetch(Arguments& takes);
Run ConfigureExport(Arguments& takes);
Run ConfigureImport(Arguments& takes);
Run ConfigureCheckpoints(Arguments& takes);
Run ConfigureGenerate(Arguments& takes);
Run ConfigureInspect(Arguments& takes);
Run ConfigureTypes(Arguments& takes);
Run ConfigureExplain(Arguments& takes);
Run ConfigurePresets(Arguments& takes);
Run ConfigureCorpora(Arguments& takes);
Run ConfigureStorage(Arguments& takes);
Run ConfigureDoctor(Arguments& takes);
Run ConfigureTokens(Arguments& takes);
Run ConfigureEvaluate(Arguments& takes);
Run ConfigureSystem(Arguments& takes);
Run ConfigureDaemon(Arguments& takes);
Run ConfigureConnect(Arguments& takes);
Run ConfigureCompletion(Arguments& takes);
Run ConfigureVersion(Arguments& takes);

}  // namespace lab::cli
