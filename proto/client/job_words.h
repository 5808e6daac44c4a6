#pragma once

// How a job reads in lines and tables: the words that both faces share. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "lab/v1/job.pb.h"

namespace lab {

// Its name, else its type.
std::string TitleOf(const v1::Job& job);

// The summary of a metric; null if the job has not logged it.
const v1::MetricSummary* SummaryOf(const v1::Job& job, std::string_view metric);

// Seconds from start to end (or to `now_seconds` since 1970); nullopt before the start.
std::optional<double> RunSeconds(const v1::Job& job, double now_seconds);

// "123 of 600 steps, 20 %, training, 3 min 2 s left"; only what is known, and of a job that does
// not run only how far it came.
std::string ProgressText(const v1::Job& job);

// "val/loss 1.302 is 7.4 % above the floor 1.212"; "" without a floor or a loss.
std::string FloorText(const v1::Job& job);

// What keeps a job from starting: "waits for jobs 3, 4", or why labd holds it; "" if nothing does.
std::string WaitText(const v1::Job& job);

// The same in few words, for a table: "jobs 3, 4", "job 3 failed".
std::string WaitCell(const v1::Job& job);

// Every job that it was told to wait for, and how that stands: "job 3 (running)".
std::string DependenciesText(const v1::Job& job);

// Its tags with blanks between them.
std::string TagsText(const v1::Job& job);

// The best value of what the job is after (val/loss, else train/loss, else its first metric with a
// goal), with its step: "1.2345 @500"; "" if there is none.
std::string BestText(const v1::Job& job);

// How a job stands or ended: "job 12 succeeded: 600 steps, train/loss 1.234".
std::string OutcomeText(const v1::Job& job);

// What a person may do about a job that failed or waits; "" if nothing.
std::string WayOut(const v1::Job& job);

}  // namespace lab
