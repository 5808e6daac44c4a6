#pragma once

// What the list of jobs says about a job and about the members of a group taken together. Pure; any
// thread.

#include <QStringList>
#include <map>
#include <optional>
#include <vector>

#include "gui/models/words.h"
#include "lab/v1/group.pb.h"

namespace lab::gui {

// True for a job that has a place in the queue: queued or held.
bool isWaiting(v1::Job::State state);

// "412 of 600", "600"; "" before the first step.
QString stepsText(const v1::Job& job);
// What it came to, or what it waits for: "after job 14", "0.06 nats/token above the floor".
Verdict resultOf(const v1::Job& job);
// "3 610" of train/tokens_per_second; "" if it was not measured.
QString rateText(const v1::Job& job);
// "1 min 14 s left", "41 min"; "" if it never ran.
QString timeText(const v1::Job& job);

// The loss that a job is judged by: the best val/loss, else train/loss; absent if none is finite.
std::optional<double> bestLoss(const v1::Job& job);

// Members by state.
using StateCounts = std::map<v1::Job::State, int>;
// What stands for the whole group: what runs, else what waits, else how it went wrong.
v1::Job::State mainState(const StateCounts& counts);
// "1 running, 2 queued", in the order of a job's life.
QString countsText(const StateCounts& counts);

// Mean and error of the loss at the best grid point, with n: "1.302 ± 0.012, 3 of 3"; with more
// than one point its label before it. "" until a member has succeeded.
QString estimateText(const v1::Group& group);
// The metric that `estimateText` speaks of at a point; nullptr if there is none.
const v1::GroupMetric* lossOf(const v1::GridPoint& point);

}  // namespace lab::gui
