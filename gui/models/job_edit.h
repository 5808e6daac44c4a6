#pragma once

// What somebody typed in place about a job, as the request that makes it so. Pure.

#include <QString>
#include <QStringList>
#include <optional>

#include "lab/v1/queue.pb.h"

namespace lab::gui {

QStringList tagsOf(const v1::Job& job);

// Each is absent if nothing would change. Tags have blanks between them.
std::optional<v1::UpdateJobRequest> tagsTyped(const v1::Job& job, const QString& text);
std::optional<v1::UpdateJobRequest> noteTyped(const v1::Job& job, const QString& text);
std::optional<v1::UpdateJobRequest> nameTyped(const v1::Job& job, const QString& text);

}  // namespace lab::gui
