#include "cli/commands/registry.h"

#include "cli/commands/commands.h"

namespace lab::cli {

const std::vector<Command>& Commands() {
  static const std::vector<Command> kCommands = {
      {"submit", "", "Queue a job from a file, a ready run or a type", ConfigureSubmit},
      {"duplicate", "", "Queue a job once more, with changes", ConfigureDuplicate},
      {"list", "ls", "The queue and what has ended", ConfigureList},
      {"show", "", "One job or group: state, progress, best values, error", ConfigureShow},
      {"config", "", "The exact config of a job", ConfigureConfig},
      {"diff", "", "The settings in which jobs differ", ConfigureDiff},
      {"logs", "", "The log of a job's worker", ConfigureLogs},
      {"watch", "", "Follow jobs until they end", ConfigureWatch},
      {"pause", "", "Stop a running job with a checkpoint, to resume it later", ConfigurePause},
      {"resume", "", "Go on with a paused, failed or cancelled job", ConfigureResume},
      {"cancel", "", "Stop a job for good", ConfigureCancel},
      {"checkpoint", "", "Ask a running job for a checkpoint now", ConfigureCheckpoint},
      {"hold", "", "Keep a queued job from starting", ConfigureHold},
      {"release", "", "Let a held job start", ConfigureRelease},
      {"move", "", "Give queued jobs another place in the queue", ConfigureMove},
      {"priority", "", "Make a job more or less urgent", ConfigurePriority},
      {"rename", "", "Give a job another name", ConfigureRename},
      {"tag", "", "Mark jobs with words, or take them away", ConfigureTag},
      {"note", "", "Write a remark on a job", ConfigureNote},
      {"set", "", "Change settings of a job while it runs", ConfigureSet},
      {"remove", "rm", "Delete a job with all its files", ConfigureRemove},
      {"metrics", "", "Series of jobs and groups as a table, CSV or JSON", ConfigureMetrics},
      {"compare", "", "Curves of jobs and groups laid over each other", ConfigureCompare},
      {"samples", "", "Texts that a job generated, by step", ConfigureSamples},
      {"artifacts", "", "What a job left behind", ConfigureArtifacts},
      {"fetch", "", "Copy an artifact to a file or folder", ConfigureFetch},
      {"export", "", "Jobs with all their data as one file", ConfigureExport},
      {"import", "", "Take in the jobs of such a file", ConfigureImport},
      {"checkpoints", "", "Checkpoints of one job or of all", ConfigureCheckpoints},
      {"generate", "", "Let a model continue a text", ConfigureGenerate},
      {"inspect", "", "What a model holds inside: attention, residual stream, lens",
       ConfigureInspect},
      {"evaluate", "", "Loss, perplexity and bits per byte of a model on a text",
       ConfigureEvaluate},
      {"types", "", "Job types of this installation", ConfigureTypes},
      {"explain", "", "What a setting or a metric means", ConfigureExplain},
      {"presets", "", "Model shapes and ready runs", ConfigurePresets},
      {"corpora", "", "Texts by name: list, add, remove, show, preview", ConfigureCorpora},
      {"tokens", "", "A text as a tokenizer cuts it", ConfigureTokens},
      {"storage", "", "What the lab takes of the disk, and what of it may go", ConfigureStorage},
      {"doctor", "", "What is wrong with this installation, and how to mend it", ConfigureDoctor},
      {"system", "", "The machine and the daemon", ConfigureSystem},
      {"daemon", "", "Start, stop and look at labd", ConfigureDaemon},
      {"connect", "", "Name another machine's labd, to use it with --host", ConfigureConnect},
      {"completion", "", "A script that lets a shell complete these commands", ConfigureCompletion},
      {"version", "", "Versions of labctl and labd", ConfigureVersion},
  };
  return kCommands;
}

}  // namespace lab::cli
