#pragma once

// What a look found, as texts: tokens, and what stands along a tensor's axes. Pure.

#include <QString>
#include <QStringList>

#include "proto/client/inspection.h"

namespace lab::gui {

// A token on one line, what breaks it made visible.
QString tokenText(const std::string& bytes);
// “fox”, for a sentence.
QString quotedToken(const std::string& bytes);
// All tokens of the subject.
QStringList tokenTexts(const v1::InspectPlan& plan);
// Those that stand along an axis of tokens, which may be a part of them.
QStringList tokenTexts(const v1::InspectPlan& plan, const InspectedTensor& tensor, int axis);
// The axis's labels, or its numbers.
QStringList axisTexts(const InspectedTensor& tensor, int axis);
// The token that stands at `index` of an axis of tokens, which may be a part of them.
int64_t positionAt(const InspectedTensor& tensor, int axis, int64_t index);
// "0.mid" as words: "layer 0, after its attention".
QString pointWords(const QString& point);

}  // namespace lab::gui
